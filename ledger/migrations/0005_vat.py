"""An account for VAT with the budget."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0004_write_offs"),
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
                    ("RECEIVABLE", "Income of securities, owed to the owner"),
                    ("POSITION", "Position of a book"),
                    ("FEES", "Fees and commissions"),
                    ("VAT", "VAT with the budget"),
                    ("INTEREST", "Interest received and paid"),
                    ("PENALTIES", "Penalties for settlement fails"),
                    ("WRITE_OFF", "Differences written off"),
                    ("TAX", "Tax withheld, owed to the budget"),
                    ("OPENING", "Opening balances and transfers"),
                ],
                max_length=12,
            ),
        ),
    ]
