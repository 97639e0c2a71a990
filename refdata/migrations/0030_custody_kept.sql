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
