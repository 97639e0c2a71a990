-- Versions, entries and screenings are facts.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['sanctionsversion', 'sanctionsentry', 'sanctionsmember', 'screeningrun',
        'screening'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I '
                       'FOR EACH ROW EXECUTE FUNCTION events_refuse_change()',
                       name || '_is_a_fact', 'refdata_' || name);
    END LOOP;
END $$;
CREATE TRIGGER keeps_what_was_found BEFORE UPDATE OR DELETE ON refdata_screeninghit
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_terms('state', 'makers', 'follows_id');

-- Whatever way a name or an identifier changes, its subject is due to be screened again.
CREATE FUNCTION refdata_screen_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO refdata_screeningstanding AS s (subject_type, subject_id)
    VALUES (TG_ARGV[0], (to_jsonb(COALESCE(NEW, OLD)) ->> TG_ARGV[1])::bigint)
    ON CONFLICT (subject_type, subject_id) DO UPDATE SET due = true WHERE NOT s.due;
    RETURN NULL;
END $$;

CREATE TRIGGER party_new_is_screened AFTER INSERT ON refdata_party
    FOR EACH ROW EXECUTE FUNCTION refdata_screen_again('party', 'id');
CREATE TRIGGER party_changed_is_screened AFTER UPDATE ON refdata_party
    FOR EACH ROW WHEN ((OLD.code, OLD.name, OLD.name_ru, OLD.kind, OLD.country)
                       IS DISTINCT FROM (NEW.code, NEW.name, NEW.name_ru, NEW.kind, NEW.country))
    EXECUTE FUNCTION refdata_screen_again('party', 'id');
CREATE TRIGGER partyidentifier_is_screened AFTER INSERT OR UPDATE OR DELETE ON refdata_partyidentifier
    FOR EACH ROW EXECUTE FUNCTION refdata_screen_again('party', 'party_id');
CREATE TRIGGER place_new_is_screened AFTER INSERT ON refdata_place
    FOR EACH ROW EXECUTE FUNCTION refdata_screen_again('place', 'id');
CREATE TRIGGER place_changed_is_screened AFTER UPDATE ON refdata_place
    FOR EACH ROW WHEN ((OLD.name, OLD.name_ru, OLD.bic, OLD.bik)
                       IS DISTINCT FROM (NEW.name, NEW.name_ru, NEW.bic, NEW.bik))
    EXECUTE FUNCTION refdata_screen_again('place', 'id');
CREATE TRIGGER instrument_new_is_screened AFTER INSERT ON refdata_instrument
    FOR EACH ROW EXECUTE FUNCTION refdata_screen_again('instrument', 'asset_id');
CREATE TRIGGER instrument_changed_is_screened AFTER UPDATE ON refdata_instrument
    FOR EACH ROW WHEN (OLD.isin IS DISTINCT FROM NEW.isin)
    EXECUTE FUNCTION refdata_screen_again('instrument', 'asset_id');
CREATE TRIGGER asset_changed_is_screened AFTER UPDATE ON refdata_asset
    FOR EACH ROW WHEN (NEW.kind = 'SECURITY'
                       AND (OLD.name, OLD.name_ru) IS DISTINCT FROM (NEW.name, NEW.name_ru))
    EXECUTE FUNCTION refdata_screen_again('instrument', 'id');
CREATE TRIGGER instrumentidentifier_is_screened AFTER INSERT OR UPDATE OR DELETE
    ON refdata_instrumentidentifier
    FOR EACH ROW EXECUTE FUNCTION refdata_screen_again('instrument', 'instrument_id');
-- A proposal that was decided about is looked at once more: what it hit is nobody's any more.
CREATE TRIGGER proposal_decided_is_screened AFTER UPDATE ON refdata_proposal
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state AND NEW.subject_type IN
        ('party', 'partyidentifier', 'place', 'asset', 'instrument', 'instrumentidentifier'))
    EXECUTE FUNCTION refdata_screen_again('proposal', 'id');

INSERT INTO refdata_screeningstanding (subject_type, subject_id)
SELECT 'party', id FROM refdata_party UNION ALL SELECT 'place', id FROM refdata_place
UNION ALL SELECT 'instrument', asset_id FROM refdata_instrument;
