"""Accounts, entries, postings, lots and valuations: the only place where balances live."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import backoffice.events.functions

SQL = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("ledger", "0001_initial"),
        ("ledger", "0002_posting"),
        ("ledger", "0003_lots"),
        ("ledger", "0004_lot_facts"),
        ("ledger", "0005_nights"),
        ("ledger", "0006_valuation_facts"),
        ("ledger", "0007_stage_label"),
        ("ledger", "0008_valued_by"),
        ("ledger", "0009_interest"),
        ("ledger", "0010_tax_withheld"),
        ("ledger", "0011_guard"),
        ("ledger", "0012_guarding"),
        ("ledger", "0013_credit_lines"),
        ("ledger", "0014_netting_accounts"),
        ("ledger", "0015_conversion_accounts"),
        ("ledger", "0016_penalties"),
    ]

    dependencies = [
        ("events", "0001_tables"),
        ("refdata", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="LotPool",
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
                (
                    "account",
                    models.CharField(
                        choices=[("GENERAL", "General"), ("IIS", "Individual investment account")],
                        max_length=7,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("entity", "owner", "asset", "account"), name="lotpool_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LotChange",
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
                    "pool",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="ledger.lotpool",
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
                ("incoming", models.BooleanField()),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                ("gross", models.DecimalField(decimal_places=4, max_digits=24)),
                ("fee", models.DecimalField(db_default=0, decimal_places=4, max_digits=24)),
                ("currency", models.CharField(max_length=3)),
                ("trade_date", models.DateField()),
                ("executed_at", models.DateTimeField()),
                ("sequence", models.BigIntegerField()),
                ("source_type", models.CharField(max_length=30)),
                ("source_id", models.BigIntegerField()),
                ("part", models.SmallIntegerField(db_default=0)),
                (
                    "reverses",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.lotchange",
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
                "indexes": [
                    models.Index(
                        condition=models.Q(("reverses__isnull", True)),
                        fields=["pool", "trade_date", "executed_at", "sequence", "id"],
                        name="lotchange_in_order",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("reverses__isnull", True)),
                        fields=("entity", "source_type", "source_id", "part"),
                        name="lotchange_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("reverses__isnull", False)),
                        fields=("reverses",),
                        name="lotchange_reversed_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0), ("gross__gte", 0), ("fee__gte", 0)),
                        name="lotchange_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DaySchedule",
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
                        related_name="day_schedules",
                        to="refdata.entity",
                    ),
                ),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.calendar",
                    ),
                ),
                ("timezone", models.CharField(max_length=40)),
                ("cut_off", models.TimeField()),
                ("final_after", models.DurationField()),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("entity", "valid_from"), name="dayschedule_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="dayschedule_dated",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BusinessDay",
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
                        related_name="business_days",
                        to="refdata.entity",
                    ),
                ),
                ("day", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "Open"),
                            ("CLOSING", "Closing"),
                            ("CLOSED", "Closed"),
                            ("SIGNED_OFF", "Signed off"),
                        ],
                        default="OPEN",
                        max_length=10,
                    ),
                ),
                ("cut_off_at", models.DateTimeField(null=True)),
                ("final_from_at", models.DateTimeField(null=True)),
                ("sealed_number", models.BigIntegerField(null=True)),
                ("sealed_hash", models.CharField(blank=True, db_default="", max_length=64)),
            ],
            options={
                "permissions": [
                    ("view_close", "Can see how days are closed"),
                    ("sign_off_businessday", "Can sign off a closed day"),
                    ("restart_nightstep", "Can restart a step of the night"),
                    ("explain_openpoint", "Can explain what is open at the close"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("entity", "day"), name="businessday_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["OPEN", "CLOSING", "CLOSED", "SIGNED_OFF"])
                        ),
                        name="businessday_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["CLOSED", "SIGNED_OFF"]), _negated=True),
                            ("sealed_number__isnull", False),
                            _connector="OR",
                        ),
                        name="businessday_closed_is_sealed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Night",
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
                    "day",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="nights",
                        to="ledger.businessday",
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[("FLASH", "Flash: provisional"), ("FINAL", "Final")], max_length=5
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("RUNNING", "Running"),
                            ("BROKEN", "Broken off"),
                            ("COMPLETED", "Completed"),
                        ],
                        default="RUNNING",
                        max_length=10,
                    ),
                ),
                (
                    "started_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("day", "stage"), name="night_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["RUNNING", "BROKEN", "COMPLETED"])),
                        name="night_state_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NightStep",
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
                    "night",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="ledger.night",
                    ),
                ),
                ("name", models.CharField(max_length=30)),
                ("position", models.SmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PENDING", "Pending"),
                            ("RUNNING", "Running"),
                            ("DONE", "Done"),
                            ("FAILED", "Failed"),
                        ],
                        default="PENDING",
                        max_length=10,
                    ),
                ),
                ("attempts", models.SmallIntegerField(db_default=0)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "facts",
                    models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
                ),
                ("log", models.TextField(blank=True, db_default="", default="")),
                ("error", models.TextField(blank=True, db_default="", default="")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("night", "name"), name="nightstep_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["PENDING", "RUNNING", "DONE", "FAILED"])),
                        name="nightstep_state_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OpenPoint",
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
                    "day",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="open_points",
                        to="ledger.businessday",
                    ),
                ),
                ("kind", models.CharField(max_length=30)),
                ("key", models.CharField(max_length=120)),
                ("count", models.IntegerField()),
                ("amount", models.DecimalField(decimal_places=4, max_digits=32, null=True)),
                ("currency", models.CharField(blank=True, db_default="", default="", max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[("OPEN", "Open"), ("EXPLAINED", "Explained"), ("GONE", "Gone")],
                        default="OPEN",
                        max_length=10,
                    ),
                ),
                (
                    "explanation",
                    models.CharField(blank=True, db_default="", default="", max_length=500),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("day", "kind", "key", "currency"), name="openpoint_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["OPEN", "EXPLAINED", "GONE"])),
                        name="openpoint_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "EXPLAINED"), _negated=True),
                            models.Q(("explanation", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="openpoint_explained_in_words",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Valuation",
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
                    "night",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="valuations",
                        to="ledger.night",
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
                    "asset",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.asset",
                    ),
                ),
                ("settled", models.DecimalField(decimal_places=8, max_digits=32)),
                ("unsettled", models.DecimalField(decimal_places=8, max_digits=32)),
                ("price", models.DecimalField(decimal_places=12, max_digits=28, null=True)),
                ("price_date", models.DateField(null=True)),
                ("price_source", models.CharField(blank=True, db_default="", max_length=40)),
                ("price_stale", models.BooleanField(db_default=False)),
                ("currency", models.CharField(blank=True, db_default="", max_length=3)),
                ("value", models.DecimalField(decimal_places=4, max_digits=32, null=True)),
                ("rate", models.DecimalField(decimal_places=12, max_digits=28, null=True)),
                ("rate_date", models.DateField(null=True)),
                ("rate_names", models.CharField(blank=True, db_default="", max_length=60)),
                ("rate_stale", models.BooleanField(db_default=False)),
                ("base_value", models.DecimalField(decimal_places=4, max_digits=32, null=True)),
                ("base_currency", models.CharField(max_length=3)),
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
                "indexes": [models.Index(fields=["entity", "-id"], name="valuation_of_entity")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("night", "owner", "asset"), name="valuation_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("price__isnull", False), ("value__isnull", False)),
                            models.Q(("price__isnull", True), ("value__isnull", True)),
                            _connector="OR",
                        ),
                        name="valuation_priced_or_not",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerAccount",
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
                        related_name="ledger_accounts",
                        to="refdata.entity",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("HOLDING", "Securities held at a place"),
                            ("CASH", "Money at a place"),
                            ("SETTLEMENT", "Settlements with a counterparty"),
                            ("NETTING", "Netting between members and their net"),
                            ("CONVERSION", "Securities that become others"),
                            ("INCOME", "Income of securities, claimed and paid on"),
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
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
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
                (
                    "counterparty",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
                (
                    "book",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.book",
                    ),
                ),
                ("guarded", models.BooleanField(db_default=False, editable=False)),
            ],
            options={
                "permissions": [("view_ledger", "Can read the ledger")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("entity", "kind", "owner", "place", "counterparty", "book"),
                        name="ledgeraccount_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="JournalEntry",
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
                ("kind", models.CharField(max_length=40)),
                ("source_type", models.CharField(max_length=30)),
                ("source_id", models.BigIntegerField()),
                ("part", models.SmallIntegerField(db_default=0)),
                ("effective_date", models.DateField()),
                ("unconfirmed", models.BooleanField(db_default=False)),
                (
                    "reverses",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="ledger.journalentry",
                    ),
                ),
                ("reason", models.CharField(blank=True, db_default="", max_length=500)),
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
                        fields=("entity", "source_type", "source_id", "kind", "part"),
                        name="journalentry_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="postings",
                        to="ledger.journalentry",
                    ),
                ),
                (
                    "debit_account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.ledgeraccount",
                    ),
                ),
                (
                    "credit_account",
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
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                ("effective_date", models.DateField()),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
                ("recorded_month", models.DateField()),
            ],
            options={
                "db_table": "ledger_posting",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Movement",
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
                ("effective_date", models.DateField()),
                ("known_day", models.DateField()),
                ("amount", models.DecimalField(decimal_places=8, max_digits=32)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "asset", "effective_date", "known_day"),
                        include=("amount",),
                        name="movement_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Fold",
            fields=[
                ("single", models.BooleanField(default=True, primary_key=True, serialize=False)),
                ("horizon", models.BigIntegerField(db_default=0)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("single", True)), name="fold_is_one_row"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Holding",
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
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("account", "asset"), name="holding_once")
                ],
            },
        ),
        migrations.RunSQL(SQL),
    ]
