DROP TRIGGER match_by_a_person ON reconciliation_match;
DROP FUNCTION reconciliation_by_a_person();
