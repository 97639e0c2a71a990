"""An account for what of clients is in our use."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0001_tables"),
    ]

    operations = [
        migrations.AlterField(
            model_name="ledgeraccount",
            name="kind",
            field=models.CharField(
                choices=[
                    ("HOLDING", "Securities held at a place"),
                    ("CASH", "Money at a place"),
                    ("SETTLEMENT", "Settlements with a counterparty"),
                    ("NETTING", "Netting between members and their net"),
                    ("CONVERSION", "Securities that become others"),
                    ("USE", "Clients' assets in our use, owed back"),
                    ("INCOME", "Income of securities, claimed and paid on"),
                    ("POSITION", "Position of a book"),
                    ("FEES", "Fees and commissions"),
                    ("INTEREST", "Interest received and paid"),
                    ("PENALTIES", "Penalties for settlement fails"),
                    ("TAX", "Tax withheld, owed to the budget"),
                    ("OPENING", "Opening balances and transfers"),
                ],
                max_length=12,
            ),
        ),
    ]
