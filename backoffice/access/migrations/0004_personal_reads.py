"""Reads of personal data, partitioned by month of recording."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_suffix(".sql").read_text()
BACK = """
DROP TABLE access_personalread;
DROP FUNCTION access_prepare_month(date);
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0003_personal_read"), ("events", "0002_facts")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
