"""Statements of banks, their lines, and which lines were told again: the rows, and that they are facts."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import backoffice.events.functions

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = Path(__file__).with_suffix(".undo.sql").read_text()


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("events", "0001_tables"),
        ("refdata", "0002_closed_accounts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Statement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("format", models.CharField(max_length=40)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("END_OF_DAY", "Statement of a day"),
                            ("INTRADAY", "Report within a day"),
                            ("ADVICE", "Advice"),
                        ],
                        max_length=10,
                    ),
                ),
                ("bank_reference", models.CharField(blank=True, db_default="", max_length=140)),
                ("number", models.CharField(blank=True, db_default="", max_length=35)),
                ("sequence", models.CharField(blank=True, db_default="", max_length=35)),
                ("from_date", models.DateField(null=True)),
                ("until_date", models.DateField(null=True)),
                (
                    "rank",
                    models.CharField(blank=True, db_collation="C", db_default="", max_length=90),
                ),
                ("opening", models.DecimalField(decimal_places=8, max_digits=38, null=True)),
                ("closing", models.DecimalField(decimal_places=8, max_digits=38, null=True)),
                ("currency", models.CharField(max_length=3)),
                ("credits", models.DecimalField(decimal_places=8, max_digits=38)),
                ("debits", models.DecimalField(decimal_places=8, max_digits=38)),
                ("turnover", models.JSONField(db_default=models.Value({}, models.JSONField()))),
                ("lines", models.IntegerField()),
                ("added", models.IntegerField()),
                ("difference", models.DecimalField(decimal_places=8, max_digits=38, null=True)),
                ("balanced", models.BooleanField(null=True)),
                ("gap", models.DecimalField(decimal_places=8, max_digits=38, null=True)),
                ("source", models.CharField(max_length=20)),
                ("position", models.IntegerField()),
                ("text", models.TextField(blank=True, db_default="")),
                ("remarks", models.JSONField(db_default=models.Value([], models.JSONField()))),
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
                    "follows",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followed_by",
                        to="reconciliation.statement",
                    ),
                ),
                (
                    "nostro",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.nostroaccount",
                    ),
                ),
            ],
            options={
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["nostro", "rank", "id"], name="statement_of_account")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "position"), name="statement_once"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["END_OF_DAY", "INTRADAY", "ADVICE"])),
                        name="statement_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("added__gte", 0), ("lines__gte", models.F("added"))),
                        name="statement_counts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StatementLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.IntegerField()),
                ("day", models.DateField()),
                ("booking_date", models.DateField(null=True)),
                ("amount", models.DecimalField(decimal_places=8, max_digits=28)),
                ("currency", models.CharField(max_length=3)),
                ("reference", models.CharField(blank=True, db_default="", max_length=140)),
                ("occurrence", models.IntegerField()),
                ("booked", models.BooleanField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("BOOKED", "Booked by the bank"),
                            ("PENDING", "Not booked yet"),
                            ("FUTURE", "Expected"),
                            ("INFORMATION", "For information"),
                        ],
                        max_length=11,
                    ),
                ),
                ("reversal", models.BooleanField(db_default=False)),
                ("type_code", models.CharField(blank=True, db_default="", max_length=80)),
                ("our_reference", models.TextField(blank=True, db_default="")),
                ("bank_reference", models.TextField(blank=True, db_default="")),
                ("end_to_end_id", models.TextField(blank=True, db_default="")),
                ("uetr", models.TextField(blank=True, db_default="")),
                ("counterparty_name", models.TextField(blank=True, db_default="")),
                ("counterparty_account", models.TextField(blank=True, db_default="")),
                ("counterparty_bank", models.TextField(blank=True, db_default="")),
                ("counterparty_tax_number", models.TextField(blank=True, db_default="")),
                ("text", models.TextField(blank=True, db_default="")),
                ("details", models.JSONField(db_default=models.Value([], models.JSONField()))),
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
                    "nostro",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.nostroaccount",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="reconciliation.statement",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "nostro",
                            "day",
                            "amount",
                            "reference",
                            "booked",
                            "currency",
                            "occurrence",
                        ),
                        name="statementline_once",
                    ),
                    models.UniqueConstraint(
                        fields=("statement", "position"), name="statementline_positioned"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["BOOKED", "PENDING", "FUTURE", "INFORMATION"]),
                            models.Q(
                                models.Q(("booked", True), ("status", "BOOKED")),
                                models.Q(
                                    ("booked", False),
                                    models.Q(("status", "BOOKED"), _negated=True),
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="statementline_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("occurrence__gte", 1)),
                        name="statementline_counted_from_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RepeatedLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.IntegerField()),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
                (
                    "line",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reconciliation.statementline",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="repeated",
                        to="reconciliation.statement",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("statement", "position"), name="repeatedline_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
