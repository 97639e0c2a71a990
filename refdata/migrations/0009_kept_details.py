"""Details and contacts do not change, calls are facts, and no counterparty's details without a call."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_suffix(".sql").read_text()
BACK = """
DROP TRIGGER is_a_fact ON refdata_callback;
DROP TRIGGER keeps_its_number ON refdata_partycontact;
DROP FUNCTION refdata_keep_contact();
DROP TRIGGER keeps_its_details ON refdata_standinginstruction;
DROP FUNCTION refdata_keep_ssi();
DROP FUNCTION refdata_called_back(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("refdata", "0008_known_before"), ("events", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
