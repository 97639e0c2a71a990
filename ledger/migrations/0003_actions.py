"""An account for income that is owed, and conversions of lots."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import backoffice.events.functions

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = "DROP TRIGGER lotconversion_is_a_fact ON ledger_lotconversion"


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_uses"),
        ("refdata", "0001_tables"),
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
                    ("INTEREST", "Interest received and paid"),
                    ("PENALTIES", "Penalties for settlement fails"),
                    ("TAX", "Tax withheld, owed to the budget"),
                    ("OPENING", "Opening balances and transfers"),
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="LotConversion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("new", models.DecimalField(decimal_places=12, max_digits=28, null=True)),
                ("old", models.DecimalField(decimal_places=12, max_digits=28, null=True)),
                ("keeps", models.BooleanField(default=False)),
                ("cost_share", models.DecimalField(db_default=0, decimal_places=12, max_digits=28)),
                ("rate", models.DecimalField(decimal_places=12, max_digits=28, null=True)),
                ("currency", models.CharField(blank=True, db_default="", max_length=3)),
                ("source_type", models.CharField(max_length=30)),
                ("source_id", models.BigIntegerField()),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
                (
                    "asset",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.asset",
                    ),
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
                    "outturn",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.asset",
                    ),
                ),
                (
                    "reverses",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.lotconversion",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["entity", "asset", "day"], name="lotconversion_of_asset")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("reverses__isnull", False)),
                        fields=("reverses",),
                        name="lotconversion_reversed_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cost_share__gte", 0),
                            ("cost_share__lte", 1),
                            models.Q(
                                models.Q(
                                    ("new__gt", 0), ("old__gt", 0), ("outturn__isnull", False)
                                ),
                                models.Q(
                                    ("new", None), ("old", None), ("outturn", None), ("rate__gt", 0)
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="lotconversion_complete",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
