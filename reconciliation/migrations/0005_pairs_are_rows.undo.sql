DROP TRIGGER break_names_what_is_there ON reconciliation_break;
DROP FUNCTION reconciliation_break_names();
DROP TRIGGER match_parts_agree ON reconciliation_match;
DROP FUNCTION reconciliation_parts_agree();
DROP TRIGGER match_is_a_fact ON reconciliation_match;

INSERT INTO reconciliation_matchitem (match_id, number, line_id, entry_id, account_id, line_amount, entry_amount, is_active)
SELECT coalesce(part_of_id, id), row_number() OVER (PARTITION BY coalesce(part_of_id, id) ORDER BY id), line_id,
       entry_id, account_id, CASE WHEN line_id IS NOT NULL THEN amount END,
       CASE WHEN entry_id IS NOT NULL THEN amount END, undone_at IS NULL
  FROM reconciliation_match WHERE line_id IS NOT NULL OR entry_id IS NOT NULL;
DELETE FROM reconciliation_match WHERE part_of_id IS NOT NULL;

CREATE TRIGGER match_is_a_fact BEFORE UPDATE OR DELETE ON reconciliation_match
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but('undone_at', 'undone_by_id', 'undone_reason');
CREATE TRIGGER matchitem_is_a_fact BEFORE UPDATE OR DELETE ON reconciliation_matchitem
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but('is_active');
CREATE TRIGGER matchitem_stays_undone BEFORE UPDATE ON reconciliation_matchitem
    FOR EACH ROW WHEN (NOT OLD.is_active) EXECUTE FUNCTION reconciliation_stays_undone();
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
