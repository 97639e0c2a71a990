-- A batch has the documents of its own day, as known when its entries were; those made before have none.
CREATE OR REPLACE FUNCTION reporting_batch_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.before_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM reporting_ledgerbatch b
             WHERE b.id = NEW.before_id AND b.entity_id = NEW.entity_id AND b.number = NEW.number - 1 AND b.day < NEW.day)
       OR NOT EXISTS (
            SELECT 1 FROM reporting_reportrun r
             WHERE r.id = NEW.run_id AND r.entity_id = NEW.entity_id AND r.state = 'COMPLETED'
               AND r.report = 'ledger-batch')
       OR NOT EXISTS (
            SELECT 1 FROM reporting_reportrun r JOIN reporting_reportrun d ON d.id = NEW.documents_id
             WHERE r.id = NEW.run_id AND d.entity_id = NEW.entity_id AND d.state = 'COMPLETED'
               AND d.report = 'bookkeeping-documents' AND d.horizon = r.horizon) THEN
        RAISE EXCEPTION 'a batch goes on from the one before it' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

-- What was written, and may have been given, stays.
CREATE TRIGGER documentfile_is_a_fact BEFORE UPDATE OR DELETE ON reporting_documentfile
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
