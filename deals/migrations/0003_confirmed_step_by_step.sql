-- A deal is confirmed once every step of its process is taken: while its case is open it is not.
CREATE FUNCTION deals_every_step_taken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM refdata_processcase c WHERE c.subject_type = 'deal' AND c.subject_id = NEW.id
                  AND c.process = 'process.confirm_deal' AND c.state = 'OPEN') THEN
        RAISE EXCEPTION 'deal % has steps of its process to go', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER deal_every_step_taken BEFORE UPDATE OF state ON deals_deal
    FOR EACH ROW WHEN (OLD.state = 'PENDING_APPROVAL' AND NEW.state = 'CONFIRMED')
    EXECUTE FUNCTION deals_every_step_taken();
