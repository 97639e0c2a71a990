"""Valuations are facts."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_suffix(".sql").read_text()
BACK = "DROP TRIGGER valuation_is_a_fact ON ledger_valuation;"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_nights")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
