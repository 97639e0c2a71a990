DROP TRIGGER withheld_of_withdrawal ON ledger_ndflwithholding;
DROP FUNCTION settlements_withheld_of_withdrawal();
DROP TRIGGER keeps_terms ON settlements_withdrawal;
