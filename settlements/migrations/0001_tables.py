"""Obligations, settlements, evidence, runs, nets and fails."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import backoffice.events.functions

SQL = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("settlements", "0001_initial"),
        ("settlements", "0002_facts"),
        ("settlements", "0003_evidence_claim"),
        ("settlements", "0004_links"),
        ("settlements", "0005_payment_deadlines"),
        ("settlements", "0006_book"),
        ("settlements", "0007_books_of_settlements"),
        ("settlements", "0008_enriching"),
        ("settlements", "0009_dates"),
        ("settlements", "0010_purchases"),
        ("settlements", "0011_obligation_again"),
        ("settlements", "0012_answers"),
        ("settlements", "0013_net_obligations"),
        ("settlements", "0014_venue_reversals"),
        ("settlements", "0015_parts_and_advice"),
        ("settlements", "0016_penalties"),
        ("settlements", "0017_settled_so_far"),
        ("settlements", "0018_settled_whole"),
        ("settlements", "0019_netting"),
        ("settlements", "0020_record_events"),
        ("settlements", "0021_run_plans"),
        ("settlements", "0022_run_queues"),
        ("settlements", "0023_penalty_statements"),
        ("settlements", "0024_claims_and_buy_ins"),
        ("settlements", "0025_releasing"),
        ("settlements", "0026_claims_by_the_night_and_fractions"),
        ("settlements", "0027_settlement_cycles"),
    ]

    dependencies = [
        ("access", "0001_tables"),
        ("deals", "0001_tables"),
        ("events", "0001_tables"),
        ("refdata", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="PaymentDeadline",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.place",
                    ),
                ),
                ("currency", models.CharField(blank=True, db_default="", max_length=3)),
                ("stop_by", models.TimeField()),
                ("days_before", models.SmallIntegerField(db_default=0)),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                ("source", models.CharField(blank=True, db_default="", max_length=200)),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("place", "currency", "valid_from"), name="paymentdeadline_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="paymentdeadline_dated",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("days_before__gte", 0), ("days_before__lte", 5)),
                        name="paymentdeadline_days",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NettingSet",
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
                    "mode",
                    models.CharField(
                        choices=[
                            ("PAYMENTS", "Payments under an agreement"),
                            ("PAIR_OFF", "Pair-off of a security"),
                            ("SHAPES", "A large one in shapes"),
                            ("CROSSING", "Two sides that cross in our books"),
                            ("TRANSFORM", "Replaced because of a corporate action"),
                        ],
                        max_length=10,
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
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
                ("capacity", models.CharField(max_length=8)),
                ("account", models.CharField(blank=True, db_default="", max_length=64)),
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
                    "ssi",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.standinginstruction",
                    ),
                ),
                ("nostro", models.CharField(blank=True, db_default="", max_length=64)),
                (
                    "agreement",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.agreement",
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
                (
                    "money_asset",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.asset",
                    ),
                ),
                ("due_date", models.DateField()),
                ("version", models.IntegerField(db_default=1, default=1)),
                ("count", models.IntegerField()),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                ("gross_quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                ("gross_amount", models.DecimalField(decimal_places=4, max_digits=24)),
                ("evidence", models.CharField(blank=True, db_default="", max_length=120)),
                ("cut_off_at", models.DateTimeField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "Open"),
                            ("AGREED", "Agreed with the other side"),
                            ("INSTRUCTED", "Instructed"),
                            ("SETTLED", "Settled"),
                            ("REOPENED", "Open again: each settles by itself"),
                        ],
                        default="OPEN",
                        max_length=10,
                    ),
                ),
                (
                    "formed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "permissions": [
                    ("agree_nettingset", "Can agree to net"),
                    ("reopen_nettingset", "Can undo a net"),
                    ("form_nettingset", "Can propose a pair-off"),
                    ("cross_nettingset", "Can let two sides cross"),
                ],
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("OPEN", "AGREED", "INSTRUCTED"))),
                        fields=["due_date", "id"],
                        name="nettingset_live",
                    ),
                    models.Index(fields=["entity", "id"], name="nettingset_by_entity"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["OPEN", "AGREED", "INSTRUCTED", "SETTLED", "REOPENED"])
                        ),
                        name="nettingset_state_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("mode", "PAYMENTS"), ("state", "OPEN")),
                        fields=(
                            "entity",
                            "counterparty",
                            "owner",
                            "capacity",
                            "account",
                            "place",
                            "ssi",
                            "nostro",
                            "agreement",
                            "asset",
                            "money_asset",
                            "due_date",
                            "mode",
                        ),
                        name="nettingset_open_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("gross_amount__gte", models.F("amount")),
                            (
                                "gross_amount__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("amount"), "*", models.Value(-1)
                                ),
                            ),
                            ("gross_quantity__gte", models.F("quantity")),
                            (
                                "gross_quantity__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("quantity"), "*", models.Value(-1)
                                ),
                            ),
                        ),
                        name="nettingset_net_within_gross",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Settlement",
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
                ("source_type", models.CharField(max_length=20)),
                ("source_id", models.BigIntegerField()),
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
                    "ssi",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.standinginstruction",
                    ),
                ),
                ("ssi_snapshot", models.JSONField(db_default=models.Value({}, models.JSONField()))),
                ("method", models.CharField(max_length=4)),
                ("delivers", models.BooleanField()),
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
                (
                    "money_asset",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.asset",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                ("interest", models.DecimalField(db_default=0, decimal_places=4, max_digits=24)),
                (
                    "settled_quantity",
                    models.DecimalField(db_default=0, decimal_places=8, max_digits=28),
                ),
                (
                    "settled_amount",
                    models.DecimalField(db_default=0, decimal_places=4, max_digits=24),
                ),
                (
                    "settled_interest",
                    models.DecimalField(db_default=0, decimal_places=4, max_digits=24),
                ),
                ("partial_allowed", models.BooleanField(db_default=False)),
                ("minimum", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                ("lot", models.DecimalField(db_default=1, decimal_places=8, max_digits=28)),
                (
                    "released_quantity",
                    models.DecimalField(decimal_places=8, max_digits=28, null=True),
                ),
                ("due_date", models.DateField()),
                ("original_due_date", models.DateField(null=True)),
                ("priority", models.SmallIntegerField(db_default=5)),
                ("matched_date", models.DateField(null=True)),
                ("settled_date", models.DateField(null=True)),
                ("reason", models.CharField(blank=True, db_default="", max_length=12)),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12),
                        db_default=models.Value(
                            [],
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=12), size=None
                            ),
                        ),
                        size=None,
                    ),
                ),
                ("skipped_runs", models.SmallIntegerField(db_default=0)),
                ("shape", models.SmallIntegerField(db_default=0)),
                (
                    "netted_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="settlements.nettingset",
                    ),
                ),
                (
                    "prepared_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "approval",
                    models.CharField(
                        choices=[
                            ("PREPARED", "Prepared"),
                            ("APPROVED", "Approved"),
                            ("REJECTED", "Rejected"),
                        ],
                        db_default="PREPARED",
                        default="PREPARED",
                        max_length=16,
                    ),
                ),
                (
                    "transmission",
                    models.CharField(
                        choices=[
                            ("NONE", "Not sent"),
                            ("SENT", "Sent"),
                            ("ACKNOWLEDGED", "Acknowledged"),
                            ("REJECTED", "Rejected by the place"),
                        ],
                        db_default="NONE",
                        default="NONE",
                        max_length=16,
                    ),
                ),
                (
                    "matching",
                    models.CharField(
                        choices=[
                            ("UNMATCHED", "Unmatched"),
                            ("MATCHED", "Matched"),
                            ("ALLEGED", "Alleged"),
                        ],
                        db_default="UNMATCHED",
                        default="UNMATCHED",
                        max_length=16,
                    ),
                ),
                (
                    "hold",
                    models.CharField(
                        choices=[
                            ("NONE", "Not held"),
                            ("OURS", "Held by us"),
                            ("THEIRS", "Held by the counterparty"),
                            ("CSD", "Held by the depository"),
                        ],
                        db_default="NONE",
                        default="NONE",
                        max_length=16,
                    ),
                ),
                (
                    "settlement",
                    models.CharField(
                        choices=[
                            ("PENDING", "Pending"),
                            ("FAILING", "Failing"),
                            ("PARTIAL", "Partly settled"),
                            ("SETTLED", "Settled"),
                        ],
                        db_default="PENDING",
                        default="PENDING",
                        max_length=16,
                    ),
                ),
                (
                    "cancellation",
                    models.CharField(
                        choices=[
                            ("NONE", "None"),
                            ("REQUESTED", "Requested"),
                            ("AGREED", "Agreed"),
                            ("DENIED", "Denied"),
                        ],
                        db_default="NONE",
                        default="NONE",
                        max_length=16,
                    ),
                ),
                (
                    "status",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(settlement="SETTLED", then=models.Value("SETTLED")),
                            models.When(cancellation="AGREED", then=models.Value("CANCELLED")),
                            models.When(
                                settlement="PARTIAL", then=models.Value("PARTIALLY_SETTLED")
                            ),
                            models.When(settlement="FAILING", then=models.Value("FAILED")),
                            models.When(approval="REJECTED", then=models.Value("REJECTED")),
                            models.When(then=models.Value("REJECTED"), transmission="REJECTED"),
                            models.When(matching="MATCHED", then=models.Value("MATCHED")),
                            models.When(approval="APPROVED", then=models.Value("RELEASED")),
                            default=models.Value("PREPARED"),
                        ),
                        output_field=models.CharField(
                            choices=[
                                ("PREPARED", "Prepared"),
                                ("RELEASED", "Released"),
                                ("REJECTED", "Rejected"),
                                ("MATCHED", "Matched"),
                                ("PARTIALLY_SETTLED", "Partially settled"),
                                ("FAILED", "Failed"),
                                ("SETTLED", "Settled"),
                                ("CANCELLED", "Cancelled"),
                            ],
                            max_length=20,
                        ),
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("release_settlement", "Can release"),
                    ("reject_settlement", "Can reject"),
                    ("repair_settlement", "Can repair"),
                    ("enrich_settlement", "Can enrich"),
                    ("match_settlement", "Can match"),
                    ("hold_settlement", "Can hold"),
                    ("unhold_settlement", "Can unhold"),
                    ("release_part_settlement", "Can release_part"),
                    ("cancel_settlement", "Can cancel"),
                    ("run_settlement", "Can run"),
                    ("prioritise_settlement", "Can prioritise"),
                    ("allow_parts_settlement", "Can allow_parts"),
                    ("link_settlement", "Can link"),
                ],
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            models.Q(("settlement", "SETTLED"), _negated=True),
                            models.Q(("cancellation", "AGREED"), _negated=True),
                        ),
                        fields=["place", "entity", "due_date", "id"],
                        name="settlement_open",
                    ),
                    models.Index(
                        condition=models.Q(
                            (
                                "matched_date__gt",
                                django.db.models.functions.comparison.Least(
                                    "due_date", "original_due_date"
                                ),
                            )
                        ),
                        fields=["entity", "matched_date"],
                        name="settlement_matched_late",
                    ),
                    models.Index(
                        condition=models.Q(("settlement", "PARTIAL")),
                        fields=["source_type", "source_id"],
                        name="settlement_in_parts",
                    ),
                    models.Index(
                        condition=models.Q(("netted_by__isnull", False)),
                        fields=["netted_by"],
                        name="settlement_netted",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("approval__in", ["PREPARED", "APPROVED", "REJECTED"])),
                        name="settlement_approval_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("transmission__in", ["NONE", "SENT", "ACKNOWLEDGED", "REJECTED"])
                        ),
                        name="settlement_transmission_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("matching__in", ["UNMATCHED", "MATCHED", "ALLEGED"])),
                        name="settlement_matching_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("hold__in", ["NONE", "OURS", "THEIRS", "CSD"])),
                        name="settlement_hold_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("settlement__in", ["PENDING", "FAILING", "PARTIAL", "SETTLED"])
                        ),
                        name="settlement_settlement_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cancellation__in", ["NONE", "REQUESTED", "AGREED", "DENIED"])
                        ),
                        name="settlement_cancellation_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("cancellation", "AGREED"), _negated=True),
                        fields=(
                            "source_type",
                            "source_id",
                            "method",
                            "asset",
                            "money_asset",
                            "due_date",
                            "shape",
                        ),
                        name="settlement_live_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 0), ("amount__gte", 0)),
                        name="settlement_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("settlement", "SETTLED"), _negated=True),
                            ("settled_date__isnull", False),
                            _connector="OR",
                        ),
                        name="settlement_settled_has_date",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("settled_quantity__gte", 0),
                            ("settled_quantity__lte", models.F("quantity")),
                            ("settled_amount__gte", 0),
                            ("settled_amount__lte", models.F("amount")),
                            models.Q(
                                models.Q(
                                    ("interest__gte", 0),
                                    ("settled_interest__gte", 0),
                                    ("settled_interest__lte", models.F("interest")),
                                ),
                                models.Q(
                                    ("interest__lte", 0),
                                    ("settled_interest__gte", models.F("interest")),
                                    ("settled_interest__lte", 0),
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="settlement_settled_within",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("settlement", "PARTIAL"), _negated=True),
                            models.Q(
                                ("settled_quantity__gt", 0),
                                ("settled_quantity__lt", models.F("quantity")),
                            ),
                            _connector="OR",
                        ),
                        name="settlement_partial_between",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lot__gt", 0),
                            models.Q(
                                ("minimum__isnull", True), ("minimum__gte", 0), _connector="OR"
                            ),
                        ),
                        name="settlement_part_terms",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("released_quantity__isnull", True),
                            models.Q(
                                ("released_quantity__gt", 0),
                                ("released_quantity__lt", models.F("quantity")),
                            ),
                            _connector="OR",
                        ),
                        name="settlement_released_within",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("priority__range", (0, 9))),
                        name="settlement_priority_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Obligation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                    "settlement",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="obligations",
                        to="settlements.settlement",
                    ),
                ),
                ("source_type", models.CharField(max_length=20)),
                ("source_id", models.BigIntegerField()),
                ("direction", models.CharField(max_length=8)),
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
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source_type", "source_id", "settlement"),
                        name="obligation_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="obligation_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "settlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="settlements.settlement",
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("reference", models.CharField(max_length=120)),
                ("settled_at", models.DateTimeField()),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.place",
                    ),
                ),
                ("details", models.JSONField(db_default=models.Value({}, models.JSONField()))),
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
                    models.UniqueConstraint(
                        fields=("settlement", "kind", "reference"), name="evidence_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EvidenceClaim",
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
                    "settlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="settlements.settlement",
                    ),
                ),
                ("document", models.CharField(max_length=120)),
                (
                    "says",
                    models.CharField(
                        choices=[
                            ("SETTLED", "It is settled"),
                            ("CANCEL_AGREED", "They agree to cancel it"),
                            ("CANCEL_DENIED", "They do not cancel it"),
                        ],
                        db_default="SETTLED",
                        default="SETTLED",
                        max_length=14,
                    ),
                ),
                ("settled_at", models.DateTimeField()),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("ACCEPTED", "Accepted"),
                            ("DECLINED", "Declined"),
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
                    ("propose_evidence", "Can record a document as evidence"),
                    ("accept_evidence", "Can accept a document as evidence"),
                    ("decline_evidence", "Can decline a document as evidence"),
                ],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["PROPOSED", "ACCEPTED", "DECLINED"])),
                        name="evidenceclaim_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("says__in", ["SETTLED", "CANCEL_AGREED", "CANCEL_DENIED"])
                        ),
                        name="evidenceclaim_says_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("quantity__isnull", True),
                            models.Q(("quantity__gt", 0), ("says", "SETTLED")),
                            _connector="OR",
                        ),
                        name="evidenceclaim_part",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "PROPOSED")),
                        fields=("settlement",),
                        name="evidenceclaim_one_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SettlementLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="settlements.settlement",
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="settlements.settlement",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("WITH", "Released together"),
                            ("BEFORE", "Settles before the other"),
                        ],
                        default="WITH",
                        max_length=6,
                    ),
                ),
                ("number", models.SmallIntegerField(db_default=1)),
                (
                    "given_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "given_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["WITH", "BEFORE"]),
                            models.Q(("first", models.F("second")), _negated=True),
                        ),
                        name="link_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "WITH"), _negated=True),
                            ("first__lt", models.F("second")),
                            _connector="OR",
                        ),
                        name="link_lower_first",
                    ),
                    models.UniqueConstraint(
                        fields=("first", "second", "kind", "number"), name="link_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LinkEnd",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "link",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="end",
                        to="settlements.settlementlink",
                    ),
                ),
                ("reason", models.CharField(blank=True, db_default="", max_length=500)),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ended_at",
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
        migrations.CreateModel(
            name="NettingMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "netting_set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="settlements.nettingset",
                    ),
                ),
                (
                    "settlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="settlements.settlement",
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("netting_set", "settlement"), name="nettingmember_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SettlementPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "settlement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="settlements.settlement",
                    ),
                ),
                ("number", models.SmallIntegerField()),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                ("interest", models.DecimalField(db_default=0, decimal_places=4, max_digits=24)),
                ("settled_date", models.DateField()),
                (
                    "evidence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="settlements.evidence",
                    ),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("settlement", "number"), name="settlementpart_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("number__gte", 1), ("quantity__gt", 0), ("amount__gte", 0)
                        ),
                        name="settlementpart_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StatusAdvice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "settlement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="advice",
                        to="settlements.settlement",
                    ),
                ),
                ("message", models.CharField(max_length=120)),
                (
                    "processing",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("PACK", "Acknowledged, accepted"),
                            ("PPRC", "Being processed"),
                            ("REJT", "Rejected"),
                            ("REPR", "To be repaired by the place"),
                            ("CAND", "Cancelled"),
                            ("CANP", "Cancellation pending"),
                            ("CPRC", "Cancellation asked by the other side"),
                            ("MPRC", "Modification asked for"),
                            ("CGEN", "Generated by the place"),
                        ],
                        db_default="",
                        max_length=4,
                    ),
                ),
                (
                    "inferred",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("MACH", "Matched by inference"),
                            ("NMAT", "Not matched by inference"),
                        ],
                        db_default="",
                        max_length=4,
                    ),
                ),
                (
                    "matching",
                    models.CharField(
                        blank=True,
                        choices=[("MACH", "Matched"), ("NMAT", "Not matched")],
                        db_default="",
                        max_length=4,
                    ),
                ),
                (
                    "settling",
                    models.CharField(
                        blank=True,
                        choices=[("PEND", "Settlement pending"), ("PENF", "Settlement failing")],
                        db_default="",
                        max_length=4,
                    ),
                ),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=4),
                        db_default=models.Value(
                            [],
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=4), size=None
                            ),
                        ),
                        size=None,
                    ),
                ),
                ("text", models.CharField(blank=True, db_default="", max_length=500)),
                ("told_at", models.DateTimeField()),
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("settlement", "message"), name="statusadvice_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "processing__in",
                                [
                                    "",
                                    "PACK",
                                    "PPRC",
                                    "REJT",
                                    "REPR",
                                    "CAND",
                                    "CANP",
                                    "CPRC",
                                    "MPRC",
                                    "CGEN",
                                ],
                            ),
                            ("inferred__in", ["", "MACH", "NMAT"]),
                            ("matching__in", ["", "MACH", "NMAT"]),
                            ("settling__in", ["", "PEND", "PENF"]),
                        ),
                        name="statusadvice_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecordEvent",
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
                            ("CASH", "Money is distributed"),
                            ("STOCK", "Securities are distributed"),
                            ("EXCHANGE", "It becomes another security"),
                            ("REDEMPTION", "It is redeemed"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "instrument",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.asset",
                    ),
                ),
                ("ex_date", models.DateField()),
                ("record_date", models.DateField()),
                ("payment_date", models.DateField()),
                ("rate", models.DecimalField(decimal_places=12, max_digits=28, null=True)),
                (
                    "money_asset",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.asset",
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
                ("new", models.DecimalField(decimal_places=12, max_digits=28, null=True)),
                ("old", models.DecimalField(decimal_places=12, max_digits=28, null=True)),
                ("document", models.CharField(max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("APPROVED", "Approved"),
                            ("APPLIED", "Applied to what was pending"),
                            ("DECLINED", "Declined"),
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
                    ("propose_recordevent", "Can propose an event of a record date"),
                    ("approve_recordevent", "Can approve an event of a record date"),
                    ("decline_recordevent", "Can decline an event of a record date"),
                ],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["PROPOSED", "APPROVED", "APPLIED", "DECLINED"])
                        ),
                        name="recordevent_state_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "DECLINED"), _negated=True),
                        fields=("instrument", "kind", "record_date"),
                        name="recordevent_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ex_date__lte", models.F("record_date")),
                            ("record_date__lte", models.F("payment_date")),
                        ),
                        name="recordevent_dated",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind__in", ("CASH", "REDEMPTION")),
                                ("money_asset__isnull", False),
                                ("new", None),
                                ("old", None),
                                ("outturn", None),
                                ("rate__gt", 0),
                            ),
                            models.Q(
                                ("kind__in", ("STOCK", "EXCHANGE")),
                                ("new__gt", 0),
                                ("old__gt", 0),
                                ("outturn__isnull", False),
                                models.Q(
                                    models.Q(("money_asset", None), ("rate", None)),
                                    models.Q(
                                        ("kind", "EXCHANGE"),
                                        ("money_asset__isnull", False),
                                        ("rate__gt", 0),
                                    ),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="recordevent_complete",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Transformation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transformations",
                        to="settlements.recordevent",
                    ),
                ),
                (
                    "settlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="settlements.settlement",
                    ),
                ),
                (
                    "netting_set",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transformation",
                        to="settlements.nettingset",
                    ),
                ),
                ("fraction", models.DecimalField(db_default=0, decimal_places=12, max_digits=28)),
                (
                    "fraction_amount",
                    models.DecimalField(db_default=0, decimal_places=4, max_digits=24),
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
        migrations.CreateModel(
            name="MarketClaim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="settlements.recordevent",
                    ),
                ),
                (
                    "settlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="market_claims",
                        to="settlements.settlement",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("MARKET", "The seller owes it to the buyer"),
                            ("REVERSE", "The buyer owes it to the seller"),
                        ],
                        max_length=8,
                    ),
                ),
                ("receives", models.BooleanField()),
                ("counted", models.DecimalField(decimal_places=8, max_digits=28)),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                ("made_at", models.DateTimeField()),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("event", "settlement"), name="marketclaim_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("counted__gt", 0),
                            models.Q(
                                models.Q(("amount", 0), ("quantity__gt", 0)),
                                models.Q(("amount__gt", 0), ("quantity", 0)),
                                _connector="OR",
                            ),
                        ),
                        name="marketclaim_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Purchase",
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
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="purchase",
                        to="deals.deal",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "Seller to be identified"),
                            ("IDENTIFIED", "Seller identified"),
                            ("SCREENED", "Seller screened"),
                            ("CONTRACTED", "Contract signed"),
                            ("ORDERED", "Transfer order accepted"),
                            ("CREDITED", "Securities credited"),
                            ("ACCEPTED", "Act signed"),
                            ("PAID", "Paid"),
                        ],
                        default="OPEN",
                        max_length=10,
                    ),
                ),
                (
                    "advance",
                    models.CharField(
                        choices=[
                            ("NONE", "Not before the act"),
                            ("ASKED", "Payment before the credit asked for"),
                            ("ALLOWED", "Payment before the credit allowed"),
                        ],
                        default="NONE",
                        max_length=7,
                    ),
                ),
                (
                    "opened_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "permissions": [
                    ("issue_purchase", "Can issue the documents of a purchase from an individual"),
                    ("identify_purchase", "Can identify a purchase from an individual"),
                    ("screen_purchase", "Can screen a purchase from an individual"),
                    ("contract_purchase", "Can contract a purchase from an individual"),
                    ("order_purchase", "Can order a purchase from an individual"),
                    ("credit_purchase", "Can credit a purchase from an individual"),
                    ("act_purchase", "Can act a purchase from an individual"),
                    ("pay_purchase", "Can pay a purchase from an individual"),
                    ("ask_advance_purchase", "Can ask_advance a purchase from an individual"),
                    ("allow_advance_purchase", "Can allow_advance a purchase from an individual"),
                    ("refuse_advance_purchase", "Can refuse_advance a purchase from an individual"),
                ],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "OPEN",
                                    "IDENTIFIED",
                                    "SCREENED",
                                    "CONTRACTED",
                                    "ORDERED",
                                    "CREDITED",
                                    "ACCEPTED",
                                    "PAID",
                                ],
                            )
                        ),
                        name="purchase_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("advance__in", ["NONE", "ASKED", "ALLOWED"])),
                        name="purchase_advance_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClearingFigure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                    "counterparty",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
                ("account", models.CharField(blank=True, max_length=64)),
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
                    "asset",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.asset",
                    ),
                ),
                ("due_date", models.DateField()),
                ("number", models.IntegerField()),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                ("document", models.CharField(blank=True, db_default="", max_length=120)),
                (
                    "source",
                    models.CharField(
                        choices=[("REST", "Rest"), ("FILE", "File"), ("FORM", "Form")], max_length=4
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
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "permissions": [
                    ("receive_clearingfigure", "Can bring figures of a clearing house")
                ],
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "entity",
                            "counterparty",
                            "account",
                            "owner",
                            "asset",
                            "due_date",
                            "number",
                        ),
                        name="clearingfigure_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NetObligation",
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
                    "counterparty",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
                ("account", models.CharField(blank=True, max_length=64)),
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
                    "asset",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.asset",
                    ),
                ),
                ("due_date", models.DateField()),
                ("round", models.IntegerField(db_default=1, default=1)),
                ("version", models.IntegerField(db_default=1, default=1)),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                (
                    "figure",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="settlements.clearingfigure",
                    ),
                ),
                ("theirs", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("COMPUTED", "Computed"),
                            ("MATCHED", "Equal to their figure"),
                            ("DIFFERENT", "Different from their figure"),
                            ("AGREED", "Agreed with the clearing house"),
                            ("INSTRUCTED", "Instructed"),
                            ("SETTLED", "Settled"),
                        ],
                        default="COMPUTED",
                        max_length=10,
                    ),
                ),
                (
                    "opened_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "permissions": [("agree_netobligation", "Can agree to a net obligation")],
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "SETTLED"), _negated=True),
                        fields=["due_date", "id"],
                        name="netobligation_open",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "COMPUTED",
                                    "MATCHED",
                                    "DIFFERENT",
                                    "AGREED",
                                    "INSTRUCTED",
                                    "SETTLED",
                                ],
                            )
                        ),
                        name="netobligation_state_known",
                    ),
                    models.UniqueConstraint(
                        fields=(
                            "entity",
                            "counterparty",
                            "account",
                            "owner",
                            "asset",
                            "due_date",
                            "round",
                        ),
                        name="netobligation_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("MATCHED", "AGREED")), _negated=True),
                            models.Q(("theirs", models.F("quantity")), ("theirs__isnull", False)),
                            models.Q(("quantity", 0), ("theirs__isnull", True)),
                            _connector="OR",
                        ),
                        name="netobligation_agreed_equal",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NetQuantity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "obligation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="settlements.netobligation",
                    ),
                ),
                ("number", models.IntegerField()),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                ("joined", models.IntegerField()),
                (
                    "computed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("obligation", "number"), name="netquantity_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NettedFlow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "flow",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="netted",
                        to="deals.flow",
                    ),
                ),
                (
                    "deal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deals.deal",
                    ),
                ),
                (
                    "obligation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="flows",
                        to="settlements.netobligation",
                    ),
                ),
                ("since", models.IntegerField()),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="LeftFlow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "netted",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="left",
                        to="settlements.nettedflow",
                    ),
                ),
                ("since", models.IntegerField()),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="InterestClaim",
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
                    "settlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="settlements.settlement",
                    ),
                ),
                (
                    "claimant",
                    models.CharField(
                        choices=[("US", "We claim"), ("THEM", "They claim")], max_length=4
                    ),
                ),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("computed", models.DecimalField(decimal_places=4, max_digits=24)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                ("currency", models.CharField(max_length=3)),
                ("document", models.CharField(blank=True, db_default="", max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("APPROVED", "Approved"),
                            ("PAID", "Paid"),
                            ("DECLINED", "Declined"),
                            ("DROPPED", "Dropped"),
                        ],
                        default="PROPOSED",
                        max_length=8,
                    ),
                ),
                (
                    "paid_at",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.place",
                    ),
                ),
                ("paid_document", models.CharField(blank=True, db_default="", max_length=120)),
                (
                    "proposed_by",
                    models.ForeignKey(
                        null=True,
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
                    ("propose_interestclaim", "Can propose an interest claim"),
                    ("approve_interestclaim", "Can approve an interest claim"),
                    ("decline_interestclaim", "Can decline an interest claim"),
                    ("pay_interestclaim", "Can pay an interest claim"),
                    ("drop_interestclaim", "Can drop an interest claim"),
                ],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["PROPOSED", "APPROVED", "PAID", "DECLINED", "DROPPED"])
                        ),
                        name="interestclaim_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__gt", 0),
                            ("computed__gte", 0),
                            ("last_day__gte", models.F("first_day")),
                        ),
                        name="interestclaim_of_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "PAID"), _negated=True),
                            models.Q(
                                ("paid_at__isnull", False),
                                models.Q(("paid_document", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="interestclaim_paid_is_proved",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["PROPOSED", "APPROVED"])),
                        fields=("settlement", "claimant"),
                        name="interestclaim_one_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BuyIn",
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
                    "settlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="settlements.settlement",
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                ("agreed", models.DecimalField(decimal_places=4, max_digits=24)),
                ("execute_by", models.DateField()),
                ("price", models.DecimalField(decimal_places=12, max_digits=28, null=True)),
                ("difference", models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ("currency", models.CharField(max_length=3)),
                ("document", models.CharField(blank=True, db_default="", max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("NOTIFIED", "Counterparty notified"),
                            ("EXECUTED", "Bought in"),
                            ("COMPENSATED", "Difference booked"),
                            ("ABANDONED", "Abandoned"),
                        ],
                        default="PROPOSED",
                        max_length=11,
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
                    ("propose_buyin", "Can propose a buy-in"),
                    ("notify_buyin", "Can notify a buy-in"),
                    ("execute_buyin", "Can execute a buy-in"),
                    ("compensate_buyin", "Can compensate a buy-in"),
                    ("abandon_buyin", "Can abandon a buy-in"),
                ],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["PROPOSED", "NOTIFIED", "EXECUTED", "COMPENSATED", "ABANDONED"],
                            )
                        ),
                        name="buyin_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0), ("agreed__gte", 0)),
                        name="buyin_of_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["EXECUTED", "COMPENSATED"]), _negated=True),
                            models.Q(
                                ("price__gt", 0),
                                ("difference__isnull", False),
                                models.Q(("document", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="buyin_executed_has_price",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state__in", ["ABANDONED", "COMPENSATED"]), _negated=True
                        ),
                        fields=("settlement",),
                        name="buyin_one_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PenaltyClassOf",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "instrument",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.instrument",
                    ),
                ),
                ("market", models.CharField(blank=True, db_default="", max_length=4)),
                ("instrument_kind", models.CharField(blank=True, db_default="", max_length=20)),
                (
                    "penalty_class",
                    models.CharField(
                        choices=[
                            ("LIQUID_SHARE", "LIQUID_SHARE"),
                            ("ILLIQUID_SHARE", "ILLIQUID_SHARE"),
                            ("GROWTH_MARKET_SHARE", "GROWTH_MARKET_SHARE"),
                            ("PUBLIC_DEBT", "PUBLIC_DEBT"),
                            ("OTHER_DEBT", "OTHER_DEBT"),
                            ("GROWTH_MARKET_DEBT", "GROWTH_MARKET_DEBT"),
                            ("OTHER", "OTHER"),
                        ],
                        max_length=20,
                    ),
                ),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                ("source", models.CharField(blank=True, db_default="", max_length=200)),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("instrument", "market", "instrument_kind", "valid_from"),
                        name="penaltyclassof_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="penaltyclassof_dated",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Penalty",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                    "settlement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="penalties",
                        to="settlements.settlement",
                    ),
                ),
                ("counted_on", models.DateField()),
                ("day", models.DateField()),
                ("days", models.SmallIntegerField(db_default=1)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("SEFP", "Settlement fail penalty"),
                            ("LMFP", "Late matching fail penalty"),
                        ],
                        max_length=4,
                    ),
                ),
                (
                    "payer",
                    models.CharField(
                        choices=[
                            ("OURS", "We pay"),
                            ("THEIRS", "The counterparty pays"),
                            ("UNKNOWN", "Nobody has said who fails"),
                        ],
                        max_length=7,
                    ),
                ),
                (
                    "scheme",
                    models.CharField(
                        choices=[
                            ("CSDR", "Cash penalties of CSDR"),
                            ("CCP", "Rules of the clearing house"),
                            ("CONTRACT", "Contract with the counterparty"),
                            ("NONE", "No penalties"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "lack",
                    models.CharField(
                        blank=True,
                        choices=[("SECURITIES", "Securities"), ("CASH", "Cash")],
                        db_default="",
                        max_length=10,
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                (
                    "price",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.price",
                    ),
                ),
                ("valued_with", models.CharField(blank=True, db_default="", max_length=80)),
                ("base", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                ("rate", models.DecimalField(decimal_places=12, max_digits=28, null=True)),
                (
                    "rule",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.datedrule",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ("currency", models.CharField(max_length=3)),
                ("reason", models.CharField(blank=True, db_default="", max_length=12)),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("LATE_ALLOCATION", "Allocated too late"),
                            ("WRONG_SSI", "Wrong settlement details"),
                            ("LATE_INSTRUCTION", "Released too late"),
                            ("HELD", "Held by us"),
                            ("STOPPED", "Stopped by a limit or by screening"),
                            ("INVENTORY", "Lack of securities"),
                            ("CASH", "Lack of cash"),
                            ("COUNTERPARTY", "Counterparty"),
                            ("PLACE", "Place of settlement"),
                            ("UNKNOWN", "Not known"),
                        ],
                        max_length=16,
                    ),
                ),
                ("step", models.CharField(blank=True, db_default="", max_length=40)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("ACTV", "Active"),
                            ("NCOM", "Not computed"),
                            ("REIC", "Counted again"),
                            ("REMO", "Removed"),
                            ("RLOC", "Allocated to another participant"),
                            ("SWIC", "Switched to the other side"),
                        ],
                        max_length=4,
                    ),
                ),
                ("version", models.SmallIntegerField()),
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
                "indexes": [
                    models.Index(
                        fields=["entity", "counted_on", "settlement"], name="penalty_by_day"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("settlement", "day", "kind", "payer", "version"),
                        name="penalty_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__isnull", True), ("amount__gte", 0), _connector="OR"
                        ),
                        name="penalty_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount__isnull", True), ("status", "NCOM")),
                            models.Q(("amount", 0), ("status", "REMO")),
                            models.Q(
                                ("amount__isnull", False),
                                ("status__in", ["ACTV", "REIC", "RLOC", "SWIC"]),
                            ),
                            _connector="OR",
                        ),
                        name="penalty_status_fits",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PenaltyStatement",
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
                    "place",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.place",
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
                            ("BOOKED", "Booked"),
                            ("DECLINED", "Declined"),
                            ("REPLACED", "Replaced"),
                        ],
                        default="RECEIVED",
                        max_length=10,
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
                "permissions": [
                    ("receive_penaltystatement", "Can bring a place's statement of penalties"),
                    ("book_penaltystatement", "Can book a place's statement of penalties"),
                    ("decline_penaltystatement", "Can decline a place's statement of penalties"),
                ],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["RECEIVED", "BOOKED", "DECLINED", "REPLACED"])
                        ),
                        name="penaltystatement_state_known",
                    ),
                    models.UniqueConstraint(
                        fields=("entity", "place", "month", "number"), name="penaltystatement_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "DECLINED"), _negated=True),
                        fields=("entity", "place", "month", "sha256"),
                        name="penaltystatement_same_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="penaltystatement_month_begins"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PenaltyLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="settlements.penaltystatement",
                    ),
                ),
                ("number", models.IntegerField()),
                ("their_ref", models.CharField(max_length=60)),
                (
                    "settlement",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="settlements.settlement",
                    ),
                ),
                ("day", models.DateField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("SEFP", "Settlement fail penalty"),
                            ("LMFP", "Late matching fail penalty"),
                        ],
                        max_length=4,
                    ),
                ),
                (
                    "payer",
                    models.CharField(
                        choices=[
                            ("OURS", "We pay"),
                            ("THEIRS", "The counterparty pays"),
                            ("UNKNOWN", "Nobody has said who fails"),
                        ],
                        max_length=7,
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                ("currency", models.CharField(max_length=3)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("ACTV", "Active"),
                            ("NCOM", "Not computed"),
                            ("REIC", "Counted again"),
                            ("REMO", "Removed"),
                            ("RLOC", "Allocated to another participant"),
                            ("SWIC", "Switched to the other side"),
                        ],
                        max_length=4,
                    ),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("statement", "number"), name="penaltyline_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__gte", 0),
                            ("status__in", ["ACTV", "NCOM", "REIC", "REMO", "RLOC", "SWIC"]),
                        ),
                        name="penaltyline_fits",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PenaltyBreak",
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
                    "place",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.place",
                    ),
                ),
                ("month", models.DateField()),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="breaks",
                        to="settlements.penaltystatement",
                    ),
                ),
                (
                    "settlement",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="settlements.settlement",
                    ),
                ),
                ("their_ref", models.CharField(blank=True, db_default="", max_length=60)),
                ("day", models.DateField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("SEFP", "Settlement fail penalty"),
                            ("LMFP", "Late matching fail penalty"),
                        ],
                        max_length=4,
                    ),
                ),
                (
                    "payer",
                    models.CharField(
                        choices=[
                            ("OURS", "We pay"),
                            ("THEIRS", "The counterparty pays"),
                            ("UNKNOWN", "Nobody has said who fails"),
                        ],
                        max_length=7,
                    ),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("NOT_OURS", "We have counted nothing"),
                            ("NOT_THEIRS", "The place has no line"),
                            ("AMOUNT", "Another amount"),
                            ("NOT_KNOWN", "The settlement is not known"),
                        ],
                        max_length=10,
                    ),
                ),
                ("ours", models.DecimalField(decimal_places=4, max_digits=24)),
                ("theirs", models.DecimalField(decimal_places=4, max_digits=24)),
                ("currency", models.CharField(max_length=3)),
                ("appeal_by", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "Open"),
                            ("APPEALED", "Appealed"),
                            ("ACCEPTED", "Accepted as the place says"),
                            ("WON", "The place agrees with us"),
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
            ],
            options={
                "permissions": [
                    ("appeal_penaltybreak", "Can appeal against a penalty of a place"),
                    ("accept_penaltybreak", "Can accept a penalty as its place says"),
                    ("win_penaltybreak", "Can record that the place agrees with our penalty"),
                ],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["OPEN", "APPEALED", "ACCEPTED", "WON", "VOID"])
                        ),
                        name="penaltybreak_state_known",
                    ),
                    models.UniqueConstraint(
                        fields=(
                            "entity",
                            "place",
                            "month",
                            "settlement",
                            "their_ref",
                            "day",
                            "kind",
                            "payer",
                            "currency",
                        ),
                        name="penaltybreak_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ours", models.F("theirs")), _negated=True),
                            ("state__in", ["ACCEPTED", "WON", "VOID"]),
                            _connector="OR",
                        ),
                        name="penaltybreak_differs",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VenueReversal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                    "deal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="venue_reversals",
                        to="deals.deal",
                    ),
                ),
                ("document", models.CharField(max_length=120)),
                ("reason", models.CharField(blank=True, db_default="", max_length=500)),
                (
                    "source",
                    models.CharField(
                        choices=[("REST", "Rest"), ("FILE", "File"), ("FORM", "Form")], max_length=4
                    ),
                ),
                ("late", models.BooleanField(db_default=False, default=False)),
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
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "permissions": [
                    ("receive_venuereversal", "Can bring a venue's report that reverses a deal")
                ],
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("deal", "document"), name="venuereversal_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="SettlementRun",
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
                    "place",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.place",
                    ),
                ),
                ("business_date", models.DateField()),
                (
                    "objective",
                    models.CharField(
                        choices=[
                            ("FIFO", "First in, first out"),
                            ("PRIORITY", "By priority"),
                            ("VALUE", "Most value"),
                            ("COUNT", "Most settlements"),
                            ("PENALTY", "Most penalties saved"),
                        ],
                        db_default="FIFO",
                        max_length=20,
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("SETTLE", "Our own books"),
                            ("RELEASE", "Outside places"),
                            ("BOTH", "Both"),
                        ],
                        db_default="BOTH",
                        default="BOTH",
                        max_length=8,
                    ),
                ),
                ("is_last", models.BooleanField(db_default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("QUEUED", "Queued"),
                            ("RUNNING", "Running"),
                            ("COMPLETED", "Completed"),
                            ("FAILED", "Failed"),
                        ],
                        default="QUEUED",
                        max_length=10,
                    ),
                ),
                ("decided", models.IntegerField(db_default=0)),
                ("settled", models.IntegerField(db_default=0)),
                ("sent", models.IntegerField(db_default=0)),
                ("left_out", models.IntegerField(db_default=0)),
                (
                    "requested_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "requested_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("finished_at", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True, db_default="")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["QUEUED", "RUNNING", "COMPLETED", "FAILED"])
                        ),
                        name="settlementrun_state_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "RUNNING")),
                        fields=("state",),
                        name="settlementrun_one_running",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("mode__in", ["SETTLE", "RELEASE", "BOTH"])),
                        name="settlementrun_mode_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RunCycle",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                    "place",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.place",
                    ),
                ),
                ("business_date", models.DateField()),
                ("due_at", models.DateTimeField()),
                ("rule", models.CharField(max_length=20)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cycles",
                        to="settlements.settlementrun",
                    ),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "default_permissions": (),
                "indexes": [models.Index(fields=["business_date"], name="runcycle_by_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("entity", "place", "business_date", "due_at"),
                        name="runcycle_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RunPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="settlements.settlementrun",
                    ),
                ),
                ("attempt", models.SmallIntegerField()),
                ("objective", models.JSONField(db_default=models.Value({}, models.JSONField()))),
                ("rule", models.CharField(blank=True, db_default="", max_length=20)),
                ("input_sha256", models.CharField(max_length=64)),
                ("found_sha256", models.CharField(max_length=64)),
                ("candidates", models.IntegerField(db_default=0)),
                ("chosen", models.IntegerField(db_default=0)),
                ("currency", models.CharField(blank=True, db_default="", max_length=3)),
                ("value", models.DecimalField(decimal_places=4, max_digits=28)),
                ("fifo_value", models.DecimalField(decimal_places=4, max_digits=28)),
                ("fifo_chosen", models.IntegerField(db_default=0)),
                ("netting_value", models.DecimalField(decimal_places=4, max_digits=28)),
                ("bound", models.DecimalField(decimal_places=4, max_digits=28)),
                ("gap", models.FloatField(db_default=0)),
                ("score", models.JSONField(db_default=models.Value([], models.JSONField()))),
                ("bounds", models.JSONField(db_default=models.Value([], models.JSONField()))),
                ("prices", models.JSONField(db_default=models.Value([], models.JSONField()))),
                ("borrow", models.JSONField(db_default=models.Value([], models.JSONField()))),
                ("last_places", models.JSONField(db_default=models.Value([], models.JSONField()))),
                ("phases", models.JSONField(db_default=models.Value([], models.JSONField()))),
                ("struck", models.IntegerField(db_default=0)),
                ("unvalued", models.IntegerField(db_default=0)),
                ("seconds", models.FloatField(db_default=0)),
                ("decided_at", models.DateTimeField()),
                ("written_at", models.DateTimeField(null=True)),
                ("told_up_to", models.BigIntegerField(db_default=0)),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("run", "attempt"), name="runplan_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="RunShard",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shards",
                        to="settlements.settlementrun",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shards",
                        to="settlements.runplan",
                    ),
                ),
                ("number", models.IntegerField()),
                ("wave", models.IntegerField(db_default=0)),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[("SETTLE", "Settle"), ("SEND", "Send")],
                        db_default="",
                        max_length=8,
                    ),
                ),
                ("planned", models.IntegerField(db_default=0)),
                ("rows", models.IntegerField(db_default=0)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("WHOLE", "As planned"),
                            ("REDECIDED", "Decided again"),
                            ("NOTHING", "Nothing"),
                        ],
                        db_default="",
                        max_length=10,
                    ),
                ),
                ("tries", models.SmallIntegerField(db_default=0)),
                ("error", models.CharField(blank=True, db_default="", max_length=500)),
                ("done_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at__isnull", True)),
                        fields=["plan", "wave"],
                        name="runshard_undone",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "plan", "number"), name="runshard_once", nulls_distinct=False
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RunBudget",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "shard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="budgets",
                        to="settlements.runshard",
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
                    "place",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.place",
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
                ("quantity", models.DecimalField(decimal_places=8, max_digits=32)),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("shard", "entity", "owner", "place", "asset"), name="runbudget_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="runbudget_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RunDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="settlements.settlementrun",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="settlements.runplan",
                    ),
                ),
                (
                    "settlement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="settlements.settlement",
                    ),
                ),
                ("shard", models.IntegerField(null=True)),
                ("position", models.IntegerField()),
                ("outcome", models.CharField(max_length=8)),
                ("reason", models.CharField(blank=True, db_default="", max_length=12)),
                ("part", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                ("value", models.DecimalField(decimal_places=4, max_digits=28, null=True)),
                ("facts", models.JSONField(db_default=models.Value({}, models.JSONField()))),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["run", "plan", "shard", "position"], name="rundecision_of_shard"
                    ),
                    models.Index(fields=["settlement", "run"], name="rundecision_of_settlement"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "plan", "settlement"),
                        name="rundecision_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RunExplanation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="explanations",
                        to="settlements.runplan",
                    ),
                ),
                (
                    "settlement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="settlements.settlement",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("STOPPED", "What stops it"),
                            ("SHORTAGE", "What is short"),
                            ("CHAIN", "Whom it waits for"),
                            ("NEVER", "It cannot settle"),
                            ("REMEDY", "What would let it settle"),
                            ("DISPLACEMENT", "What it would push out"),
                            ("MARGINAL", "What one unit more is worth"),
                            ("DROPPED", "Chosen, and dropped when it was written"),
                        ],
                        max_length=12,
                    ),
                ),
                ("facts", models.JSONField(db_default=models.Value({}, models.JSONField()))),
                ("is_proved", models.BooleanField(db_default=True)),
                (
                    "computed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["settlement", "plan"], name="runexplanation_of_settlement")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("plan", "settlement", "kind"), name="runexplanation_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "STOPPED",
                                    "SHORTAGE",
                                    "CHAIN",
                                    "NEVER",
                                    "REMEDY",
                                    "DISPLACEMENT",
                                    "MARGINAL",
                                    "DROPPED",
                                ],
                            )
                        ),
                        name="runexplanation_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RunComparison",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comparisons",
                        to="settlements.runplan",
                    ),
                ),
                (
                    "settlement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="settlements.settlement",
                    ),
                ),
                ("expected", models.CharField(blank=True, db_default="", max_length=8)),
                (
                    "became",
                    models.CharField(
                        choices=[
                            ("SETTLED", "Settled on its day"),
                            ("PARTIAL", "Settled in part on its day"),
                            ("LATE", "Settled later"),
                            ("OPEN", "Not settled"),
                            ("REJECTED", "Rejected by its place"),
                            ("CANCELLED", "Cancelled before it settled"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, db_default="", max_length=12)),
                ("compared_on", models.DateField()),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "default_permissions": (),
                "indexes": [models.Index(fields=["compared_on"], name="runcomparison_by_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("plan", "settlement"), name="runcomparison_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "became__in",
                                ["SETTLED", "PARTIAL", "LATE", "OPEN", "REJECTED", "CANCELLED"],
                            )
                        ),
                        name="runcomparison_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RunQueue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "plan",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="queue",
                        to="settlements.runplan",
                    ),
                ),
                ("body", models.BinaryField()),
                ("explained_at", models.DateTimeField(null=True)),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("explained_at__isnull", True)),
                        fields=["plan"],
                        name="runqueue_to_explain",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="settlementrun",
            name="plan",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="written_by",
                to="settlements.runplan",
            ),
        ),
        migrations.RunSQL(SQL),
    ]
