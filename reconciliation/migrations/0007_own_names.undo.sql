DROP FUNCTION reconciliation_may_name(text, text, text, text);
DROP FUNCTION reconciliation_own_names(text, text, text);
DROP FUNCTION reconciliation_own_name(text);
