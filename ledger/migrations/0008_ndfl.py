"""What is withheld of payments to individuals, as facts."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import backoffice.events.functions

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = Path(__file__).with_suffix(".undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0007_at_cost_index"),
        ("refdata", "0005_taken_back"),
    ]

    operations = [
        migrations.CreateModel(
            name="NdflWithholding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.SmallIntegerField()),
                ("day", models.DateField()),
                ("source_type", models.CharField(max_length=20)),
                ("source_id", models.BigIntegerField()),
                ("payment", models.DecimalField(decimal_places=4, max_digits=24)),
                ("tax", models.DecimalField(decimal_places=4, max_digits=24)),
                ("before", models.DecimalField(decimal_places=4, max_digits=24)),
                ("withheld", models.DecimalField(decimal_places=4, max_digits=24)),
                ("bases", models.JSONField(db_default=models.Value({}, models.JSONField()))),
                ("transfer_by", models.DateField()),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.entity",
                    ),
                ),
                (
                    "reverses",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="ledger.ndflwithholding",
                    ),
                ),
                (
                    "taxpayer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        fields=["entity", "taxpayer", "year"], name="ndflwithholding_of_year"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("reverses", None)),
                        fields=("source_type", "source_id"),
                        name="ndflwithholding_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withheld__gt", 0), ("withheld__lte", models.F("payment"))),
                            models.Q(("withheld__gte", models.F("payment")), ("withheld__lt", 0)),
                            ("reverses__isnull", False),
                            _connector="OR",
                        ),
                        name="ndflwithholding_of_a_payment",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
