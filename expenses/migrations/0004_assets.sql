-- What was told is a fact.
CREATE TRIGGER unitsproduced_is_a_fact BEFORE UPDATE OR DELETE ON expenses_unitsproduced
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
