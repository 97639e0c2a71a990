-- Prices and rates are facts; everything else bumps a counter that processes cache behind.
CREATE TRIGGER price_is_a_fact BEFORE UPDATE OR DELETE ON refdata_price
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER fxrate_is_a_fact BEFORE UPDATE OR DELETE ON refdata_fxrate
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();

CREATE INDEX price_latest ON refdata_price (instrument_id, price_date DESC, id DESC);
CREATE INDEX fxrate_latest ON refdata_fxrate (base, quote, rate_date DESC, id DESC);
CREATE INDEX ssi_of_party ON refdata_standinginstruction (party_id, status);

CREATE TABLE refdata_version (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    counter bigint NOT NULL
);

CREATE FUNCTION refdata_bump() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO refdata_version (counter) VALUES (1)
    ON CONFLICT (single) DO UPDATE SET counter = refdata_version.counter + 1;
    RETURN NULL;
END $$;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['party', 'partyidentifier', 'entity', 'book', 'asset', 'currency',
        'instrument', 'instrumentidentifier', 'calendar', 'calendarday', 'settlementcycle', 'place',
        'depositoryaccount', 'nostroaccount', 'standinginstruction', 'feeschedule'] LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refdata_bump()',
                       name || '_bumps', 'refdata_' || name);
    END LOOP;
END $$;

-- An instrument may name only a market that is known.
ALTER TABLE refdata_instrument ADD CONSTRAINT instrument_of_known_market
    FOREIGN KEY (market) REFERENCES refdata_market (mic);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['market', 'currencypair', 'currencycalendar'] LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refdata_bump()',
                       name || '_bumps', 'refdata_' || name);
    END LOOP;
END $$;

CREATE TRIGGER is_a_fact BEFORE UPDATE OR DELETE ON refdata_interestrate FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER is_a_fact BEFORE UPDATE OR DELETE ON refdata_bondpayment FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
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
CREATE TRIGGER bookscope_bumps AFTER INSERT OR UPDATE OR DELETE ON refdata_bookscope FOR EACH STATEMENT EXECUTE FUNCTION refdata_bump();

-- The terms of a row stay as they were stored; only the columns named by the trigger move.
CREATE FUNCTION refdata_keep_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(OLD) - TG_ARGV <> to_jsonb(NEW) - TG_ARGV THEN
        RAISE EXCEPTION '% keeps its terms: a change is a new row', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON refdata_datedrule
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_terms(
        'state', 'verification', 'makers', 'approved_by_id', 'verified_by_id', 'superseded_from');
CREATE TRIGGER datedrule_bumps AFTER INSERT OR UPDATE OR DELETE ON refdata_datedrule
    FOR EACH STATEMENT EXECUTE FUNCTION refdata_bump();

-- One row in force for a kind, a key and a day. Equality of texts is written as overlap of ranges of
-- one text each, because an index of ranges needs no extension. Deferrable: a row comes into force
-- and ends the one before it in one transaction.
CREATE TYPE refdata_textrange AS RANGE (subtype = text);

ALTER TABLE refdata_datedrule ADD CONSTRAINT rule_in_force_once EXCLUDE USING gist (
    refdata_textrange(kind, kind, '[]') WITH &&,
    refdata_textrange(key, key, '[]') WITH &&,
    daterange(valid_from, LEAST(valid_until, superseded_from)) WITH &&
) WHERE (state = 'IN_FORCE') DEFERRABLE INITIALLY IMMEDIATE;

CREATE INDEX rule_by_kind ON refdata_datedrule (kind, key, valid_from DESC);

CREATE FUNCTION refdata_keep_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.subject_type, OLD.name, OLD.changes, OLD.before, OLD.valid_from, OLD.reason,
            OLD.proposed_by_id, OLD.proposed_at, OLD.entity_id)
            IS DISTINCT FROM (NEW.subject_type, NEW.name, NEW.changes, NEW.before, NEW.valid_from, NEW.reason,
            NEW.proposed_by_id, NEW.proposed_at, NEW.entity_id)
            OR OLD.subject_id IS DISTINCT FROM NEW.subject_id AND OLD.subject_id IS NOT NULL THEN
        RAISE EXCEPTION 'a proposal stays as it was proposed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER stays_as_proposed BEFORE UPDATE OR DELETE ON refdata_proposal
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_proposal();
CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON refdata_firmprofile
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_terms('state', 'makers', 'approved_by_id');
CREATE TRIGGER firmprofile_bumps AFTER INSERT OR UPDATE OR DELETE ON refdata_firmprofile
    FOR EACH STATEMENT EXECUTE FUNCTION refdata_bump();
CREATE TRIGGER source_bumps AFTER INSERT OR UPDATE OR DELETE ON refdata_source FOR EACH STATEMENT EXECUTE FUNCTION refdata_bump();
CREATE TRIGGER bondterms_bumps AFTER INSERT OR UPDATE OR DELETE ON refdata_bondterms FOR EACH STATEMENT EXECUTE FUNCTION refdata_bump();
CREATE TRIGGER bondpayment_bumps AFTER INSERT OR UPDATE OR DELETE ON refdata_bondpayment
    FOR EACH STATEMENT EXECUTE FUNCTION refdata_bump();

-- Versions, entries and screenings are facts.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['sanctionsversion', 'sanctionsentry', 'sanctionsmember', 'screeningrun',
        'screening'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I '
                       'FOR EACH ROW EXECUTE FUNCTION events_refuse_change()',
                       name || '_is_a_fact', 'refdata_' || name);
    END LOOP;
END $$;

