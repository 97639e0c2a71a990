"""Clients' assets in our use: the rows, and what the database asks of them."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = Path(__file__).with_suffix(".undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0001_tables"),
        ("refdata", "0001_tables"),
        ("settlements", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AssetUse",
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
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                ("document", models.CharField(max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("IN_USE", "In our use"),
                            ("RETURNED", "Given back"),
                            ("DECLINED", "Declined"),
                        ],
                        default="PROPOSED",
                        max_length=8,
                    ),
                ),
                ("used_on", models.DateField(null=True)),
                ("returned_on", models.DateField(null=True)),
                ("returned_document", models.CharField(blank=True, db_default="", max_length=120)),
                (
                    "proposed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
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
                    "place",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.place",
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
                    "right",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.useright",
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("propose_assetuse", "Can propose a use of a client's assets"),
                    ("approve_assetuse", "Can approve a use of a client's assets"),
                    ("decline_assetuse", "Can decline a use of a client's assets"),
                    ("give_back_assetuse", "Can give_back a use of a client's assets"),
                ],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["PROPOSED", "IN_USE", "RETURNED", "DECLINED"])
                        ),
                        name="assetuse_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="assetuse_of_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("document", ""), _negated=True),
                        name="assetuse_documented",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["IN_USE", "RETURNED"]), _negated=True),
                            ("used_on__isnull", False),
                            _connector="OR",
                        ),
                        name="assetuse_used_on_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "RETURNED"), _negated=True),
                            models.Q(
                                ("returned_on__gte", models.F("used_on")),
                                models.Q(("returned_document", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="assetuse_returned_is_proved",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
