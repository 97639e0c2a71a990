-- The signed sum under a limit of a position; nothing under any other.
CREATE FUNCTION limits_net(l limits_limit) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN l.kind = 'OPEN_CURRENCY_POSITION' THEN l.net END
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
    FOR EACH ROW WHEN (NEW.kind = 'OPEN_CURRENCY_POSITION' AND NEW.used <> OLD.used)
    EXECUTE FUNCTION limits_keep_position();
