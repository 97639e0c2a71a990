DROP TRIGGER break_is_kept ON reconciliation_break;
DROP TRIGGER matchitem_agrees ON reconciliation_matchitem;
DROP FUNCTION reconciliation_sums_agree();
DROP TRIGGER matchitem_stays_undone ON reconciliation_matchitem;
DROP TRIGGER match_stays_undone ON reconciliation_match;
DROP FUNCTION reconciliation_stays_undone();
DROP TRIGGER matchitem_is_a_fact ON reconciliation_matchitem;
DROP TRIGGER match_is_a_fact ON reconciliation_match;
DROP INDEX statementline_since;