CREATE TRIGGER keeps_what_was_found BEFORE UPDATE OR DELETE ON refdata_screeninghit
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_terms('state', 'makers', 'follows_id');

-- Whatever way a name or an identifier changes, its subject is due to be screened again.
CREATE FUNCTION refdata_screen_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO refdata_screeningstanding AS s (subject_type, subject_id)
    VALUES (TG_ARGV[0], (to_jsonb(COALESCE(NEW, OLD)) ->> TG_ARGV[1])::bigint)
    ON CONFLICT (subject_type, subject_id) DO UPDATE SET due = true WHERE NOT s.due;
    RETURN NULL;
END $$;

CREATE TRIGGER party_new_is_screened AFTER INSERT ON refdata_party
    FOR EACH ROW EXECUTE FUNCTION refdata_screen_again('party', 'id');
CREATE TRIGGER party_changed_is_screened AFTER UPDATE ON refdata_party
    FOR EACH ROW WHEN ((OLD.code, OLD.name, OLD.name_ru, OLD.kind, OLD.country)
                       IS DISTINCT FROM (NEW.code, NEW.name, NEW.name_ru, NEW.kind, NEW.country))
    EXECUTE FUNCTION refdata_screen_again('party', 'id');
CREATE TRIGGER partyidentifier_is_screened AFTER INSERT OR UPDATE OR DELETE ON refdata_partyidentifier
    FOR EACH ROW EXECUTE FUNCTION refdata_screen_again('party', 'party_id');
CREATE TRIGGER place_new_is_screened AFTER INSERT ON refdata_place
    FOR EACH ROW EXECUTE FUNCTION refdata_screen_again('place', 'id');
CREATE TRIGGER place_changed_is_screened AFTER UPDATE ON refdata_place
    FOR EACH ROW WHEN ((OLD.name, OLD.name_ru, OLD.bic, OLD.bik)
                       IS DISTINCT FROM (NEW.name, NEW.name_ru, NEW.bic, NEW.bik))
    EXECUTE FUNCTION refdata_screen_again('place', 'id');
CREATE TRIGGER instrument_new_is_screened AFTER INSERT ON refdata_instrument
    FOR EACH ROW EXECUTE FUNCTION refdata_screen_again('instrument', 'asset_id');
CREATE TRIGGER instrument_changed_is_screened AFTER UPDATE ON refdata_instrument
    FOR EACH ROW WHEN (OLD.isin IS DISTINCT FROM NEW.isin)
    EXECUTE FUNCTION refdata_screen_again('instrument', 'asset_id');
CREATE TRIGGER asset_changed_is_screened AFTER UPDATE ON refdata_asset
    FOR EACH ROW WHEN (NEW.kind = 'SECURITY'
                       AND (OLD.name, OLD.name_ru) IS DISTINCT FROM (NEW.name, NEW.name_ru))
    EXECUTE FUNCTION refdata_screen_again('instrument', 'id');
CREATE TRIGGER instrumentidentifier_is_screened AFTER INSERT OR UPDATE OR DELETE
    ON refdata_instrumentidentifier
    FOR EACH ROW EXECUTE FUNCTION refdata_screen_again('instrument', 'instrument_id');

-- A proposal that was decided about is looked at once more: what it hit is nobody's any more.
CREATE TRIGGER proposal_decided_is_screened AFTER UPDATE ON refdata_proposal
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state AND NEW.subject_type IN
        ('party', 'partyidentifier', 'place', 'asset', 'instrument', 'instrumentidentifier'))
    EXECUTE FUNCTION refdata_screen_again('proposal', 'id');

ALTER TABLE refdata_agreement ADD CONSTRAINT agreement_numbered CHECK (number <> '');

-- Whose it is, and what our own series numbered, stays for ever; nothing leaves the register.
CREATE FUNCTION refdata_keep_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.entity_id, NEW.party_id) <> (OLD.entity_id, OLD.party_id)
       OR (NEW.year, NEW.serial) IS DISTINCT FROM (OLD.year, OLD.serial)
       OR (OLD.serial IS NOT NULL AND NEW.number <> OLD.number) THEN
        RAISE EXCEPTION 'an agreement stays in the register with its parties and its number';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER keeps_agreement BEFORE UPDATE OR DELETE ON refdata_agreement
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_agreement();
CREATE TRIGGER agreement_bumps AFTER INSERT OR UPDATE OR DELETE ON refdata_agreement
    FOR EACH STATEMENT EXECUTE FUNCTION refdata_bump();

-- A row keeps everything but the columns that its trigger names; nothing is deleted.
CREATE FUNCTION refdata_keep_all_but() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(OLD) - TG_ARGV::text[] <> to_jsonb(NEW) - TG_ARGV::text[] THEN
        RAISE EXCEPTION '% keeps its terms: end it, and write another', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON refdata_accountmember
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but('valid_until');
CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON refdata_useright
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but('valid_until');
CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON refdata_creditline
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but('valid_until');
CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON refdata_earmark
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but('valid_until');
CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON refdata_restriction
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_all_but('valid_until', 'permit', 'permit_until');
CREATE TRIGGER is_a_fact BEFORE UPDATE OR DELETE ON refdata_statedposition
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();

-- A restriction ends by another document than put it in force.
CREATE FUNCTION refdata_lift_with_permit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.valid_until IS DISTINCT FROM OLD.valid_until AND (NEW.permit = '' OR NEW.permit = OLD.permit) THEN
        RAISE EXCEPTION 'a restriction is lifted with its permit' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER lifted_with_permit BEFORE UPDATE ON refdata_restriction
    FOR EACH ROW EXECUTE FUNCTION refdata_lift_with_permit();
