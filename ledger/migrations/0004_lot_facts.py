"""Changes of lots do not change."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_suffix(".sql").read_text()
BACK = """
DROP TRIGGER lotpool_is_a_fact ON ledger_lotpool;
DROP TRIGGER lotchange_is_a_fact ON ledger_lotchange;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_lots"), ("events", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
