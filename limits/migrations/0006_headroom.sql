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
