-- Whose account is watched the database says by itself: securities held at a place, whoever owns
-- them, and money at a place of anybody but ourselves (a bank may lend us, clients lend each other
-- nothing).
CREATE FUNCTION ledger_guarded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.guarded := NEW.place_id IS NOT NULL AND (NEW.kind = 'HOLDING' OR NEW.kind = 'CASH'
        AND NEW.owner_id <> (SELECT own_party_id FROM refdata_entity WHERE id = NEW.entity_id));
    RETURN NEW;
END $$;
CREATE TRIGGER account_guarded BEFORE INSERT OR UPDATE ON ledger_ledgeraccount
    FOR EACH ROW EXECUTE FUNCTION ledger_guarded();
UPDATE ledger_ledgeraccount SET guarded = false;

CREATE FUNCTION ledger_account_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an account keeps its kind, its owner and its place'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER account_stays BEFORE UPDATE OF entity_id, kind, owner_id, place_id, guarded
    ON ledger_ledgeraccount FOR EACH ROW EXECUTE FUNCTION ledger_account_stays();

-- Holds what is decided about until the transaction ends: missing rows first, in the order in which
-- they are locked, so that two who come at once wait for each other and never in a circle.
CREATE FUNCTION ledger_hold(accounts bigint[], assets bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') = 'repeatable read' THEN
        RAISE EXCEPTION 'what is at hand is decided on what others have committed by now'
            USING ERRCODE = 'invalid_transaction_state';
    END IF;
    INSERT INTO ledger_holding (account_id, asset_id)
    SELECT g.account_id, g.asset_id FROM unnest(accounts, assets) AS g(account_id, asset_id)
     WHERE NOT EXISTS (SELECT 1 FROM ledger_holding h
                        WHERE h.account_id = g.account_id AND h.asset_id = g.asset_id)
     ORDER BY 1, 2
    ON CONFLICT DO NOTHING;
    PERFORM 1 FROM ledger_holding h
      JOIN unnest(accounts, assets) AS g(account_id, asset_id)
        ON h.account_id = g.account_id AND h.asset_id = g.asset_id
     ORDER BY h.account_id, h.asset_id FOR UPDATE OF h;
END $$;

-- The least that stands on each account from a day on, and the day on which that is. What was folded
-- comes from the movements, what was recorded since then from the postings.
CREATE FUNCTION ledger_least(accounts bigint[], assets bigint[], days date[])
    RETURNS TABLE (account_id bigint, asset_id bigint, on_date date, balance numeric)
    LANGUAGE sql STABLE AS $$
    SELECT g.account_id, g.asset_id, low.day, low.balance
      FROM unnest(accounts, assets, days) AS g(account_id, asset_id, day)
     CROSS JOIN LATERAL (
        SELECT each.day, sum(each.amount) OVER (ORDER BY each.day) AS balance
          FROM (SELECT greatest(l.effective_date, g.day) AS day, sum(l.amount) AS amount
                  FROM (SELECT m.effective_date, m.amount FROM ledger_movement m
                         WHERE m.account_id = g.account_id AND m.asset_id = g.asset_id
                        UNION ALL
                        SELECT d.effective_date, d.quantity FROM ledger_posting d
                         WHERE d.debit_account_id = g.account_id AND d.asset_id = g.asset_id
                           AND d.recorded_tx >= coalesce((SELECT f.horizon FROM ledger_fold f), 0)
                        UNION ALL
                        SELECT c.effective_date, -c.quantity FROM ledger_posting c
                         WHERE c.credit_account_id = g.account_id AND c.asset_id = g.asset_id
                           AND c.recorded_tx >= coalesce((SELECT f.horizon FROM ledger_fold f), 0)) l
                 GROUP BY 1
                UNION ALL
                SELECT g.day, 0) each
         ORDER BY balance, each.day LIMIT 1) low
$$;

-- After each statement that posts: of the watched accounts from which something was taken none is
-- below zero on the day of that or on any later one. Judged by what all of the statement comes to, so
-- that what is settled together may go round.
CREATE FUNCTION ledger_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    accounts bigint[];
    assets bigint[];
    days date[];
    told text;
BEGIN
    SELECT array_agg(t.account_id ORDER BY t.account_id, t.asset_id),
           array_agg(t.asset_id ORDER BY t.account_id, t.asset_id),
           array_agg(t.day ORDER BY t.account_id, t.asset_id)
      INTO accounts, assets, days
      FROM (SELECT p.credit_account_id AS account_id, p.asset_id, min(p.effective_date) AS day
              FROM put p JOIN ledger_ledgeraccount a ON a.id = p.credit_account_id AND a.guarded
             GROUP BY 1, 2) t;
    IF accounts IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM ledger_hold(accounts, assets);
    -- A statement of its own: it sees what those whom we waited for have committed.
    SELECT json_build_object('owner', o.code, 'place', p.code, 'asset', s.code,
                             'short', trim_scale(-l.balance)::text, 'day', l.on_date)::text
      INTO told
      FROM ledger_least(accounts, assets, days) l
      JOIN ledger_ledgeraccount a ON a.id = l.account_id
      JOIN refdata_party o ON o.id = a.owner_id
      JOIN refdata_place p ON p.id = a.place_id
      JOIN refdata_asset s ON s.id = l.asset_id
     WHERE l.balance < 0 ORDER BY l.account_id, l.asset_id LIMIT 1;
    IF told IS NOT NULL THEN
        RAISE EXCEPTION 'a balance would be below zero' USING ERRCODE = 'BO016', DETAIL = told;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER posting_guards AFTER INSERT ON ledger_posting REFERENCING NEW TABLE AS put
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_guard();

-- A load into one month's table would pass the trigger of the whole by: each has its own.
CREATE OR REPLACE FUNCTION ledger_prepare_month(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    part text := 'ledger_posting_' || to_char(month, 'YYYYMM');
BEGIN
    IF to_regclass(part) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format(
        'CREATE TABLE IF NOT EXISTS %I PARTITION OF ledger_posting FOR VALUES FROM (%L) TO (%L)',
        part, date_trunc('month', month)::date, (date_trunc('month', month) + interval '1 month')::date);
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER posting_guards AFTER INSERT ON %I REFERENCING NEW TABLE AS put'
        ' FOR EACH STATEMENT EXECUTE FUNCTION ledger_guard()', part);
END $$;
DO $$ DECLARE part regclass; BEGIN
    FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'ledger_posting'::regclass LOOP
        EXECUTE format(
            'CREATE TRIGGER posting_guards AFTER INSERT ON %s REFERENCING NEW TABLE AS put'
            ' FOR EACH STATEMENT EXECUTE FUNCTION ledger_guard()', part);
    END LOOP;
END $$;
