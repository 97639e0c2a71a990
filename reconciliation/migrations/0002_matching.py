"""What is matched and what differs: the rows, and what the database asks of them."""

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
        ("ledger", "0004_write_offs"),
        ("reconciliation", "0001_tables"),
        ("refdata", "0001_tables"),
        ("settlements", "0002_uses"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("since", models.DateField()),
                ("until", models.DateField(null=True)),
                ("horizon", models.BigIntegerField(db_default=0)),
                ("looked_at", models.DateTimeField(null=True)),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.asset",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.place",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ReconciledNostro",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "nostro",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reconciled",
                        to="refdata.nostroaccount",
                    ),
                ),
                (
                    "reconciliation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="nostros",
                        to="reconciliation.reconciliation",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Match",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("REVERSAL", "One takes the other back"),
                            ("REFERENCE", "Same reference and amount"),
                            ("TWINS", "Same reference and amount, as many on both sides"),
                            ("COMMON", "Several with one reference, same sum"),
                            ("PARTY", "Same amount and party, no other fits"),
                            ("DAY", "Same amount and day, no other fits"),
                            ("WINDOW", "Same amount, some days apart, no other fits"),
                            ("SUM", "Several of one party, the only ones with that sum"),
                            ("PERSON", "Matched by a person"),
                            ("REMEDY", "The difference is booked"),
                        ],
                        max_length=9,
                    ),
                ),
                ("facts", models.JSONField(db_default=models.Value({}, models.JSONField()))),
                (
                    "matched_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_reason", models.CharField(blank=True, db_default="", max_length=500)),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.entity",
                    ),
                ),
                (
                    "matched_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reconciliation",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="matches",
                        to="reconciliation.reconciliation",
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("run_reconciliation", "Can have statements held against the books"),
                    ("view_match", "Can see what is matched and what differs"),
                    ("make_match", "Can match lines of statements with entries"),
                    ("undo_match", "Can undo a match"),
                ],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Break",
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
                            ("BANK", "On the statement, not in our books"),
                            ("BOOKS", "In our books, not on the statement"),
                            ("AMOUNT", "Another amount"),
                            ("OPENING", "Our books begin with another balance"),
                            ("BALANCE", "The statement does not balance"),
                            ("GAP", "The statement does not continue the one before"),
                            ("MISSING", "No statement of the day"),
                            ("POSITION", "The place states another quantity"),
                        ],
                        max_length=8,
                    ),
                ),
                ("key", models.CharField(max_length=160, unique=True)),
                ("day", models.DateField()),
                ("theirs", models.DecimalField(db_default=0, decimal_places=8, max_digits=28)),
                ("ours", models.DecimalField(db_default=0, decimal_places=8, max_digits=28)),
                ("why", models.CharField(blank=True, db_default="", max_length=9)),
                ("held", models.BooleanField(db_default=False)),
                ("pattern", models.CharField(blank=True, db_default="", max_length=64)),
                ("facts", models.JSONField(db_default=models.Value({}, models.JSONField()))),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "Open"),
                            ("EXPLAINED", "Explained"),
                            ("CHASED", "Chased"),
                            ("PROPOSED", "Proposed"),
                            ("CLOSED", "Closed"),
                        ],
                        default="OPEN",
                        max_length=9,
                    ),
                ),
                ("reason", models.CharField(blank=True, db_default="", max_length=500)),
                ("chase_on", models.DateField(null=True)),
                (
                    "remedy",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("FEE", "Book as a fee"),
                            ("INTEREST", "Book as interest"),
                            ("WRITE_OFF", "Write off"),
                            ("EVIDENCE", "Take as evidence of a settlement"),
                        ],
                        db_default="",
                        max_length=9,
                    ),
                ),
                (
                    "opened_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.ledgeraccount",
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
                    "entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.entity",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.journalentry",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reconciliation.statementline",
                    ),
                ),
                (
                    "nostro",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.nostroaccount",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "settlement",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="settlements.settlement",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reconciliation.statement",
                    ),
                ),
                (
                    "reconciliation",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="breaks",
                        to="reconciliation.reconciliation",
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("explain_break", "Can say why something differs from a statement"),
                    ("chase_break", "Can note that somebody was asked about a difference"),
                    ("propose_break", "Can propose what is booked for a difference"),
                    ("accept_break", "Can accept what is booked for a difference"),
                    ("decline_break", "Can decline what is booked for a difference"),
                    ("own_break", "Can take over a difference"),
                ],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="MatchItem",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "match_id",
                        "number",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("number", models.SmallIntegerField()),
                ("line_amount", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                ("entry_amount", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                ("is_active", models.BooleanField(db_default=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.ledgeraccount",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.journalentry",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reconciliation.statementline",
                    ),
                ),
                (
                    "match",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="reconciliation.match",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_active", True), ("line__isnull", False)),
                        fields=("line",),
                        name="matchitem_line_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("entry__isnull", False), ("is_active", True)),
                        fields=("entry", "account"),
                        name="matchitem_entry_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("line__isnull", False), ("line_amount__isnull", False)),
                            models.Q(
                                ("entry__isnull", False),
                                ("line__isnull", True),
                                ("line_amount__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="matchitem_line_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("account__isnull", False),
                                ("entry__isnull", False),
                                ("entry_amount__isnull", False),
                            ),
                            models.Q(
                                ("account__isnull", True),
                                ("entry__isnull", True),
                                ("entry_amount__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="matchitem_entry_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("line__isnull", True),
                            ("entry__isnull", True),
                            ("line_amount", models.F("entry_amount")),
                            _connector="OR",
                        ),
                        name="matchitem_pair_agrees",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReconciledAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.ledgeraccount",
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
                    "reconciliation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to="reconciliation.reconciliation",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "asset"), name="reconciledaccount_once"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("undone_at__isnull", True), ("undone_by__isnull", True)),
                    models.Q(
                        ("undone_at__isnull", False),
                        ("undone_by__isnull", False),
                        models.Q(("undone_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="match_undone_by_somebody",
            ),
        ),
        migrations.AddIndex(
            model_name="break",
            index=models.Index(
                condition=models.Q(("state", "CLOSED"), _negated=True),
                fields=["reconciliation", "id"],
                name="break_live",
            ),
        ),
        migrations.AddIndex(
            model_name="break",
            index=models.Index(
                condition=models.Q(("remedy", ""), _negated=True),
                fields=["pattern", "id"],
                name="break_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="break",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["OPEN", "EXPLAINED", "CHASED", "PROPOSED", "CLOSED"])
                ),
                name="break_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="break",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "BANK",
                            "BOOKS",
                            "AMOUNT",
                            "OPENING",
                            "BALANCE",
                            "GAP",
                            "MISSING",
                            "POSITION",
                        ],
                    )
                ),
                name="break_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="break",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("remedy__in", ["", "FEE", "INTEREST", "WRITE_OFF", "EVIDENCE"])
                ),
                name="break_remedy_known",
            ),
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
