"""The town of a party: the address of a payment names it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("refdata", "0002_closed_accounts")]

    operations = [
        migrations.AddField(
            model_name="party",
            name="town",
            field=models.CharField(blank=True, db_default="", max_length=35),
        ),
    ]
