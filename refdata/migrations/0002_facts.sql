-- Prices and rates are facts; everything else bumps a counter that processes cache behind.
CREATE TRIGGER price_is_a_fact BEFORE UPDATE OR DELETE ON refdata_price
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER fxrate_is_a_fact BEFORE UPDATE OR DELETE ON refdata_fxrate
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();

CREATE INDEX price_latest ON refdata_price (instrument_id, price_date DESC, id DESC);
CREATE INDEX fxrate_latest ON refdata_fxrate (base, quote, rate_date DESC, id DESC);
CREATE INDEX ssi_of_party ON refdata_standinginstruction (party_id, status);

CREATE TABLE refdata_version (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    counter bigint NOT NULL
);

CREATE FUNCTION refdata_bump() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO refdata_version (counter) VALUES (1)
    ON CONFLICT (single) DO UPDATE SET counter = refdata_version.counter + 1;
    RETURN NULL;
END $$;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['party', 'partyidentifier', 'entity', 'book', 'asset', 'currency',
        'instrument', 'instrumentidentifier', 'calendar', 'calendarday', 'settlementcycle', 'place',
        'depositoryaccount', 'nostroaccount', 'standinginstruction', 'feeschedule'] LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refdata_bump()',
                       name || '_bumps', 'refdata_' || name);
    END LOOP;
END $$;
