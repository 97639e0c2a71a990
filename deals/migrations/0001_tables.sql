-- The two calls of capture, for one deal or a chunk. Python decides between them; the limits stay
-- locked from the first to the commit. PL/pgSQL because its plans are cached: psycopg2 never
-- prepares, and planning is two thirds of a small statement.
CREATE TYPE deals_request AS (caller bigint, key text, hash bytea, entity bigint, external_ref text);

CREATE TYPE deals_new_deal AS (
    id bigint, entity bigint, book bigint, external_ref text, product text, stage text, capacity text,
    owner bigint, counterparty bigint, instrument bigint, trade_date date, due_date date,
    breached boolean, actor bigint, at timestamptz,
    side text, quantity numeric, price numeric, currency text, gross numeric, net numeric,
    method text, traded_at timestamptz, details jsonb, facts jsonb);

CREATE TYPE deals_new_flow AS (
    deal bigint, kind text, direction text, asset bigint, quantity numeric, due_date date);

CREATE TYPE deals_new_reservation AS (deal bigint, limit_id bigint, amount numeric);

CREATE TYPE deals_new_answer AS (
    caller bigint, key text, hash bytea, status smallint, location text, media_type text, body text);

CREATE TYPE deals_taken AS (limit_id bigint, amount numeric, excess numeric);

-- Per request: is it new, a replay, a rival of itself, or a duplicate by our own reference?
CREATE FUNCTION deals_open(requests deals_request[])
RETURNS TABLE (outcome text, deal_id bigint, status smallint, location text, media_type text, body text)
LANGUAGE plpgsql AS $$
DECLARE r deals_request; answer record; seen_keys text[] := '{}'; seen_refs text[] := '{}';
BEGIN
    FOREACH r IN ARRAY requests LOOP
        outcome := NULL; deal_id := NULL; status := NULL; location := NULL; media_type := NULL; body := NULL;
        IF r.key IS NOT NULL THEN
            IF (r.caller || ':' || r.key) = ANY (seen_keys)
               OR NOT pg_try_advisory_xact_lock(hashtextextended(r.key, r.caller)) THEN
                outcome := 'request-in-progress'; RETURN NEXT; CONTINUE;
            END IF;
            seen_keys := seen_keys || (r.caller || ':' || r.key);
            SELECT i.request_hash, i.status, i.location, i.media_type, i.body INTO answer
              FROM access_idempotencyrecord i WHERE i.caller_id = r.caller AND i.key = r.key;
            IF FOUND THEN
                IF answer.request_hash = r.hash THEN
                    outcome := 'replay'; status := answer.status; location := answer.location;
                    media_type := answer.media_type; body := answer.body;
                ELSE
                    outcome := 'idempotency-key-reused';
                END IF;
                RETURN NEXT; CONTINUE;
            END IF;
        END IF;
        SELECT d.id INTO deal_id FROM deals_deal d
         WHERE d.entity_id = r.entity AND d.external_ref = r.external_ref;
        IF FOUND OR (r.entity || ':' || r.external_ref) = ANY (seen_refs) THEN
            outcome := 'duplicate';
        ELSE
            outcome := 'new'; deal_id := nextval(pg_get_serial_sequence('deals_deal', 'id'));
            seen_refs := seen_refs || (r.entity || ':' || r.external_ref);
        END IF;
        RETURN NEXT;
    END LOOP;
END $$;

-- Everything a capture writes, in one call: deals, versions, flows, reservations, events, answers,
-- and last of all the hot counters of the limits.
CREATE FUNCTION deals_write(
    deals deals_new_deal[], flows deals_new_flow[], reservations deals_new_reservation[],
    answers deals_new_answer[], taken deals_taken[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO deals_deal (id, entity_id, book_id, external_ref, product, stage, capacity, owner_id,
                            counterparty_id, instrument_id, trade_date, due_date, state, makers,
                            version, breached, captured_by_id, captured_at)
    SELECT d.id, d.entity, d.book, d.external_ref, d.product, d.stage, d.capacity, d.owner,
           d.counterparty, d.instrument, d.trade_date, d.due_date, 'CAPTURED', ARRAY[d.actor],
           1, d.breached, d.actor, d.at
      FROM unnest(deals) d;
    INSERT INTO deals_dealversion (deal_id, number, side, quantity, price, currency, gross_amount,
                                   net_amount, method, traded_at, details, actor_id, recorded_at)
    SELECT d.id, 1, d.side, d.quantity, d.price, d.currency, d.gross, d.net, d.method, d.traded_at,
           d.details, d.actor, d.at
      FROM unnest(deals) d;
    INSERT INTO deals_flow (deal_id, version, kind, direction, asset_id, quantity, due_date)
    SELECT f.deal, 1, f.kind, f.direction, f.asset, f.quantity, f.due_date FROM unnest(flows) f;
    INSERT INTO limits_reservation (source_type, source_id, limit_id, amount, state, recorded_at)
    SELECT 'deal', r.deal, r.limit_id, r.amount, 'COMMITTED', deals[1].at FROM unnest(reservations) r;
    INSERT INTO events_event (kind, subject_type, subject_id, entity_id, actor_id, recorded_at,
                              target, facts)
    SELECT 'deal.capture', 'deal', d.id, d.entity, d.actor, d.at, 'CAPTURED', d.facts
      FROM unnest(deals) d;
    INSERT INTO access_idempotencyrecord (caller_id, key, request_hash, status, location, media_type, body)
    SELECT a.caller, a.key, a.hash, a.status, a.location, a.media_type, a.body FROM unnest(answers) a;
    UPDATE limits_limit l SET used = l.used + t.amount, excess = l.excess + t.excess
      FROM unnest(taken) t WHERE l.id = t.limit_id;
END $$;

CREATE TRIGGER dealversion_is_a_fact BEFORE UPDATE OR DELETE ON deals_dealversion
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER flow_is_a_fact BEFORE UPDATE OR DELETE ON deals_flow
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();

-- What they said never changes: only what we make of it, which stands beside it.
CREATE FUNCTION deals_keep_received() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.entity_id, OLD.sender_id, OLD.their_ref, OLD.number, OLD.digest, OLD.source, OLD.raw,
            OLD.our_ref, OLD.uti, OLD.side, OLD.told, OLD.instrument_id, OLD.pair, OLD.quantity, OLD.price,
            OLD.currency, OLD.amount, OLD.trade_date, OLD.settlement_date, OLD.place, OLD.sent_at, OLD.replaces_id,
            OLD.received_by_id, OLD.received_at, OLD.recorded_tx)
            IS DISTINCT FROM (NEW.entity_id, NEW.sender_id, NEW.their_ref, NEW.number, NEW.digest, NEW.source, NEW.raw,
            NEW.our_ref, NEW.uti, NEW.side, NEW.told, NEW.instrument_id, NEW.pair, NEW.quantity, NEW.price,
            NEW.currency, NEW.amount, NEW.trade_date, NEW.settlement_date, NEW.place, NEW.sent_at, NEW.replaces_id,
            NEW.received_by_id, NEW.received_at, NEW.recorded_tx) THEN
        RAISE EXCEPTION 'a confirmation stays as it was received' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER received_is_a_fact BEFORE UPDATE OR DELETE ON deals_receivedconfirmation
    FOR EACH ROW EXECUTE FUNCTION deals_keep_received();

CREATE INDEX dealversion_by_uti ON deals_dealversion ((details->>'uti')) WHERE details ? 'uti';
