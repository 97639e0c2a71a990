"""The postings, partitioned by month of recording, and the view of both their sides."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_suffix(".sql").read_text()
BACK = """
DROP VIEW ledger_line;
DROP TABLE ledger_posting;
DROP FUNCTION ledger_prepare_month(date);
DROP TRIGGER journalentry_is_a_fact ON ledger_journalentry;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("events", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
