"""The steps of a purchase, and its payment, wait for what its process adds before them."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_suffix(".sql").read_text()
BACK = """
DROP TRIGGER payment_in_turn ON settlements_settlement;
DROP FUNCTION settlements_pay_in_turn();
DROP TRIGGER purchase_in_turn ON settlements_purchase;
DROP FUNCTION settlements_purchase_in_turn();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("refdata", "0009_steps_in_turn"),
        ("settlements", "0008_scenarios"),
    ]

    operations = [migrations.RunSQL(SQL, BACK)]
