-- A run looks at what came since the last one, account by account.
CREATE INDEX statementline_since ON reconciliation_statementline (nostro_id, recorded_tx) WHERE booked;

-- A match and what it is of stay as they were made; it may be undone, once.
CREATE TRIGGER match_is_a_fact BEFORE UPDATE OR DELETE ON reconciliation_match
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but('undone_at', 'undone_by_id', 'undone_reason');
CREATE TRIGGER matchitem_is_a_fact BEFORE UPDATE OR DELETE ON reconciliation_matchitem
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but('is_active');

CREATE FUNCTION reconciliation_stays_undone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what is undone stays undone' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER match_stays_undone BEFORE UPDATE ON reconciliation_match
    FOR EACH ROW WHEN (OLD.undone_at IS NOT NULL) EXECUTE FUNCTION reconciliation_stays_undone();
CREATE TRIGGER matchitem_stays_undone BEFORE UPDATE ON reconciliation_matchitem
    FOR EACH ROW WHEN (NOT OLD.is_active) EXECUTE FUNCTION reconciliation_stays_undone();

-- What is matched comes to the same on both sides: of a pair its row says so, of several the sum of what one
-- statement writes.
CREATE FUNCTION reconciliation_sums_agree() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM put WHERE line_id IS NULL OR entry_id IS NULL
                GROUP BY match_id
               HAVING coalesce(sum(line_amount), 0) <> coalesce(sum(entry_amount), 0)) THEN
        RAISE EXCEPTION 'the two sides of a match differ' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER matchitem_agrees AFTER INSERT ON reconciliation_matchitem REFERENCING NEW TABLE AS put
    FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_sums_agree();

CREATE TRIGGER break_is_kept BEFORE UPDATE OR DELETE ON reconciliation_break
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but(
        'state', 'makers', 'theirs', 'ours', 'why', 'held', 'facts', 'owner_id', 'reason', 'chase_on', 'remedy',
        'settlement_id', 'opened_at', 'closed_at', 'day');
