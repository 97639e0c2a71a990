-- What was told is a fact.
CREATE TRIGGER budgetline_is_a_fact BEFORE UPDATE OR DELETE ON expenses_budgetline
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
