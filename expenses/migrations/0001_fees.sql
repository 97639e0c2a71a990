-- What was accrued, and what was billed, is a fact.
CREATE TRIGGER feeaccrual_is_a_fact BEFORE UPDATE OR DELETE ON expenses_feeaccrual
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER feeline_is_a_fact BEFORE UPDATE OR DELETE ON expenses_feeline
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
