-- Steps are taken in their order, each once, and only while their case is open; they are facts.
CREATE FUNCTION refdata_take_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its refdata_processcase;
BEGIN
    SELECT * INTO its FROM refdata_processcase WHERE id = NEW.case_id FOR UPDATE;
    IF its.state <> 'OPEN' OR its.required[NEW.position] IS DISTINCT FROM NEW.key
            OR NEW.position <> 1 + (SELECT count(*) FROM refdata_casestep s WHERE s.case_id = NEW.case_id) THEN
        RAISE EXCEPTION 'step % of case % is out of turn', NEW.key, NEW.case_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER casestep_in_turn BEFORE INSERT ON refdata_casestep
    FOR EACH ROW EXECUTE FUNCTION refdata_take_in_turn();
CREATE TRIGGER casestep_is_a_fact BEFORE UPDATE OR DELETE ON refdata_casestep
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER casereaction_is_a_fact BEFORE UPDATE OR DELETE ON refdata_casereaction
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();

-- A case keeps its version and what it requires, is done when all of it is, and stays what it became.
CREATE FUNCTION refdata_keep_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'OPEN'
            OR (OLD.process, OLD.version_id, OLD.subject_type, OLD.subject_id, OLD.required, OLD.facts, OLD.begun_at)
            IS DISTINCT FROM
               (NEW.process, NEW.version_id, NEW.subject_type, NEW.subject_id, NEW.required, NEW.facts, NEW.begun_at)
    THEN
        RAISE EXCEPTION 'case % keeps what it began with', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'DONE' AND cardinality(NEW.required)
            > (SELECT count(*) FROM refdata_casestep s WHERE s.case_id = NEW.id) THEN
        RAISE EXCEPTION 'case % has steps to go', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER processcase_keeps BEFORE UPDATE OR DELETE ON refdata_processcase
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_case();
