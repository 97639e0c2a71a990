"""A day waits for the sign-offs that its process adds."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_suffix(".sql").read_text()
BACK = """
DROP TRIGGER businessday_in_turn ON ledger_businessday;
DROP FUNCTION ledger_sign_off_in_turn();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("refdata", "0009_steps_in_turn"),
        ("ledger", "0012_pay"),
    ]

    operations = [migrations.RunSQL(SQL, BACK)]
