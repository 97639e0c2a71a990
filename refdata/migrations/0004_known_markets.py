"""Instruments name known markets, and the new tables bump the counter that processes cache behind."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_suffix(".sql").read_text()
BACK = """
DROP TRIGGER currencycalendar_bumps ON refdata_currencycalendar;
DROP TRIGGER currencypair_bumps ON refdata_currencypair;
DROP TRIGGER market_bumps ON refdata_market;
ALTER TABLE refdata_instrument DROP CONSTRAINT instrument_of_known_market;
"""


class Migration(migrations.Migration):
    dependencies = [("refdata", "0003_currency_pairs")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
