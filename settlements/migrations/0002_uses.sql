-- A client's assets are used by its right only: the database looks at it when a use is proposed and when it begins,
-- and lets an entry of a use stand only with a use that has begun, or is given back.
CREATE FUNCTION settlements_use_by_right() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state IN ('PROPOSED', 'IN_USE') AND NOT EXISTS (
            SELECT 1 FROM refdata_useright r JOIN refdata_asset a ON a.id = NEW.asset_id
             WHERE r.id = NEW.right_id AND r.entity_id = NEW.entity_id
               AND (r.assets = '{}' OR a.code = ANY (r.assets))
               AND (NEW.state = 'PROPOSED' OR r.valid_from <= NEW.used_on
                    AND (r.valid_until IS NULL OR NEW.used_on < r.valid_until))) THEN
        RAISE EXCEPTION 'no right of the client to use it is in force' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER use_by_right BEFORE INSERT OR UPDATE OF state ON settlements_assetuse
    FOR EACH ROW EXECUTE FUNCTION settlements_use_by_right();
CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON settlements_assetuse
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but(
        'state', 'makers', 'used_on', 'returned_on', 'returned_document');

-- Entries of anything else are not looked at: the condition of the trigger leaves them out.
CREATE FUNCTION settlements_entry_of_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.reverses_id IS NOT NULL OR NOT EXISTS (
            SELECT 1 FROM settlements_assetuse u
             WHERE u.id = NEW.source_id AND u.entity_id = NEW.entity_id
               AND (NEW.kind, u.state, NEW.effective_date) IN (
                   ('assetuse.approve', 'IN_USE', u.used_on), ('assetuse.give_back', 'RETURNED', u.returned_on))) THEN
        RAISE EXCEPTION 'an entry of a use needs a use that has begun or is given back'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entry_of_use AFTER INSERT ON ledger_journalentry
    FOR EACH ROW WHEN (NEW.source_type = 'assetuse') EXECUTE FUNCTION settlements_entry_of_use();
