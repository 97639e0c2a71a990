"""Contracts, invoices of suppliers, costs and payments."""

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
    dependencies = [
        ("expenses", "0002_cost_centres"),
        ("reconciliation", "0009_tax_paid"),
        ("refdata", "0007_price_ranges"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CostContract",
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("RENT", "Rent"),
                            ("DATA", "Market data"),
                            ("DEPOSITORY", "Depositories and registrars"),
                            ("OUTSOURCING", "Outsourcing"),
                            ("SOFTWARE", "Software and support"),
                            ("COMMUNICATION", "Communication"),
                            ("LEGAL", "Legal services and audit"),
                            ("OTHER", "Other expenses"),
                        ],
                        max_length=13,
                    ),
                ),
                ("subject", models.CharField(max_length=200)),
                ("currency", models.CharField(max_length=3)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                ("per_months", models.SmallIntegerField()),
                ("service", models.CharField(blank=True, db_default="", max_length=20)),
                ("vat_on_top", models.BooleanField(db_default=False)),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(null=True)),
                ("due_day", models.SmallIntegerField()),
                ("in_advance", models.BooleanField(db_default=False)),
                ("index", models.DecimalField(db_default=0, decimal_places=6, max_digits=9)),
                ("indexed_from", models.DateField(null=True)),
                ("tolerance", models.DecimalField(db_default=0, decimal_places=6, max_digits=9)),
                ("notice_days", models.SmallIntegerField(db_default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("SIGNED", "In the register"),
                            ("ENDED", "Ended"),
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
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.agreement",
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
                    ("view_cost", "Can read contracts, invoices and what the firm spends"),
                    ("propose_costcontract", "Can propose a contract with a supplier"),
                    ("sign_costcontract", "Can sign a contract with a supplier"),
                    ("decline_costcontract", "Can decline a contract with a supplier"),
                    ("end_costcontract", "Can end a contract with a supplier"),
                ],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Cost",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("RENT", "Rent"),
                            ("DATA", "Market data"),
                            ("DEPOSITORY", "Depositories and registrars"),
                            ("OUTSOURCING", "Outsourcing"),
                            ("SOFTWARE", "Software and support"),
                            ("COMMUNICATION", "Communication"),
                            ("LEGAL", "Legal services and audit"),
                            ("OTHER", "Other expenses"),
                            ("PERSONNEL", "Pay and social contributions"),
                            ("DEPRECIATION", "Depreciation"),
                        ],
                        max_length=13,
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("supplierinvoice", "Invoice of a supplier"),
                            ("costaccrual", "Contract whose invoice is not there yet"),
                            ("depreciation", "Depreciation of a month"),
                        ],
                        max_length=15,
                    ),
                ),
                ("source_id", models.BigIntegerField()),
                ("number", models.IntegerField()),
                ("booked_on", models.DateField()),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                ("vat", models.DecimalField(db_default=0, decimal_places=4, max_digits=24)),
                ("currency", models.CharField(max_length=3)),
                ("base", models.DecimalField(decimal_places=4, max_digits=24)),
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
                    "party",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
                (
                    "reverses",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="expenses.cost",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="expenses.costcontract",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SupplierInvoice",
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
                ("number", models.CharField(max_length=60)),
                ("dated", models.DateField()),
                ("contract_number", models.CharField(blank=True, db_default="", max_length=64)),
                ("month_from", models.DateField()),
                ("month_until", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("net", models.DecimalField(decimal_places=4, max_digits=24)),
                ("vat", models.DecimalField(decimal_places=4, max_digits=24)),
                ("total", models.DecimalField(decimal_places=4, max_digits=24)),
                (
                    "found_by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("NUMBER", "Number of the contract"),
                            ("AMOUNT", "Supplier, amount and months"),
                        ],
                        db_default="",
                        max_length=6,
                    ),
                ),
                (
                    "unexplained",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("NO_CONTRACT", "No contract with the supplier is in the register"),
                            ("OVER", "The contract was over by then"),
                            ("NOT_COVERED", "The contract does not cover these months"),
                            ("TWICE", "These months are billed already"),
                            ("CURRENCY", "Another currency than the contract's"),
                            ("AMOUNT", "Another amount than the contract's"),
                            ("SEVERAL", "Several contracts fit"),
                            ("VAT", "VAT at another rate than the rule of the service"),
                        ],
                        db_default="",
                        max_length=11,
                    ),
                ),
                ("difference", models.DecimalField(db_default=0, decimal_places=4, max_digits=24)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("RECEIVED", "Received"),
                            ("BOOKED", "Booked"),
                            ("PAID", "Paid"),
                            ("DECLINED", "Declined"),
                        ],
                        default="RECEIVED",
                        max_length=8,
                    ),
                ),
                (
                    "received_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="expenses.costcontract",
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
                    ("receive_supplierinvoice", "Can receive an invoice of a supplier"),
                    ("book_supplierinvoice", "Can book an invoice of a supplier"),
                    ("decline_supplierinvoice", "Can decline an invoice of a supplier"),
                ],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="InvoicePayment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
                (
                    "line",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reconciliation.statementline",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="expenses.supplierinvoice",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SupplierInvoiceLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.SmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("RENT", "Rent"),
                            ("DATA", "Market data"),
                            ("DEPOSITORY", "Depositories and registrars"),
                            ("OUTSOURCING", "Outsourcing"),
                            ("SOFTWARE", "Software and support"),
                            ("COMMUNICATION", "Communication"),
                            ("LEGAL", "Legal services and audit"),
                            ("OTHER", "Other expenses"),
                        ],
                        max_length=13,
                    ),
                ),
                ("what", models.CharField(blank=True, db_default="", max_length=200)),
                ("service", models.CharField(blank=True, db_default="", max_length=20)),
                ("net", models.DecimalField(decimal_places=4, max_digits=24)),
                ("vat", models.DecimalField(decimal_places=4, max_digits=24)),
                (
                    "invoice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="expenses.supplierinvoice",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SupplierInvoiceShare",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("weight", models.DecimalField(decimal_places=6, max_digits=12)),
                (
                    "centre",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="expenses.costcentre",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shares",
                        to="expenses.supplierinvoice",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AddIndex(
            model_name="costcontract",
            index=models.Index(fields=["entity", "party"], name="costcontract_of_party"),
        ),
        migrations.AddConstraint(
            model_name="costcontract",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["PROPOSED", "SIGNED", "ENDED", "DECLINED"])),
                name="costcontract_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="costcontract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount__gt", 0),
                    ("due_day__range", (1, 31)),
                    ("per_months__in", (1, 3, 6, 12)),
                ),
                name="costcontract_of_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="costcontract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until__isnull", True),
                    ("valid_until__gt", models.F("valid_from")),
                    _connector="OR",
                ),
                name="costcontract_some_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="costcontract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("index", 0), ("indexed_from__isnull", True)),
                    models.Q(
                        ("indexed_from__day", 1),
                        ("indexed_from__isnull", False),
                        models.Q(("index", 0), _negated=True),
                        ("index__gt", -1),
                    ),
                    _connector="OR",
                ),
                name="costcontract_index_from_a_month",
            ),
        ),
        migrations.AddConstraint(
            model_name="costcontract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("notice_days__gte", 0), ("tolerance__gte", 0), ("tolerance__lt", 1)
                ),
                name="costcontract_tolerance_is_a_share",
            ),
        ),
        migrations.AddIndex(
            model_name="cost",
            index=models.Index(fields=["entity", "month"], name="cost_by_month"),
        ),
        migrations.AddIndex(
            model_name="cost",
            index=models.Index(fields=["contract", "month"], name="cost_of_contract"),
        ),
        migrations.AddConstraint(
            model_name="cost",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reverses__isnull", True)),
                fields=("source", "source_id", "month", "number"),
                name="cost_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="cost",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("month__day", 1),
                    models.Q(
                        models.Q(("amount", 0), _negated=True),
                        models.Q(("vat", 0), _negated=True),
                        _connector="OR",
                    ),
                ),
                name="cost_of_something",
            ),
        ),
        migrations.AddIndex(
            model_name="supplierinvoice",
            index=models.Index(fields=["entity", "month_from"], name="supplierinvoice_by_month"),
        ),
        migrations.AddConstraint(
            model_name="supplierinvoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["RECEIVED", "BOOKED", "PAID", "DECLINED"])),
                name="supplierinvoice_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplierinvoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "DECLINED"), _negated=True),
                fields=("entity", "party", "number"),
                name="supplierinvoice_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplierinvoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "total",
                        django.db.models.expressions.CombinedExpression(
                            models.F("net"), "+", models.F("vat")
                        ),
                    ),
                    ("total__gt", 0),
                    ("vat__gte", 0),
                ),
                name="supplierinvoice_sums",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplierinvoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("month_from__day", 1),
                    ("month_until__day", 1),
                    ("month_until__gte", models.F("month_from")),
                ),
                name="supplierinvoice_whole_months",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoicepayment",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)), name="invoicepayment_of_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="supplierinvoiceline",
            constraint=models.UniqueConstraint(
                fields=("invoice", "number"), name="supplierinvoiceline_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="supplierinvoiceline",
            constraint=models.CheckConstraint(
                condition=models.Q(("vat__gte", 0), models.Q(("net", 0), _negated=True)),
                name="supplierinvoiceline_of_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplierinvoiceshare",
            constraint=models.UniqueConstraint(
                fields=("invoice", "centre"), name="supplierinvoiceshare_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="supplierinvoiceshare",
            constraint=models.CheckConstraint(
                condition=models.Q(("weight__gt", 0)), name="supplierinvoiceshare_of_something"
            ),
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
