DROP TRIGGER withheld_of_year ON ledger_ndflwithholding;
DROP FUNCTION settlements_withheld_of_year();
DROP TRIGGER is_a_fact ON settlements_taxyearresult;
DROP TRIGGER keeps_terms ON settlements_taxyear;
