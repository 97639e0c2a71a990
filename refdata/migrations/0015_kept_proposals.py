"""What was proposed stays as it was proposed; only its state moves, and a new row gets its number."""

from django.db import migrations

FORWARD = """
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
"""
BACK = "DROP TRIGGER stays_as_proposed ON refdata_proposal; DROP FUNCTION refdata_keep_proposal();"


class Migration(migrations.Migration):
    dependencies = [("refdata", "0014_proposals")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
