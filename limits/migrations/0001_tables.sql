-- A limit that begins, ends or covers something else is known to every process that keeps limits in memory.
CREATE TRIGGER limit_bumps AFTER INSERT OR DELETE OR UPDATE OF entity_id, kind, name, book_id, party_id, group_id, instrument_id, trader, tenor, nostro_currency, currency, closed_at ON limits_limit
    FOR EACH STATEMENT EXECUTE FUNCTION refdata_bump();

-- What the overrides in force at a moment add to a limit. Volatile on purpose: read beside a locked
-- row it sees what was committed up to now, not what the caller's statement began with.
CREATE FUNCTION limits_override_in_force(of_limit bigint, at timestamptz) RETURNS numeric
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (SELECT coalesce(sum(o.amount), 0) FROM limits_override o
             WHERE o.limit_id = of_limit AND o.state = 'IN_FORCE'
               AND o.valid_from <= at AND o.valid_until > at);
END $$;

-- What is left under a limit at a moment. The cached sum is right before `override_until`; later the
-- overrides are counted anew, so that a sweep that is late or dead never leaves room behind.
CREATE FUNCTION limits_available(l limits_limit, at timestamptz) RETURNS numeric
LANGUAGE sql VOLATILE AS $$
    SELECT l.cap - l.used - l.reserved
           + CASE WHEN l.override_until IS NULL OR l.override_until > at THEN l.override
                  ELSE limits_override_in_force(l.id, at) END
$$;

-- The signed sum under a limit of a position; nothing under any other.
CREATE FUNCTION limits_net(l limits_limit) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN l.kind IN ('OPEN_CURRENCY_POSITION', 'INSTRUMENT', 'ISSUER') THEN l.net END
$$;

-- Of a position, what is added to `used` is a contribution with its sign: one deal may take back what
-- another has added. Used is how far the sum is from nothing, whichever way. Ending a deal may move it
-- away as well, and must never be refused: so the excess follows here.
CREATE FUNCTION limits_keep_position() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.net := NEW.net + NEW.used - OLD.used;
    NEW.used := abs(NEW.net);
    NEW.excess := greatest(0, NEW.used + NEW.reserved - NEW.cap - NEW.override);
    RETURN NEW;
END $$;

CREATE TRIGGER limit_position BEFORE UPDATE OF used ON limits_limit
    FOR EACH ROW WHEN (NEW.kind IN ('OPEN_CURRENCY_POSITION', 'INSTRUMENT', 'ISSUER')
                       AND NEW.used <> OLD.used)
    EXECUTE FUNCTION limits_keep_position();

-- What is left under limits, which stay locked from here to the end of the transaction.
CREATE FUNCTION limits_headroom(ids bigint[], at timestamptz)
RETURNS TABLE (id bigint, currency varchar, available numeric, net numeric) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT l.id, l.currency, limits_available(l, at), limits_net(l)
      FROM limits_limit l WHERE l.id = ANY (ids) ORDER BY l.id FOR UPDATE;
END $$;
