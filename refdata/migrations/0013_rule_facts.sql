-- The terms of a row stay as they were stored; only the columns named by the trigger move.
CREATE FUNCTION refdata_keep_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(OLD) - TG_ARGV <> to_jsonb(NEW) - TG_ARGV THEN
        RAISE EXCEPTION '% keeps its terms: a change is a new row', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON refdata_datedrule
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_terms(
        'state', 'verification', 'makers', 'approved_by_id', 'verified_by_id', 'superseded_from');
CREATE TRIGGER datedrule_bumps AFTER INSERT OR UPDATE OR DELETE ON refdata_datedrule
    FOR EACH STATEMENT EXECUTE FUNCTION refdata_bump();

-- One row in force for a kind, a key and a day. Equality of texts is written as overlap of ranges of
-- one text each, because an index of ranges needs no extension. Deferrable: a row comes into force
-- and ends the one before it in one transaction.
CREATE TYPE refdata_textrange AS RANGE (subtype = text);
ALTER TABLE refdata_datedrule ADD CONSTRAINT rule_in_force_once EXCLUDE USING gist (
    refdata_textrange(kind, kind, '[]') WITH &&,
    refdata_textrange(key, key, '[]') WITH &&,
    daterange(valid_from, LEAST(valid_until, superseded_from)) WITH &&
) WHERE (state = 'IN_FORCE') DEFERRABLE INITIALLY IMMEDIATE;

CREATE INDEX rule_by_kind ON refdata_datedrule (kind, key, valid_from DESC);
