CREATE TRIGGER is_a_fact BEFORE UPDATE OR DELETE ON refdata_callback
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();

-- Who could change the number could answer the call: a contact is only ever withdrawn.
CREATE FUNCTION refdata_keep_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.party_id, OLD.name, OLD.position, OLD.phone, OLD.source, OLD.known_since)
            IS DISTINCT FROM (NEW.party_id, NEW.name, NEW.position, NEW.phone, NEW.source, NEW.known_since)
            OR OLD.withdrawn_date IS NOT NULL AND NEW.withdrawn_date IS DISTINCT FROM OLD.withdrawn_date THEN
        RAISE EXCEPTION 'a contact is withdrawn, never changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keeps_its_number BEFORE UPDATE OR DELETE ON refdata_partycontact
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_contact();

-- Whether an instruction needs no call (it is our own) or the last answer that was reached confirmed it:
-- by a contact of that party known before it was proposed, called by another than the proposer.
CREATE FUNCTION refdata_called_back(ssi bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM refdata_entity e WHERE e.own_party_id = s.party_id)
        OR coalesce((SELECT c.said = 'CONFIRMED'
                       FROM refdata_callback c JOIN refdata_partycontact p ON p.id = c.contact_id
                      WHERE c.ssi_id = s.id AND c.said <> 'NOT_REACHED' AND p.party_id = s.party_id
                        AND p.known_since < s.proposed_at AND c.called_by_id <> ALL (s.makers)
                      ORDER BY c.called_at DESC, c.id DESC LIMIT 1), false)
      FROM refdata_standinginstruction s WHERE s.id = ssi
$$;

CREATE FUNCTION refdata_keep_ssi() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.party_id, OLD.entity_id, OLD.place_id, OLD.currency, OLD.instrument_kind,
            OLD.market, OLD.depository_account, OLD.cash_account, OLD.valid_from, OLD.proposed_by_id,
            OLD.proposed_at)
            IS DISTINCT FROM (NEW.party_id, NEW.entity_id, NEW.place_id, NEW.currency, NEW.instrument_kind,
            NEW.market, NEW.depository_account, NEW.cash_account, NEW.valid_from, NEW.proposed_by_id,
            NEW.proposed_at) THEN
        RAISE EXCEPTION 'a standing instruction keeps its details: propose another'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'APPROVED' AND OLD.status <> 'APPROVED' AND NOT refdata_called_back(NEW.id) THEN
        RAISE EXCEPTION 'the counterparty was not called back about SSI-%', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keeps_its_details BEFORE UPDATE OR DELETE ON refdata_standinginstruction
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_ssi();
