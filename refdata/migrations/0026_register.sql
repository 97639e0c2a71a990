-- Agreements are in the register from here on, those that only netting knew among them, under their keys.
INSERT INTO refdata_agreement (id, entity_id, party_id, kind, number, signed_on, valid_from, valid_until,
                               netting, netting_opinion, document)
SELECT id, entity_id, party_id, 'OTHER',
       CASE WHEN row_number() OVER (PARTITION BY entity_id, party_id, code ORDER BY valid_from DESC) = 1
            THEN code ELSE left(code, 50) || ' ' || valid_from END,
       valid_from, valid_from, valid_until, true,
       coalesce(nullif(document, ''), 'as recorded before the register'), document
  FROM refdata_nettingagreement;
SELECT setval(pg_get_serial_sequence('refdata_agreement', 'id'), max(id)) FROM refdata_agreement
HAVING max(id) IS NOT NULL;
SET CONSTRAINTS ALL IMMEDIATE;

ALTER TABLE refdata_agreement ADD CONSTRAINT agreement_numbered CHECK (number <> '');

-- Whose it is, and what our own series numbered, stays for ever; nothing leaves the register.
CREATE FUNCTION refdata_keep_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.entity_id, NEW.party_id) <> (OLD.entity_id, OLD.party_id)
       OR (NEW.year, NEW.serial) IS DISTINCT FROM (OLD.year, OLD.serial)
       OR (OLD.serial IS NOT NULL AND NEW.number <> OLD.number) THEN
        RAISE EXCEPTION 'an agreement stays in the register with its parties and its number';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keeps_agreement BEFORE UPDATE OR DELETE ON refdata_agreement
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_agreement();
CREATE TRIGGER agreement_bumps AFTER INSERT OR UPDATE OR DELETE ON refdata_agreement
    FOR EACH STATEMENT EXECUTE FUNCTION refdata_bump();
