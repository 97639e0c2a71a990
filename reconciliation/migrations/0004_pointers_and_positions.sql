-- What a counterparty said is not changed by anybody.
CREATE TRIGGER counterpartystatement_is_a_fact BEFORE UPDATE OR DELETE ON reconciliation_counterpartystatement
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER counterpartyposition_is_a_fact BEFORE UPDATE OR DELETE ON reconciliation_counterpartyposition
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
