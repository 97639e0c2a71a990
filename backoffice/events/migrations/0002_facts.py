"""Events and their order are facts: the database refuses to change or delete them."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER event_is_a_fact BEFORE UPDATE OR DELETE ON events_event
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER sequence_is_a_fact BEFORE UPDATE OR DELETE ON events_sequence
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER watermark_is_a_fact BEFORE UPDATE OR DELETE ON events_watermark
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
"""
BACK = """
DROP TRIGGER watermark_is_a_fact ON events_watermark;
DROP TRIGGER sequence_is_a_fact ON events_sequence;
DROP TRIGGER event_is_a_fact ON events_event;
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
