"""Breaches recorded before they had an entity get that of their limit."""

from django.db import migrations

FILL = """
UPDATE limits_breach b SET entity_id = l.entity_id FROM limits_limit l
 WHERE l.id = b.limit_id AND b.entity_id IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("limits", "0003_breach_workflow")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
