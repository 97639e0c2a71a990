DROP TRIGGER goes_on ON reporting_ledgerbatch;
DROP FUNCTION reporting_batch_goes_on();
DROP TRIGGER keeps_terms ON reporting_ledgerbatch;
