-- What a bank said is not changed by anybody.
CREATE TRIGGER statement_is_a_fact BEFORE UPDATE OR DELETE ON reconciliation_statement
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER statementline_is_a_fact BEFORE UPDATE OR DELETE ON reconciliation_statementline
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER repeatedline_is_a_fact BEFORE UPDATE OR DELETE ON reconciliation_repeatedline
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
