-- How far an account may be below zero on a day: by the credit lines of its owner at the place in that
-- currency. A client has none, whatever is written: other clients' money would be what it is lent.
CREATE FUNCTION ledger_lent(account bigint, asset bigint, day date) RETURNS numeric
    LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(c.amount), 0)
      FROM ledger_ledgeraccount a
      JOIN refdata_party o ON o.id = a.owner_id AND NOT 'CLIENT' = ANY(o.roles)
      JOIN refdata_asset m ON m.id = asset
      JOIN refdata_creditline c ON c.entity_id = a.entity_id AND c.owner_id = a.owner_id
       AND c.place_id = a.place_id AND c.currency = m.code
       AND c.valid_from <= day AND (c.valid_until IS NULL OR c.valid_until > day)
     WHERE a.id = account AND a.kind = 'CASH'
$$;

-- As before, with what its owner may be lent.
CREATE OR REPLACE FUNCTION ledger_guard() RETURNS trigger LANGUAGE plpgsql AS $$
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
                             'short', trim_scale(-l.balance - ledger_lent(l.account_id, l.asset_id, l.on_date))::text, 'day', l.on_date)::text
      INTO told
      FROM ledger_least(accounts, assets, days) l
      JOIN ledger_ledgeraccount a ON a.id = l.account_id
      JOIN refdata_party o ON o.id = a.owner_id
      JOIN refdata_place p ON p.id = a.place_id
      JOIN refdata_asset s ON s.id = l.asset_id
     WHERE l.balance < 0 AND l.balance + ledger_lent(l.account_id, l.asset_id, l.on_date) < 0
     ORDER BY l.account_id, l.asset_id LIMIT 1;
    IF told IS NOT NULL THEN
        RAISE EXCEPTION 'a balance would be below zero' USING ERRCODE = 'BO016', DETAIL = told;
    END IF;
    RETURN NULL;
END $$;
