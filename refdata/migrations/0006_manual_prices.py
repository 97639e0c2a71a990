"""A price may be proposed by a person: when it was recorded is never asked for."""

import django.db.models.functions.datetime
from django.db import migrations, models

import backoffice.events.functions


class Migration(migrations.Migration):
    dependencies = [
        ("refdata", "0005_taken_back"),
    ]

    operations = [
        migrations.AlterField(
            model_name="price",
            name="recorded_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False
            ),
        ),
        migrations.AlterField(
            model_name="price",
            name="recorded_tx",
            field=models.BigIntegerField(
                db_default=backoffice.events.functions.TxNow(), editable=False
            ),
        ),
    ]
