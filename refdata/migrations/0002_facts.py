"""Facts that do not change, and the counter that says when anything else did."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_suffix(".sql").read_text()
BACK = """
DROP FUNCTION refdata_bump() CASCADE;
DROP TABLE refdata_version;
DROP INDEX ssi_of_party;
DROP INDEX fxrate_latest;
DROP INDEX price_latest;
DROP TRIGGER fxrate_is_a_fact ON refdata_fxrate;
DROP TRIGGER price_is_a_fact ON refdata_price;
"""


class Migration(migrations.Migration):
    dependencies = [("refdata", "0001_initial"), ("events", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
