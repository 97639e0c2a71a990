"""What was repaired waits for what its process adds before its deal is confirmed."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_suffix(".sql").read_text()
BACK = """
DROP TRIGGER deal_repair_looked_at ON deals_deal;
DROP FUNCTION deals_repair_looked_at();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("refdata", "0009_steps_in_turn"),
        ("deals", "0003_confirmed_step_by_step"),
    ]

    operations = [migrations.RunSQL(SQL, BACK)]
