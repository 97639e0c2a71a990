DROP TRIGGER is_a_fact ON ledger_ndflwithholding;
