"""Standing instructions that are there: who made them, and when, as their events say."""

from django.db import migrations

FORWARD = """
UPDATE refdata_standinginstruction s SET makers = ARRAY[s.proposed_by_id];
UPDATE refdata_standinginstruction s SET proposed_at = e.recorded_at
  FROM events_event e
 WHERE e.subject_type = 'ssi' AND e.subject_id = s.id AND e.kind = 'ssi.propose';
"""


class Migration(migrations.Migration):
    dependencies = [("refdata", "0007_call_backs"), ("events", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
