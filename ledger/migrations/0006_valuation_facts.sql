-- What was valued at a close is never changed: another look is another night's rows.
CREATE TRIGGER valuation_is_a_fact BEFORE UPDATE OR DELETE ON ledger_valuation
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
