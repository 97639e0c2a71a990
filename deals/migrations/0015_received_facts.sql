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
