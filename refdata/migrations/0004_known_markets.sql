-- An instrument may name only a market that is known. Rows from before are asked when they change:
-- the base data brings their markets after this migration.
ALTER TABLE refdata_instrument ADD CONSTRAINT instrument_of_known_market
    FOREIGN KEY (market) REFERENCES refdata_market (mic) NOT VALID;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['market', 'currencypair', 'currencycalendar'] LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refdata_bump()',
                       name || '_bumps', 'refdata_' || name);
    END LOOP;
END $$;
