-- A deal that was repaired goes no further while a step that was added to its repair is missing; it may be cancelled.
CREATE FUNCTION deals_repair_looked_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM refdata_processcase c JOIN deals_inbound i ON i.id = c.subject_id
                WHERE c.process = 'process.repair_inbound' AND c.subject_type = 'inbound' AND c.state = 'OPEN'
                  AND i.deal_id = NEW.id) THEN
        RAISE EXCEPTION 'deal % was repaired, and that has steps of its process to go', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER deal_repair_looked_at BEFORE UPDATE OF state ON deals_deal
    FOR EACH ROW WHEN (OLD.state = 'CAPTURED' AND NEW.state NOT IN ('CAPTURED', 'CANCELLED'))
    EXECUTE FUNCTION deals_repair_looked_at();
