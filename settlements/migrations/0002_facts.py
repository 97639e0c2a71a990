"""Evidence and what a run decided are facts: written once, never changed."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER {name}_is_a_fact BEFORE UPDATE OR DELETE ON settlements_{name}
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("settlements", "0001_initial"),
        ("events", "0002_facts"),
    ]
    operations = [
        migrations.RunSQL(
            TRIGGER.format(name=name), f"DROP TRIGGER {name}_is_a_fact ON settlements_{name}"
        )
        for name in ("evidence", "obligation", "rundecision")
    ]
