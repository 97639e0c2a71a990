"""Changes of lots that take their cost along."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0005_vat"),
        ("refdata", "0005_taken_back"),
    ]

    operations = [
        migrations.AddField(
            model_name="lotchange",
            name="at_cost",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
