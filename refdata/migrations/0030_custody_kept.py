"""Rows about holdings keep what they say; their end, and the permit that ends them, are written later."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
BACK = """
DROP TRIGGER keeps_terms ON refdata_accountmember;
DROP TRIGGER keeps_terms ON refdata_useright;
DROP TRIGGER keeps_terms ON refdata_creditline;
DROP TRIGGER keeps_terms ON refdata_earmark;
DROP TRIGGER keeps_terms ON refdata_restriction;
DROP TRIGGER lifted_with_permit ON refdata_restriction;
DROP TRIGGER is_a_fact ON refdata_statedposition;
DROP FUNCTION refdata_keep_all_but();
DROP FUNCTION refdata_lift_with_permit();
"""


class Migration(migrations.Migration):
    dependencies = [("refdata", "0029_custody"), ("events", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
