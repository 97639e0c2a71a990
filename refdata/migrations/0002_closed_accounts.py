"""The day on which a bank closed an account of ours."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("refdata", "0001_tables")]

    operations = [
        migrations.AddField(
            model_name="nostroaccount",
            name="closed_on",
            field=models.DateField(blank=True, null=True),
        ),
    ]
