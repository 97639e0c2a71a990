-- What was told is a fact.
CREATE TRIGGER allocationshare_is_a_fact BEFORE UPDATE OR DELETE ON expenses_allocationshare
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
