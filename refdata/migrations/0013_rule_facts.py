"""Dated rules keep their terms, and one of them is in force for a kind, a key and a day."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_suffix(".sql").read_text()
BACK = """
DROP INDEX rule_by_kind;
ALTER TABLE refdata_datedrule DROP CONSTRAINT rule_in_force_once;
DROP TYPE refdata_textrange;
DROP TRIGGER datedrule_bumps ON refdata_datedrule;
DROP TRIGGER keeps_terms ON refdata_datedrule;
DROP FUNCTION refdata_keep_terms();
"""


class Migration(migrations.Migration):
    dependencies = [("refdata", "0012_dated_rules")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
