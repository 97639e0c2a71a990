"""Fees: the tables of accruals, bills with what differs, and invoices."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import backoffice.events.functions

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = Path(__file__).with_suffix(".undo.sql").read_text()


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("refdata", "0004_fees"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FeeAccrual",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        choices=[("OWED", "We owe it"), ("CHARGED", "We charge it")], max_length=7
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("deal", "Deal"),
                            ("settlement", "Settlement"),
                            ("message", "Instruction sent"),
                            ("assets", "Assets held on a day"),
                            ("rebate", "Rebate of a month"),
                            ("feebreak", "Difference accepted"),
                        ],
                        max_length=10,
                    ),
                ),
                ("cause_id", models.BigIntegerField()),
                ("version", models.IntegerField()),
                ("accrued_on", models.DateField()),
                ("due_month", models.DateField()),
                ("measure", models.DecimalField(decimal_places=8, max_digits=32)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                ("net", models.DecimalField(decimal_places=4, max_digits=24)),
                ("vat", models.DecimalField(db_default=0, decimal_places=4, max_digits=24)),
                ("currency", models.CharField(max_length=3)),
                ("reason", models.CharField(blank=True, db_default="", max_length=120)),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
                (
                    "book",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.book",
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
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.place",
                    ),
                ),
                (
                    "reverses",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="expenses.feeaccrual",
                    ),
                ),
                (
                    "schedule",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.feeschedule",
                    ),
                ),
            ],
            options={
                "permissions": [("view_fee", "Can read fees")],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="FeeInvoice",
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
                ("month", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("net", models.DecimalField(decimal_places=4, max_digits=24)),
                ("vat", models.DecimalField(decimal_places=4, max_digits=24)),
                ("total", models.DecimalField(decimal_places=4, max_digits=24)),
                ("number", models.CharField(blank=True, db_default="", max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("ISSUED", "Issued"),
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
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.entity",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
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
            ],
            options={
                "permissions": [
                    ("propose_feeinvoice", "Can propose an invoice of fees"),
                    ("issue_feeinvoice", "Can issue an invoice of fees"),
                    ("decline_feeinvoice", "Can decline an invoice of fees"),
                ],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="FeeInvoiceLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("given_up", models.BooleanField(db_default=False)),
                (
                    "accrual",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="expenses.feeaccrual",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="expenses.feeinvoice",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="FeeStatement",
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
                ("month", models.DateField()),
                ("number", models.SmallIntegerField()),
                ("document", models.CharField(max_length=120)),
                ("sha256", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("RECEIVED", "Received"),
                            ("AGREED", "Agreed"),
                            ("DECLINED", "Declined"),
                            ("REPLACED", "Replaced"),
                        ],
                        default="RECEIVED",
                        max_length=10,
                    ),
                ),
                (
                    "received_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
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
                    "party",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
                (
                    "received_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("receive_feestatement", "Can bring a bill of fees"),
                    ("agree_feestatement", "Can agree to a bill of fees"),
                    ("decline_feestatement", "Can decline a bill of fees"),
                ],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="FeeLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.IntegerField()),
                ("their_ref", models.CharField(blank=True, max_length=60)),
                ("about", models.CharField(max_length=70)),
                ("kind", models.CharField(blank=True, max_length=20)),
                ("day", models.DateField(null=True)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                ("currency", models.CharField(max_length=3)),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="expenses.feestatement",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="FeeBreak",
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
                ("month", models.DateField()),
                ("about", models.CharField(max_length=70)),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("NOT_OURS", "We have accrued nothing"),
                            ("NOT_THEIRS", "They have no line"),
                            ("AMOUNT", "Another amount"),
                            ("NOT_KNOWN", "What it is for is not known"),
                        ],
                        max_length=10,
                    ),
                ),
                ("ours", models.DecimalField(decimal_places=4, max_digits=24)),
                ("theirs", models.DecimalField(decimal_places=4, max_digits=24)),
                ("currency", models.CharField(max_length=3)),
                ("appeal_by", models.DateField()),
                ("accepted", models.IntegerField(db_default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "Open"),
                            ("APPEALED", "Appealed"),
                            ("ACCEPTED", "Accepted as billed"),
                            ("WON", "They agree with us"),
                            ("VOID", "The statement was declined"),
                        ],
                        default="OPEN",
                        max_length=8,
                    ),
                ),
                (
                    "opened_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
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
                    "party",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="breaks",
                        to="expenses.feestatement",
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("appeal_feebreak", "Can appeal against a bill of fees"),
                    ("accept_feebreak", "Can accept a fee as it is billed"),
                    ("win_feebreak", "Can record that our fee is right"),
                ],
                "default_permissions": (),
            },
        ),
        migrations.AddIndex(
            model_name="feeaccrual",
            index=models.Index(fields=["entity", "due_month", "party"], name="feeaccrual_by_month"),
        ),
        migrations.AddIndex(
            model_name="feeaccrual",
            index=models.Index(fields=["cause", "cause_id"], name="feeaccrual_of_cause"),
        ),
        migrations.AddConstraint(
            model_name="feeaccrual",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reverses__isnull", True)),
                fields=("schedule", "cause", "cause_id", "owner", "version"),
                name="feeaccrual_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="feeaccrual",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "amount",
                        django.db.models.expressions.CombinedExpression(
                            models.F("net"), "+", models.F("vat")
                        ),
                    )
                ),
                name="feeaccrual_sums",
            ),
        ),
        migrations.AddConstraint(
            model_name="feeaccrual",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_month__day", 1), models.Q(("amount", 0), _negated=True)),
                name="feeaccrual_of_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="feeinvoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["PROPOSED", "ISSUED", "DECLINED"])),
                name="feeinvoice_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="feeinvoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "total",
                        django.db.models.expressions.CombinedExpression(
                            models.F("net"), "+", models.F("vat")
                        ),
                    ),
                    ("total__gt", 0),
                ),
                name="feeinvoice_sums",
            ),
        ),
        migrations.AddConstraint(
            model_name="feeinvoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "ISSUED"), _negated=True),
                    models.Q(("number", ""), _negated=True),
                    _connector="OR",
                ),
                name="feeinvoice_issued_has_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="feeinvoiceline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("given_up", False)),
                fields=("accrual",),
                name="feeinvoiceline_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="feestatement",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["RECEIVED", "AGREED", "DECLINED", "REPLACED"])),
                name="feestatement_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="feestatement",
            constraint=models.UniqueConstraint(
                fields=("entity", "party", "month", "number"), name="feestatement_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="feestatement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "DECLINED"), _negated=True),
                fields=("entity", "party", "month", "sha256"),
                name="feestatement_same_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="feestatement",
            constraint=models.CheckConstraint(
                condition=models.Q(("month__day", 1)), name="feestatement_month_begins"
            ),
        ),
        migrations.AddConstraint(
            model_name="feeline",
            constraint=models.UniqueConstraint(fields=("statement", "number"), name="feeline_once"),
        ),
        migrations.AddConstraint(
            model_name="feebreak",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["OPEN", "APPEALED", "ACCEPTED", "WON", "VOID"])),
                name="feebreak_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="feebreak",
            constraint=models.UniqueConstraint(
                fields=("entity", "party", "month", "about", "currency"), name="feebreak_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="feebreak",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ours", models.F("theirs")), _negated=True),
                    ("state__in", ["ACCEPTED", "WON", "VOID"]),
                    _connector="OR",
                ),
                name="feebreak_differs",
            ),
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
