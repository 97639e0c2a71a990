"""Deals, their versions and flows, and what counterparties say of them."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.fields.json
import django.db.models.functions.comparison
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import backoffice.events.functions
import deals.confirming.rules

SQL = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("deals", "0001_initial"),
        ("deals", "0002_capture"),
        ("deals", "0003_bulk"),
        ("deals", "0004_headroom"),
        ("deals", "0005_revaluation"),
        ("deals", "0006_received"),
        ("deals", "0007_inbound_book"),
        ("deals", "0008_books_of_inbound"),
        ("deals", "0009_checks"),
        ("deals", "0010_products"),
        ("deals", "0011_tax_flows"),
        ("deals", "0012_positions"),
        ("deals", "0013_imports"),
        ("deals", "0014_received_confirmations"),
        ("deals", "0015_received_facts"),
        ("deals", "0016_uti_index"),
        ("deals", "0017_amending"),
        ("deals", "0018_allocation"),
        ("deals", "0019_rests"),
        ("deals", "0020_undone_allocation"),
        ("deals", "0021_openings"),
        ("deals", "0022_holdings"),
        ("deals", "0023_undoing_imports"),
        ("deals", "0024_import_attempts"),
    ]

    dependencies = [
        ("access", "0001_tables"),
        ("events", "0001_tables"),
        ("limits", "0001_tables"),
        ("refdata", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Deal",
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
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.entity",
                    ),
                ),
                (
                    "book",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.book",
                    ),
                ),
                ("external_ref", models.CharField(max_length=64)),
                ("product", models.CharField(max_length=20)),
                (
                    "stage",
                    models.CharField(
                        choices=[("proposed", "Proposed"), ("executed", "Executed")], max_length=8
                    ),
                ),
                (
                    "capacity",
                    models.CharField(
                        choices=[("OWN", "Own"), ("CLIENT", "Client"), ("AGENT", "Agent")],
                        max_length=6,
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
                    "counterparty",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
                (
                    "instrument",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.instrument",
                    ),
                ),
                ("trade_date", models.DateField()),
                ("due_date", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("CAPTURED", "Captured"),
                            ("PENDING_APPROVAL", "Pending approval"),
                            ("CONFIRMED", "Confirmed"),
                            ("SETTLING", "Settling"),
                            ("SETTLED", "Settled"),
                            ("CLOSED", "Closed"),
                            ("CANCELLED", "Cancelled"),
                            ("REPLACED", "Replaced by other deals"),
                        ],
                        default="CAPTURED",
                        max_length=16,
                    ),
                ),
                (
                    "cancellation",
                    models.CharField(
                        choices=[
                            ("NONE", "None"),
                            ("REQUESTED", "Cancellation requested"),
                            ("AGREED", "Cancellation agreed"),
                            ("APPROVED", "Cancellation approved"),
                            ("DENIED", "Cancellation denied"),
                        ],
                        db_default="NONE",
                        default="NONE",
                        max_length=16,
                    ),
                ),
                ("version", models.IntegerField(db_default=1)),
                (
                    "block",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="deals.deal",
                    ),
                ),
                ("breached", models.BooleanField(db_default=False)),
                (
                    "captured_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "captured_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "permissions": [
                    ("capture_deal", "Can capture"),
                    ("confirm_deal", "Can confirm"),
                    ("approve_deal", "Can approve"),
                    ("reject_deal", "Can reject"),
                    ("amend_deal", "Can amend"),
                    ("cancel_deal", "Can cancel"),
                    ("agree_cancel_deal", "Can agree_cancel"),
                    ("approve_cancel_deal", "Can approve_cancel"),
                    ("deny_cancel_deal", "Can deny_cancel"),
                    ("withdraw_cancel_deal", "Can withdraw_cancel"),
                    ("allocate_deal", "Can allocate"),
                    ("reinstruct_deal", "Can reinstruct"),
                    ("undo_allocation_deal", "Can undo_allocation"),
                    ("repair_inbound", "Can repair what came in"),
                ],
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["entity", "state", "id"], name="deal_by_state"),
                    models.Index(fields=["counterparty", "id"], name="deal_by_counterparty"),
                    models.Index(
                        condition=models.Q(("block__isnull", False)),
                        fields=["block", "id"],
                        name="deal_of_block",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("entity", "external_ref"), name="deal_external_ref"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "CAPTURED",
                                    "PENDING_APPROVAL",
                                    "CONFIRMED",
                                    "SETTLING",
                                    "SETTLED",
                                    "CLOSED",
                                    "CANCELLED",
                                    "REPLACED",
                                ],
                            )
                        ),
                        name="deal_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "cancellation__in",
                                ["NONE", "REQUESTED", "AGREED", "APPROVED", "DENIED"],
                            )
                        ),
                        name="deal_cancellation_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReceivedConfirmation",
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
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.entity",
                    ),
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
                    "sender",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
                ("their_ref", models.CharField(max_length=64)),
                ("number", models.IntegerField()),
                ("digest", models.BinaryField(max_length=32)),
                ("source", models.CharField(max_length=20)),
                ("raw", models.TextField()),
                ("our_ref", models.CharField(blank=True, db_default="", max_length=64)),
                ("uti", models.CharField(blank=True, db_default="", max_length=64)),
                ("side", models.CharField(max_length=4)),
                ("told", models.CharField(max_length=64)),
                (
                    "instrument",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.instrument",
                    ),
                ),
                ("pair", models.CharField(blank=True, db_default="", max_length=7)),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                ("price", models.DecimalField(decimal_places=12, max_digits=28, null=True)),
                ("currency", models.CharField(max_length=3)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ("trade_date", models.DateField()),
                ("settlement_date", models.DateField()),
                ("place", models.CharField(blank=True, db_default="", max_length=64)),
                ("sent_at", models.DateTimeField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("RECEIVED", "Received"),
                            ("MATCHED", "Matched"),
                            ("MISMATCHED", "Mismatched"),
                            ("ALLEGED", "Alleged"),
                            ("AMBIGUOUS", "Several fit"),
                            ("DISPUTED", "Disputed"),
                            ("REPLACED", "Replaced"),
                            ("WITHDRAWN", "Withdrawn"),
                            ("REJECTED", "Rejected"),
                        ],
                        default="RECEIVED",
                        max_length=10,
                    ),
                ),
                (
                    "deal",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="received",
                        to="deals.deal",
                    ),
                ),
                ("deal_version", models.IntegerField(null=True)),
                ("linked", models.BooleanField(db_default=False)),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            (
                                deals.confirming.rules.Verdict["EXACT"],
                                deals.confirming.rules.Verdict["EXACT"],
                            ),
                            (
                                deals.confirming.rules.Verdict["WITHIN"],
                                deals.confirming.rules.Verdict["WITHIN"],
                            ),
                            (
                                deals.confirming.rules.Verdict["DIFFERENT"],
                                deals.confirming.rules.Verdict["DIFFERENT"],
                            ),
                        ],
                        db_default="",
                        max_length=9,
                    ),
                ),
                (
                    "differences",
                    models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
                ),
                (
                    "causes",
                    models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="deals.receivedconfirmation",
                    ),
                ),
                (
                    "received_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "received_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "permissions": [
                    ("receive_confirmation", "Can receive"),
                    ("link_confirmation", "Can link"),
                    ("dispute_confirmation", "Can dispute"),
                    ("reject_confirmation", "Can reject"),
                    ("withdraw_confirmation", "Can withdraw"),
                ],
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["entity", "state", "id"], name="received_by_state"),
                    models.Index(fields=["sender", "id"], name="received_by_sender"),
                    models.Index(
                        condition=models.Q(("deal__isnull", False)),
                        fields=["deal"],
                        name="received_of_deal",
                    ),
                    models.Index(
                        condition=models.Q(
                            (
                                "state__in",
                                ("RECEIVED", "ALLEGED", "AMBIGUOUS", "MISMATCHED", "DISPUTED"),
                            )
                        ),
                        fields=["entity", "sender", "id"],
                        name="received_open",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "RECEIVED",
                                    "MATCHED",
                                    "MISMATCHED",
                                    "ALLEGED",
                                    "AMBIGUOUS",
                                    "DISPUTED",
                                    "REPLACED",
                                    "WITHDRAWN",
                                    "REJECTED",
                                ],
                            )
                        ),
                        name="received_state_known",
                    ),
                    models.UniqueConstraint(
                        fields=("entity", "sender", "their_ref", "number"),
                        name="received_version_once",
                    ),
                    models.UniqueConstraint(
                        fields=("entity", "sender", "their_ref", "digest"),
                        name="received_content_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "MATCHED")),
                        fields=("deal",),
                        name="received_matches_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("MATCHED", "MISMATCHED")), _negated=True),
                            models.Q(("deal__isnull", False), ("deal_version__isnull", False)),
                            _connector="OR",
                        ),
                        name="received_of_a_deal",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("quantity__gt", 0),
                            ("side__in", ("buy", "sell")),
                            models.Q(
                                ("price__isnull", False), ("amount__isnull", False), _connector="OR"
                            ),
                        ),
                        name="received_says_enough",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DealVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "deal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="deals.deal",
                    ),
                ),
                ("number", models.IntegerField()),
                (
                    "side",
                    models.CharField(
                        choices=[
                            ("buy", "Buy"),
                            ("sell", "Sell"),
                            ("place", "Place"),
                            ("take", "Take"),
                        ],
                        max_length=5,
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                ("price", models.DecimalField(decimal_places=12, max_digits=28)),
                ("currency", models.CharField(max_length=3)),
                ("gross_amount", models.DecimalField(decimal_places=4, max_digits=24)),
                ("net_amount", models.DecimalField(decimal_places=4, max_digits=24)),
                ("method", models.CharField(max_length=4)),
                ("traded_at", models.DateTimeField()),
                ("details", models.JSONField(db_default=models.Value({}, models.JSONField()))),
                ("head_before", models.JSONField(null=True)),
                (
                    "actor",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                "constraints": [
                    models.UniqueConstraint(fields=("deal", "number"), name="dealversion_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("quantity__gte", 0),
                            ("gross_amount__gte", 0),
                            models.Q(
                                ("price__gte", 0),
                                models.Q(
                                    ("details__has_key", "rate"),
                                    (
                                        "price",
                                        django.db.models.functions.comparison.Cast(
                                            django.db.models.fields.json.KeyTextTransform(
                                                "rate", "details"
                                            ),
                                            models.DecimalField(decimal_places=12, max_digits=28),
                                        ),
                                    ),
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="dealversion_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Flow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "deal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="flows",
                        to="deals.deal",
                    ),
                ),
                ("version", models.IntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("PRINCIPAL", "Principal"),
                            ("ACCRUED", "Accrued"),
                            ("INTEREST", "Interest"),
                            ("TAX", "Tax"),
                            ("FEE", "Fee"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[("RECEIVE", "Receive"), ("DELIVER", "Deliver"), ("PAY", "Pay")],
                        max_length=8,
                    ),
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
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                ("due_date", models.DateField()),
            ],
            options={
                "indexes": [models.Index(fields=["deal", "version"], name="flow_of_deal")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="flow_quantity_positive"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Confirmation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "deal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="confirmations",
                        to="deals.deal",
                    ),
                ),
                ("version", models.IntegerField()),
                ("how", models.CharField(max_length=16)),
                ("evidence", models.CharField(blank=True, db_default="", max_length=500)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Inbound",
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
                    "entity",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.entity",
                    ),
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
                ("external_ref", models.CharField(max_length=64)),
                ("source", models.CharField(blank=True, db_default="", max_length=140)),
                ("raw", models.TextField(blank=True, db_default="")),
                ("body", models.TextField()),
                ("problems", models.JSONField()),
                ("amount", models.DecimalField(decimal_places=12, max_digits=40, null=True)),
                ("currency", models.CharField(blank=True, db_default="", max_length=12)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("REPAIR", "In repair"),
                            ("REPLAYED", "Replayed"),
                            ("WITHDRAWN", "Withdrawn"),
                        ],
                        default="REPAIR",
                        max_length=10,
                    ),
                ),
                (
                    "deal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="inbound",
                        to="deals.deal",
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
                (
                    "received_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["REPAIR", "REPLAYED", "WITHDRAWN"])),
                        name="inbound_state_known",
                    ),
                    models.UniqueConstraint(
                        fields=("received_by", "external_ref"), name="inbound_external_ref"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("source", ""), _negated=True),
                        fields=("source", "external_ref"),
                        name="inbound_of_source",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BulkRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "caller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("key", models.CharField(max_length=255)),
                ("request_hash", models.BinaryField(max_length=32)),
                ("next_index", models.IntegerField(db_default=0)),
                ("accepted", models.IntegerField(db_default=0)),
                ("refused", models.IntegerField(db_default=0)),
                ("duplicates", models.IntegerField(db_default=0)),
                ("repair", models.IntegerField(db_default=0)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("caller", "key"), name="bulkrequest_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="BulkChunk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chunks",
                        to="deals.bulkrequest",
                    ),
                ),
                ("first_index", models.IntegerField()),
                ("rows", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("request", "first_index"), name="bulkchunk_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Revaluation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "instruments",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("rates", models.BooleanField(default=False)),
                ("everything", models.BooleanField(db_default=False, default=False)),
                (
                    "asked_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("done_at", models.DateTimeField(null=True)),
                ("changed", models.IntegerField(db_default=0)),
                ("alarms", models.IntegerField(db_default=0)),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at", None)),
                        fields=["id"],
                        name="revaluation_waiting",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Fingerprint",
            fields=[
                (
                    "deal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="deals.deal",
                    ),
                ),
                ("digest", models.UUIDField()),
            ],
            options={
                "default_permissions": (),
                "indexes": [models.Index(fields=["digest", "deal"], name="fingerprint_equal")],
            },
        ),
        migrations.CreateModel(
            name="Suspicion",
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
                    "entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.entity",
                    ),
                ),
                (
                    "deal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspicions",
                        to="deals.deal",
                    ),
                ),
                (
                    "earlier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deals.deal",
                    ),
                ),
                ("blocks", models.BooleanField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "Open"),
                            ("DISMISSED", "Another deal"),
                            ("GONE", "One of them was cancelled"),
                        ],
                        db_default="OPEN",
                        default="OPEN",
                        max_length=10,
                    ),
                ),
                (
                    "opened_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "permissions": [("dismiss_suspicion", "Can say that a deal is another")],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["OPEN", "DISMISSED", "GONE"])),
                        name="suspicion_state_known",
                    ),
                    models.UniqueConstraint(fields=("deal", "earlier"), name="suspicion_once"),
                    models.CheckConstraint(
                        condition=models.Q(("deal", models.F("earlier")), _negated=True),
                        name="suspicion_of_two",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportMapping",
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
                    "entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.entity",
                    ),
                ),
                (
                    "book",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.book",
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("signature", models.CharField(max_length=64)),
                (
                    "header",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(blank=True, max_length=2000), size=None
                    ),
                ),
                ("number", models.IntegerField()),
                ("document", models.JSONField()),
                ("reason", models.CharField(blank=True, db_default="", max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("APPROVED", "Approved"),
                            ("DECLINED", "Declined"),
                            ("WITHDRAWN", "Withdrawn"),
                            ("SUPERSEDED", "Superseded"),
                        ],
                        default="PROPOSED",
                        max_length=10,
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
                    "proposed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "permissions": [
                    ("propose_importmapping", "Can propose a mapping of columns"),
                    ("approve_importmapping", "Can approve a mapping of columns"),
                    ("decline_importmapping", "Can decline a mapping of columns"),
                    ("withdraw_importmapping", "Can withdraw a mapping of columns"),
                ],
                "default_permissions": ("view",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["PROPOSED", "APPROVED", "DECLINED", "WITHDRAWN", "SUPERSEDED"],
                            )
                        ),
                        name="importmapping_state_known",
                    ),
                    models.UniqueConstraint(
                        fields=("book", "signature", "number"), name="importmapping_version_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "APPROVED")),
                        fields=("book", "signature"),
                        name="importmapping_one_in_force",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DealImport",
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
                    "entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.entity",
                    ),
                ),
                (
                    "book",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.book",
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("format", models.CharField(blank=True, db_default="", max_length=4)),
                ("sheet", models.CharField(blank=True, db_default="", max_length=100)),
                (
                    "mapping",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imports",
                        to="deals.importmapping",
                    ),
                ),
                ("signature", models.CharField(blank=True, db_default="", max_length=64)),
                (
                    "header",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(blank=True, max_length=2000),
                        default=list,
                        size=None,
                    ),
                ),
                ("header_row", models.IntegerField(db_default=0)),
                ("rows", models.IntegerField(db_default=0)),
                ("next_row", models.IntegerField(db_default=0)),
                (
                    "mode",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("all_or_nothing", "All rows or none"),
                            ("best_effort", "The good rows"),
                        ],
                        db_default="",
                        max_length=14,
                    ),
                ),
                ("counts", models.JSONField(default=dict)),
                ("sums", models.JSONField(default=dict)),
                ("why", models.JSONField(null=True)),
                ("attempts", models.SmallIntegerField(db_default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("RECEIVED", "Being read"),
                            ("UNREADABLE", "Could not be read"),
                            ("UNMAPPED", "Needs a mapping"),
                            ("PREVIEWED", "Previewed"),
                            ("LOADING", "Being loaded"),
                            ("LOADED", "Loaded"),
                            ("UNDO_REQUESTED", "Undo asked for"),
                            ("UNDOING", "Being undone"),
                            ("UNDONE", "Undone"),
                        ],
                        default="RECEIVED",
                        max_length=14,
                    ),
                ),
                (
                    "brought_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "brought_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "permissions": [
                    ("receive_dealimport", "Can bring a file of deals"),
                    ("map_dealimport", "Can map a file of deals"),
                    ("load_dealimport", "Can load a file of deals"),
                    ("request_undo_dealimport", "Can request_undo a file of deals"),
                    ("undo_dealimport", "Can undo a file of deals"),
                    ("keep_dealimport", "Can keep a file of deals"),
                ],
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("RECEIVED", "LOADING", "UNDOING"))),
                        fields=["id"],
                        name="dealimport_for_worker",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "RECEIVED",
                                    "UNREADABLE",
                                    "UNMAPPED",
                                    "PREVIEWED",
                                    "LOADING",
                                    "LOADED",
                                    "UNDO_REQUESTED",
                                    "UNDOING",
                                    "UNDONE",
                                ],
                            )
                        ),
                        name="dealimport_state_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "deal_import",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="file_rows",
                        to="deals.dealimport",
                    ),
                ),
                ("number", models.IntegerField()),
                (
                    "cells",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(blank=True), size=None
                    ),
                ),
                ("outcome", models.CharField(max_length=8)),
                ("code", models.CharField(blank=True, max_length=60)),
                ("hinders", models.BooleanField(default=False)),
                ("base", models.CharField(blank=True, max_length=64)),
                ("reference", models.CharField(blank=True, max_length=64)),
                ("problems", models.JSONField(default=list)),
                ("side", models.CharField(blank=True, max_length=5)),
                ("amount", models.DecimalField(decimal_places=12, max_digits=40, null=True)),
                ("currency", models.CharField(blank=True, max_length=12)),
                (
                    "deal",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="import_rows",
                        to="deals.deal",
                    ),
                ),
                (
                    "inbound",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="import_rows",
                        to="deals.inbound",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        fields=["deal_import", "outcome", "number"], name="importrow_by_outcome"
                    ),
                    models.Index(
                        condition=models.Q(
                            ("deal__isnull", False), ("inbound__isnull", False), _connector="OR"
                        ),
                        fields=["base"],
                        name="importrow_taken",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("deal_import", "number"), name="importrow_once")
                ],
            },
        ),
        migrations.RunSQL(SQL),
    ]
