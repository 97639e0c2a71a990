CREATE TRIGGER is_a_fact BEFORE UPDATE OR DELETE ON ledger_ndflwithholding
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
