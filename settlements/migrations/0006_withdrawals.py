"""Clients take money out."""

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
        ("ledger", "0008_ndfl"),
        ("refdata", "0005_taken_back"),
        ("settlements", "0005_tries"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Withdrawal",
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
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                ("order", models.CharField(max_length=120)),
                ("tax", models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("PAYING", "Being paid"),
                            ("PAID", "Paid"),
                            ("DECLINED", "Declined"),
                            ("TAKEN_BACK", "Taken back"),
                        ],
                        db_default="PROPOSED",
                        default="PROPOSED",
                        max_length=10,
                    ),
                ),
                (
                    "proposed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
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
                    "money_asset",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.asset",
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
                    "settlement",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawal",
                        to="settlements.settlement",
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("propose_withdrawal", "Can propose a withdrawal of a client's money"),
                    ("approve_withdrawal", "Can approve a withdrawal of a client's money"),
                    ("decline_withdrawal", "Can decline a withdrawal of a client's money"),
                ],
                "default_permissions": (),
                "indexes": [models.Index(fields=["entity", "-id"], name="withdrawal_of_entity")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["PROPOSED", "PAYING", "PAID", "DECLINED", "TAKEN_BACK"])
                        ),
                        name="withdrawal_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__gt", 0), models.Q(("order", ""), _negated=True)
                        ),
                        name="withdrawal_of_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("settlement", None),
                                ("state__in", ["PROPOSED", "DECLINED"]),
                                ("tax", None),
                            ),
                            models.Q(
                                ("settlement__isnull", False),
                                ("tax__gte", 0),
                                ("tax__lt", models.F("amount")),
                            ),
                            _connector="OR",
                        ),
                        name="withdrawal_approved_is_paid",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
