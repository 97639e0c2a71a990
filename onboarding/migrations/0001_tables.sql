-- What proves a file stays what it was; it is withdrawn, and another row takes its place.
CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON onboarding_filedocument
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_terms('accepted_at', 'withdrawn_at');
CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON onboarding_fileperson
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_terms('withdrawn_at');
CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON onboarding_filestake
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_terms('withdrawn_at');
CREATE TRIGGER stays BEFORE DELETE ON onboarding_partyfile
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();

-- A file is approved once every step of its process is taken: while its case is open it is not.
CREATE FUNCTION onboarding_every_step_taken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM refdata_processcase c WHERE c.subject_type = 'partyfile' AND c.subject_id = NEW.id
                  AND c.process = 'process.onboard' AND c.state = 'OPEN') THEN
        RAISE EXCEPTION 'file % has steps of its process to go', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER partyfile_every_step_taken BEFORE UPDATE OF state ON onboarding_partyfile
    FOR EACH ROW WHEN (OLD.state = 'SUBMITTED' AND NEW.state = 'APPROVED')
    EXECUTE FUNCTION onboarding_every_step_taken();

-- Whatever way a name or an identifier changes, or stops to matter, it is due to be screened again.
CREATE TRIGGER partyfile_new_is_screened AFTER INSERT ON onboarding_partyfile
    FOR EACH ROW WHEN (NEW.party_id IS NULL) EXECUTE FUNCTION refdata_screen_again('partyfile', 'id');
CREATE TRIGGER partyfile_changed_is_screened AFTER UPDATE ON onboarding_partyfile
    FOR EACH ROW WHEN (OLD.party_id IS NULL AND
                       (OLD.name, OLD.name_ru, OLD.country, OLD.identity, OLD.party_id, OLD.state IN ('DECLINED', 'TERMINATED'))
                       IS DISTINCT FROM
                       (NEW.name, NEW.name_ru, NEW.country, NEW.identity, NEW.party_id, NEW.state IN ('DECLINED', 'TERMINATED')))
    EXECUTE FUNCTION refdata_screen_again('partyfile', 'id');
CREATE TRIGGER fileperson_is_screened AFTER INSERT OR UPDATE ON onboarding_fileperson
    FOR EACH ROW EXECUTE FUNCTION refdata_screen_again('fileperson', 'id');
