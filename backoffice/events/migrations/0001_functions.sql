-- The number of the transaction that writes. After a logical restore `after_restore` replaces the 0,
-- so that numbers go on above the highest one stored.
CREATE FUNCTION tx_now() RETURNS bigint LANGUAGE sql STABLE PARALLEL UNSAFE
    AS $$ SELECT pg_current_xact_id()::text::bigint + 0 $$;

-- Every transaction with a lower number has ended: what is below it is complete and stays so.
CREATE FUNCTION tx_horizon() RETURNS bigint LANGUAGE sql STABLE
    AS $$ SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + 0 $$;

-- Facts are not edited. Attached to every table whose rows are facts.
CREATE FUNCTION events_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are facts: correct them by a new row, never by % ', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
