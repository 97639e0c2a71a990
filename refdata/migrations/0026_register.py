"""The register of agreements takes over what netting knew, and keeps parties and numbers."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
BACK = """
DROP TRIGGER agreement_bumps ON refdata_agreement;
DROP TRIGGER keeps_agreement ON refdata_agreement;
DROP FUNCTION refdata_keep_agreement();
ALTER TABLE refdata_agreement DROP CONSTRAINT agreement_numbered;
"""


class Migration(migrations.Migration):
    dependencies = [("refdata", "0025_agreements")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
