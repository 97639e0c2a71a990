-- Until its record date has closed an election is about what is held by then.
DROP TRIGGER keeps_terms ON settlements_election;
CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON settlements_election
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but('state', 'makers', 'evidence', 'quantity');
