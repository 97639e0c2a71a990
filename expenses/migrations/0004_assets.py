"""The register of equipment and licences; payments of it."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import backoffice.events.functions

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = Path(__file__).with_suffix(".undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("expenses", "0003_costs"),
        ("reconciliation", "0009_tax_paid"),
        ("refdata", "0007_price_ranges"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="UnitsProduced",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                ("units", models.DecimalField(decimal_places=8, max_digits=28)),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AlterField(
            model_name="invoicepayment",
            name="invoice",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payments",
                to="expenses.supplierinvoice",
            ),
        ),
        migrations.CreateModel(
            name="FixedAsset",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "makers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), db_default=[], default=list, size=None
                    ),
                ),
                ("number", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("COMPUTERS", "Computers and servers"),
                            ("NETWORK", "Network and communication equipment"),
                            ("FURNITURE", "Furniture and fittings"),
                            ("VEHICLES", "Vehicles"),
                            ("PREMISES", "Premises and improvements to them"),
                            ("LICENCES", "Software licences"),
                        ],
                        max_length=9,
                    ),
                ),
                ("document", models.CharField(max_length=120)),
                ("currency", models.CharField(max_length=3)),
                ("cost", models.DecimalField(decimal_places=4, max_digits=24)),
                ("vat", models.DecimalField(db_default=0, decimal_places=4, max_digits=24)),
                ("salvage", models.DecimalField(db_default=0, decimal_places=4, max_digits=24)),
                ("bought_on", models.DateField()),
                ("in_use_on", models.DateField()),
                ("months", models.SmallIntegerField()),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("STRAIGHT", "Straight line"),
                            ("REDUCING", "Reducing balance"),
                            ("DIGITS", "Sum of the digits of years"),
                            ("UNITS", "Units of production"),
                        ],
                        max_length=8,
                    ),
                ),
                ("factor", models.DecimalField(db_default=1, decimal_places=3, max_digits=6)),
                ("units", models.DecimalField(db_default=0, decimal_places=8, max_digits=28)),
                (
                    "disposal",
                    models.CharField(
                        blank=True,
                        choices=[("SALE", "Sold"), ("SCRAP", "Scrapped")],
                        db_default="",
                        max_length=5,
                    ),
                ),
                ("disposed_on", models.DateField(null=True)),
                ("proceeds", models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ("proceeds_vat", models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("IN_USE", "In use"),
                            ("LEAVING", "Disposal asked for"),
                            ("DISPOSED", "Disposed of"),
                            ("DECLINED", "Declined"),
                        ],
                        default="PROPOSED",
                        max_length=8,
                    ),
                ),
                (
                    "proposed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "buyer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
                (
                    "centre",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="expenses.costcentre",
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
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("propose_fixedasset", "Can propose equipment or a licence"),
                    ("accept_fixedasset", "Can accept equipment or a licence"),
                    ("decline_fixedasset", "Can decline equipment or a licence"),
                    ("ask_disposal_fixedasset", "Can ask disposal equipment or a licence"),
                    ("keep_fixedasset", "Can keep equipment or a licence"),
                    ("dispose_fixedasset", "Can dispose equipment or a licence"),
                ],
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="invoicepayment",
            name="asset",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payments",
                to="expenses.fixedasset",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoicepayment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("asset__isnull", True), ("invoice__isnull", False)),
                    models.Q(("asset__isnull", False), ("invoice__isnull", True)),
                    _connector="OR",
                ),
                name="invoicepayment_for_one",
            ),
        ),
        migrations.AddField(
            model_name="unitsproduced",
            name="asset",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="produced",
                to="expenses.fixedasset",
            ),
        ),
        migrations.AddField(
            model_name="unitsproduced",
            name="told_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="fixedasset",
            index=models.Index(fields=["entity", "state"], name="fixedasset_by_state"),
        ),
        migrations.AddConstraint(
            model_name="fixedasset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["PROPOSED", "IN_USE", "LEAVING", "DISPOSED", "DECLINED"])
                ),
                name="fixedasset_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="fixedasset",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "DECLINED"), _negated=True),
                fields=("entity", "number"),
                name="fixedasset_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="fixedasset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cost__gt", 0),
                    ("salvage__gte", 0),
                    ("salvage__lt", models.F("cost")),
                    ("vat__gte", 0),
                    ("factor__gte", 1),
                    ("months__range", (1, 1200)),
                    ("units__gte", 0),
                ),
                name="fixedasset_can_be_spent",
            ),
        ),
        migrations.AddConstraint(
            model_name="fixedasset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("method", "UNITS"), _negated=True), ("units__gt", 0), _connector="OR"
                ),
                name="fixedasset_units_for_units",
            ),
        ),
        migrations.AddConstraint(
            model_name="fixedasset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("disposal", ""), ("disposed_on__isnull", True), ("proceeds__isnull", True)
                    ),
                    models.Q(
                        ("disposed_on__gte", models.F("in_use_on")),
                        ("disposed_on__isnull", False),
                        ("proceeds__gte", 0),
                        ("proceeds__isnull", False),
                        models.Q(("disposal", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="fixedasset_leaves_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="unitsproduced",
            constraint=models.CheckConstraint(
                condition=models.Q(("month__day", 1), ("units__gte", 0)),
                name="unitsproduced_in_a_month",
            ),
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
