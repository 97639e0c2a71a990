"""Reading headroom: overrides count only while in force, whether or not the sweep has run."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "0006_headroom.sql").read_text(encoding="utf-8")
BACK = """
DROP FUNCTION limits_available(limits_limit, timestamptz);
DROP FUNCTION limits_override_in_force(bigint, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("limits", "0005_breach_of_entity")]
    operations = [migrations.RunSQL(SQL, BACK)]
