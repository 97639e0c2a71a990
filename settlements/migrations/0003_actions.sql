-- What was announced, entitled and chosen is a fact: of an entitlement only what became of it is written later.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['eventoption', 'electionchoice'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I '
                       'FOR EACH ROW EXECUTE FUNCTION events_refuse_change()',
                       name || '_is_a_fact', 'settlements_' || name);
    END LOOP;
END $$;

CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON settlements_entitlement
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but(
        'state', 'makers', 'payment_id', 'paid_on', 'paid_amount', 'proof');
CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON settlements_incomepayment
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but('state', 'makers');
CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON settlements_incomedifference
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but('state', 'makers');
CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON settlements_election
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but('state', 'makers', 'evidence');
CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON settlements_recordevent
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but('state', 'makers');
