-- What lots are computed from is never edited: a correction reverses a row and writes another.
CREATE TRIGGER lotchange_is_a_fact BEFORE UPDATE OR DELETE ON ledger_lotchange
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER lotpool_is_a_fact BEFORE UPDATE OR DELETE ON ledger_lotpool
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
