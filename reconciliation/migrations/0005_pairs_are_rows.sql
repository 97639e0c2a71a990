DROP TRIGGER match_is_a_fact ON reconciliation_match;
DROP TRIGGER match_stays_undone ON reconciliation_match;
DROP TRIGGER matchitem_is_a_fact ON reconciliation_matchitem;
DROP TRIGGER matchitem_stays_undone ON reconciliation_matchitem;
DROP TRIGGER matchitem_agrees ON reconciliation_matchitem;
DROP FUNCTION reconciliation_sums_agree();

UPDATE reconciliation_match m
   SET line_id = i.line_id, entry_id = i.entry_id, account_id = i.account_id, amount = i.line_amount
  FROM reconciliation_matchitem i
 WHERE i.match_id = m.id AND i.line_id IS NOT NULL AND i.entry_id IS NOT NULL;
UPDATE reconciliation_match m SET amount = s.amount
  FROM (SELECT match_id, coalesce(sum(line_amount), sum(entry_amount)) AS amount
          FROM reconciliation_matchitem GROUP BY match_id) s
 WHERE s.match_id = m.id AND m.line_id IS NULL;
INSERT INTO reconciliation_match (entity_id, reconciliation_id, rule, part_of_id, line_id, entry_id, account_id, amount,
                                  matched_by_id, matched_at, undone_by_id, undone_at, undone_reason, recorded_tx)
SELECT m.entity_id, m.reconciliation_id, m.rule, m.id, i.line_id, i.entry_id, i.account_id,
       coalesce(i.line_amount, i.entry_amount), m.matched_by_id, m.matched_at, m.undone_by_id, m.undone_at,
       m.undone_reason, m.recorded_tx
  FROM reconciliation_match m JOIN reconciliation_matchitem i ON i.match_id = m.id
 WHERE m.line_id IS NULL ORDER BY m.id, i.number;

-- A match and its parts stay as they were made; they may be undone, once.
CREATE TRIGGER match_is_a_fact BEFORE UPDATE OR DELETE ON reconciliation_match
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but('undone_at', 'undone_by_id', 'undone_reason');
CREATE TRIGGER match_stays_undone BEFORE UPDATE ON reconciliation_match
    FOR EACH ROW WHEN (OLD.undone_at IS NOT NULL) EXECUTE FUNCTION reconciliation_stays_undone();

-- What several come to is the same on both sides, and they are undone together; of a pair its row says so. Looked at
-- when all of them are written, and only of what has parts.
CREATE FUNCTION reconciliation_parts_agree() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whole reconciliation_match;
    wrong boolean;
BEGIN
    SELECT * INTO whole FROM reconciliation_match m WHERE m.id = coalesce(NEW.part_of_id, NEW.id);
    SELECT count(*) < 2
           OR coalesce(sum(p.amount) FILTER (WHERE p.line_id IS NOT NULL), 0)
           <> coalesce(sum(p.amount) FILTER (WHERE p.entry_id IS NOT NULL), 0)
           OR bool_or(p.undone_at IS DISTINCT FROM whole.undone_at)
           OR bool_or(p.reconciliation_id <> whole.reconciliation_id)
      INTO wrong FROM reconciliation_match p WHERE p.part_of_id = whole.id;
    IF whole.id IS NULL OR whole.line_id IS NOT NULL OR whole.part_of_id IS NOT NULL OR wrong THEN
        RAISE EXCEPTION 'the two sides of a match differ' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER match_parts_agree AFTER INSERT OR UPDATE ON reconciliation_match
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.line_id IS NULL OR NEW.entry_id IS NULL) EXECUTE FUNCTION reconciliation_parts_agree();

-- What people and other checks add to a break is there. Of most breaks nobody names any of it, and nothing is looked
-- up: four foreign keys would queue four checks for each of them.
CREATE FUNCTION reconciliation_break_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.owner_id IS NOT NULL AND NOT EXISTS (SELECT FROM access_user u WHERE u.id = NEW.owner_id)
       OR NEW.settlement_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM settlements_settlement s WHERE s.id = NEW.settlement_id)
       OR NEW.statement_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM reconciliation_statement s WHERE s.id = NEW.statement_id)
       OR NEW.nostro_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM refdata_nostroaccount n WHERE n.id = NEW.nostro_id) THEN
        RAISE EXCEPTION 'a break names what is not there' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER break_names_what_is_there AFTER INSERT OR UPDATE ON reconciliation_break
    FOR EACH ROW WHEN (coalesce(NEW.owner_id, NEW.settlement_id, NEW.statement_id, NEW.nostro_id) IS NOT NULL)
    EXECUTE FUNCTION reconciliation_break_names();
