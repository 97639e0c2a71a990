DROP TRIGGER feeline_is_a_fact ON expenses_feeline;
DROP TRIGGER feeaccrual_is_a_fact ON expenses_feeaccrual;
