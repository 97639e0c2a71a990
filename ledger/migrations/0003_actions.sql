-- A conversion of lots is a fact: a wrong one is reversed by another.
CREATE TRIGGER lotconversion_is_a_fact BEFORE UPDATE OR DELETE ON ledger_lotconversion
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
