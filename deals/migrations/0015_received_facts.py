"""What counterparties sent stays as it was received."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_suffix(".sql").read_text()
BACK = """
DROP TRIGGER received_is_a_fact ON deals_receivedconfirmation;
DROP FUNCTION deals_keep_received();
"""


class Migration(migrations.Migration):
    dependencies = [("deals", "0014_received_confirmations")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
