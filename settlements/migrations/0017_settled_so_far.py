"""What is settled already has settled whole: its columns say so."""

from django.db import migrations

FILL = """
UPDATE settlements_settlement
   SET settled_quantity = quantity, settled_amount = amount, settled_interest = interest
 WHERE settlement = 'SETTLED'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("settlements", "0016_penalties"),
    ]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
