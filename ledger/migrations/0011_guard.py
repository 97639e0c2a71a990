"""No posting brings what anybody holds at a place below zero: the accounts that are watched."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0010_tax_withheld")]
    operations = [
        migrations.AddField(
            model_name="ledgeraccount",
            name="guarded",
            field=models.BooleanField(db_default=False, editable=False),
        ),
    ]
