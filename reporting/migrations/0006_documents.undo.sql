CREATE OR REPLACE FUNCTION reporting_batch_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.before_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM reporting_ledgerbatch b
             WHERE b.id = NEW.before_id AND b.entity_id = NEW.entity_id AND b.number = NEW.number - 1 AND b.day < NEW.day)
       OR NOT EXISTS (
            SELECT 1 FROM reporting_reportrun r
             WHERE r.id = NEW.run_id AND r.entity_id = NEW.entity_id AND r.state = 'COMPLETED'
               AND r.report = 'ledger-batch') THEN
        RAISE EXCEPTION 'a batch goes on from the one before it' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
