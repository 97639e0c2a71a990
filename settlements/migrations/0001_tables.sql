-- What was observed, decided or told is a fact.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['evidence', 'obligation', 'rundecision', 'settlementlink', 'settlementpart',
        'statusadvice', 'linkend', 'penalty', 'nettingmember', 'transformation', 'marketclaim',
        'runbudget', 'runexplanation', 'penaltyline', 'runcomparison', 'runcycle'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I '
                       'FOR EACH ROW EXECUTE FUNCTION events_refuse_change()',
                       name || '_is_a_fact', 'settlements_' || name);
    END LOOP;
END $$;
