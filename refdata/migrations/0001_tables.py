"""Parties, instruments, calendars, places, prices; dated rules; custody; sanctions."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import backoffice.events.functions

SQL = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("refdata", "0001_initial"),
        ("refdata", "0002_facts"),
        ("refdata", "0003_currency_pairs"),
        ("refdata", "0004_known_markets"),
        ("refdata", "0005_directories"),
        ("refdata", "0006_more_facts"),
        ("refdata", "0007_call_backs"),
        ("refdata", "0008_known_before"),
        ("refdata", "0009_kept_details"),
        ("refdata", "0010_scopes_bump"),
        ("refdata", "0011_party_under_sanctions"),
        ("refdata", "0012_dated_rules"),
        ("refdata", "0013_rule_facts"),
        ("refdata", "0014_proposals"),
        ("refdata", "0015_kept_proposals"),
        ("refdata", "0016_firm_profiles"),
        ("refdata", "0017_profile_facts"),
        ("refdata", "0018_source_bumps"),
        ("refdata", "0019_groups_and_issuers"),
        ("refdata", "0020_netting_agreements"),
        ("refdata", "0021_bonds"),
        ("refdata", "0022_screening"),
        ("refdata", "0023_screening_facts"),
        ("refdata", "0024_individual_details"),
        ("refdata", "0025_agreements"),
        ("refdata", "0026_register"),
        ("refdata", "0027_netting_by_agreement"),
        ("refdata", "0028_account_purposes"),
        ("refdata", "0029_custody"),
        ("refdata", "0030_custody_kept"),
        ("refdata", "0031_payment_netting"),
        ("refdata", "0032_investment_accounts"),
    ]

    dependencies = [
        ("access", "0001_tables"),
        ("events", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Calendar",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=20, unique=True)),
                ("name", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[("WORKING", "Working"), ("SESSION", "Session")], max_length=8
                    ),
                ),
                ("timezone", models.CharField(db_default="UTC", default="UTC", max_length=40)),
                ("listed_from", models.DateField(blank=True, null=True)),
                ("listed_until", models.DateField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="days",
                        to="refdata.calendar",
                    ),
                ),
                ("day", models.DateField()),
                ("is_open", models.BooleanField()),
                ("trade_date", models.DateField(blank=True, null=True)),
                ("opens_at", models.DateTimeField(blank=True, null=True)),
                ("closes_at", models.DateTimeField(blank=True, null=True)),
                ("note", models.CharField(blank=True, db_default="", max_length=200)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("calendar", "day"), name="calendarday_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="SettlementCycle",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("market", models.CharField(max_length=4)),
                ("instrument_kind", models.CharField(blank=True, db_default="", max_length=20)),
                ("days", models.SmallIntegerField()),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.calendar",
                    ),
                ),
                (
                    "session_calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.calendar",
                    ),
                ),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                ("source", models.CharField(blank=True, db_default="", max_length=200)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("market", "instrument_kind", "valid_from"),
                        name="settlementcycle_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="settlementcycle_dated",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PartyGroup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("name_ru", models.CharField(blank=True, db_default="", max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="Party",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("name_ru", models.CharField(blank=True, db_default="", max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[("ORGANISATION", "Organisation"), ("INDIVIDUAL", "Individual")],
                        default="ORGANISATION",
                        max_length=12,
                    ),
                ),
                (
                    "roles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                    ),
                ),
                ("country", models.CharField(blank=True, db_default="", max_length=2)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("ACTIVE", "Active"),
                            ("BLOCKED", "Blocked"),
                            ("SANCTIONED", "Under sanctions"),
                        ],
                        default="ACTIVE",
                        max_length=10,
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="refdata.partygroup",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "parties",
                "permissions": [("view_refdata", "Can read the reference data")],
            },
        ),
        migrations.CreateModel(
            name="PartyIdentifier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identifiers",
                        to="refdata.party",
                    ),
                ),
                ("scheme", models.CharField(max_length=8)),
                ("value", models.CharField(max_length=40)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("scheme", "value"), name="partyidentifier_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Entity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=20, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("name_ru", models.CharField(blank=True, db_default="", max_length=200)),
                (
                    "own_party",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="own_entity",
                        to="refdata.party",
                    ),
                ),
                ("jurisdiction", models.CharField(max_length=2)),
                ("base_currency", models.CharField(max_length=3)),
            ],
            options={
                "verbose_name_plural": "entities",
            },
        ),
        migrations.CreateModel(
            name="Book",
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
                        related_name="books",
                        to="refdata.entity",
                    ),
                ),
                ("code", models.CharField(max_length=20, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("purpose", models.CharField(blank=True, db_default="", max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="BookScope",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="book_scopes",
                        to=settings.AUTH_USER_MODEL,
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
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.book",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "entity", "book"),
                        name="bookscope_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Place",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=20, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("name_ru", models.CharField(blank=True, db_default="", max_length=120)),
                (
                    "finality",
                    models.CharField(
                        choices=[("INTERNAL", "Internal"), ("EXTERNAL", "External")], max_length=8
                    ),
                ),
                (
                    "matching",
                    models.CharField(
                        choices=[("AUTO", "Auto"), ("PERSON", "Person"), ("MESSAGE", "Message")],
                        max_length=8,
                    ),
                ),
                ("bic", models.CharField(blank=True, db_default="", max_length=11)),
                ("bik", models.CharField(blank=True, db_default="", max_length=9)),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.calendar",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("bik", ""), ("bik__regex", "^[0-9]{9}$"), _connector="OR"
                        ),
                        name="place_bik_shape",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DepositoryAccount",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="depository_accounts",
                        to="refdata.place",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("OWN", "Own"),
                            ("CLIENT_SEGREGATED", "One client's"),
                            ("IIS", "One client's individual investment account"),
                            ("CLIENT_OMNIBUS", "Several clients'"),
                            ("COLLATERAL", "Collateral"),
                            ("BLOCKED", "Blocked"),
                        ],
                        max_length=20,
                    ),
                ),
                ("number", models.CharField(max_length=40)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("place", "number"), name="depositoryaccount_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "OWN",
                                    "CLIENT_SEGREGATED",
                                    "IIS",
                                    "CLIENT_OMNIBUS",
                                    "COLLATERAL",
                                    "BLOCKED",
                                ],
                            )
                        ),
                        name="depositoryaccount_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NostroAccount",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="nostro_accounts",
                        to="refdata.place",
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
                ("currency", models.CharField(max_length=3)),
                ("number", models.CharField(max_length=40)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("OWN", "Own"),
                            ("CLIENT_SEGREGATED", "One client's"),
                            ("IIS", "One client's individual investment account"),
                            ("CLIENT_OMNIBUS", "Several clients'"),
                            ("COLLATERAL", "Collateral"),
                            ("BLOCKED", "Blocked"),
                        ],
                        db_default="OWN",
                        default="OWN",
                        max_length=20,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("place", "number", "currency"), name="nostroaccount_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "OWN",
                                    "CLIENT_SEGREGATED",
                                    "IIS",
                                    "CLIENT_OMNIBUS",
                                    "COLLATERAL",
                                    "BLOCKED",
                                ],
                            )
                        ),
                        name="nostroaccount_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StandingInstruction",
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
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standing_instructions",
                        to="refdata.party",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        blank=True,
                        null=True,
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
                ("currency", models.CharField(blank=True, db_default="", max_length=3)),
                ("instrument_kind", models.CharField(blank=True, db_default="", max_length=20)),
                ("market", models.CharField(blank=True, db_default="", max_length=4)),
                ("depository_account", models.CharField(max_length=40)),
                ("cash_account", models.CharField(max_length=40)),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("APPROVED", "Approved"),
                            ("REVOKED", "Revoked"),
                        ],
                        default="PROPOSED",
                        max_length=8,
                    ),
                ),
                ("revoked_date", models.DateField(blank=True, null=True)),
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
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("propose_ssi", "Can propose an SSI"),
                    ("approve_ssi", "Can approve an SSI"),
                    ("revoke_ssi", "Can revoke an SSI"),
                    ("call_back_ssi", "Can call a counterparty back about an SSI"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["PROPOSED", "APPROVED", "REVOKED"])),
                        name="ssi_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by__isnull", True),
                            models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="ssi_approved_by_other_eyes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "APPROVED"), _negated=True),
                            ("approved_by__isnull", False),
                            _connector="OR",
                        ),
                        name="ssi_approved_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="ssi_dated",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AgreementSeries",
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
                ("year", models.IntegerField()),
                ("last", models.IntegerField()),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("entity", "year"), name="agreementseries_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Agreement",
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
                        related_name="agreements",
                        to="refdata.entity",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agreements",
                        to="refdata.party",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("ISDA", "ISDA master agreement"),
                            ("RISDA", "Russian master agreement on derivatives (RISDA)"),
                            ("GMRA", "GMRA (repo)"),
                            ("RU_REPO", "Russian master agreement on repo"),
                            ("GMSLA", "GMSLA (securities lending)"),
                            ("GENERAL", "General agreement on currency and money market deals"),
                            ("LOAN", "Agreement on loans or deposits"),
                            ("BROKERAGE", "Brokerage agreement"),
                            ("CUSTODY", "Custody agreement"),
                            ("CCP", "Clearing agreement"),
                            ("PURCHASE", "Purchase contract"),
                            ("OTHER", "Another contract"),
                        ],
                        max_length=10,
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=64)),
                ("signed_on", models.DateField()),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                ("governing_law", models.CharField(blank=True, db_default="", max_length=60)),
                (
                    "products",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "currencies",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=3),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                    ),
                ),
                ("netting", models.BooleanField(db_default=False, default=False)),
                ("netting_opinion", models.CharField(blank=True, db_default="", max_length=200)),
                ("netting_until", models.DateField(blank=True, null=True)),
                ("payment_netting", models.BooleanField(db_default=False, default=False)),
                ("document", models.CharField(blank=True, db_default="", max_length=200)),
                ("year", models.IntegerField(editable=False, null=True)),
                ("serial", models.IntegerField(editable=False, null=True)),
            ],
            options={
                "permissions": [("issue_agreement", "Can issue the sheet of an agreement")],
                "default_permissions": ("view",),
                "indexes": [models.Index(fields=["entity", "id"], name="agreement_by_entity")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("entity", "party", "number"), name="agreement_once"
                    ),
                    models.UniqueConstraint(
                        fields=("entity", "year", "serial"), name="agreement_numbered_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("serial__isnull", True), ("year__isnull", True)),
                            models.Q(("serial__isnull", False), ("year__isnull", False)),
                            _connector="OR",
                        ),
                        name="agreement_in_a_series",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="agreement_dated",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("netting", False),
                            models.Q(("netting_opinion", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="agreement_netting_by_opinion",
                        violation_error_message="Netting counts only by a legal opinion: name it, its author and its date.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Asset",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("CURRENCY", "Currency"), ("SECURITY", "Security")], max_length=8
                    ),
                ),
                ("code", models.CharField(max_length=20, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("name_ru", models.CharField(blank=True, db_default="", max_length=200)),
                ("decimals", models.SmallIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Currency",
            fields=[
                (
                    "asset",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="currency",
                        serialize=False,
                        to="refdata.asset",
                    ),
                ),
                ("code", models.CharField(max_length=3, unique=True)),
                ("numeric", models.CharField(blank=True, db_default="", max_length=3)),
                ("minor_unit", models.SmallIntegerField()),
                ("withdrawn_date", models.DateField(blank=True, null=True)),
            ],
            options={
                "verbose_name_plural": "currencies",
            },
        ),
        migrations.CreateModel(
            name="CurrencyIdentifier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "currency",
                    models.ForeignKey(
                        db_column="currency",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identifiers",
                        to="refdata.currency",
                        to_field="code",
                    ),
                ),
                ("scheme", models.CharField(max_length=8)),
                ("value", models.CharField(max_length=20)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("scheme", "value"), name="currencyidentifier_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CurrencyCalendar",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "currency",
                    models.ForeignKey(
                        db_column="currency",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calendars",
                        to="refdata.currency",
                        to_field="code",
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
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                ("source", models.CharField(blank=True, db_default="", max_length=200)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("currency", "valid_from"), name="currencycalendar_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="currencycalendar_dated",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CurrencyPair",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "base",
                    models.ForeignKey(
                        db_column="base",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.currency",
                        to_field="code",
                    ),
                ),
                (
                    "quote",
                    models.ForeignKey(
                        db_column="quote",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.currency",
                        to_field="code",
                    ),
                ),
                ("spot_days", models.SmallIntegerField()),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                ("source", models.CharField(blank=True, db_default="", max_length=200)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.comparison.Least("base", "quote"),
                        django.db.models.functions.comparison.Greatest("base", "quote"),
                        models.F("valid_from"),
                        name="currencypair_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("base", models.F("quote")), _negated=True),
                        name="currencypair_of_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("spot_days__gte", 0), ("spot_days__lte", 5)),
                        name="currencypair_spot_days",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="currencypair_dated",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Instrument",
            fields=[
                (
                    "asset",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="instrument",
                        serialize=False,
                        to="refdata.asset",
                    ),
                ),
                ("isin", models.CharField(max_length=12, null=True, unique=True)),
                ("ticker", models.CharField(blank=True, db_default="", max_length=20)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("SHARE", "Share"),
                            ("DEPOSITARY_RECEIPT", "Depositary Receipt"),
                            ("FUND", "Fund"),
                            ("BOND", "Bond"),
                        ],
                        max_length=20,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("market", models.CharField(max_length=4)),
                ("lot_size", models.IntegerField(default=1)),
                (
                    "nominal",
                    models.DecimalField(blank=True, decimal_places=12, max_digits=28, null=True),
                ),
                ("nominal_currency", models.CharField(blank=True, db_default="", max_length=3)),
                ("issue_size", models.BigIntegerField(blank=True, null=True)),
                ("registration_number", models.CharField(blank=True, db_default="", max_length=40)),
                ("status", models.CharField(db_default="ACTIVE", default="ACTIVE", max_length=10)),
                (
                    "issuer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="InstrumentIdentifier",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identifiers",
                        to="refdata.instrument",
                    ),
                ),
                ("scheme", models.CharField(max_length=12)),
                ("value", models.CharField(max_length=40)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("scheme", "value"), name="instrumentidentifier_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BondTerms",
            fields=[
                (
                    "instrument",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="bond_terms",
                        serialize=False,
                        to="refdata.instrument",
                    ),
                ),
                ("start_date", models.DateField(blank=True, null=True)),
                ("maturity_date", models.DateField(blank=True, null=True)),
                (
                    "coupon_rate",
                    models.DecimalField(blank=True, decimal_places=12, max_digits=28, null=True),
                ),
                (
                    "day_count",
                    models.CharField(
                        choices=[
                            ("ACT/360", "ACT/360"),
                            ("ACT/365F", "ACT/365F"),
                            ("ACT/ACT ISDA", "ACT/ACT ISDA"),
                            ("ACT/ACT ICMA", "ACT/ACT ICMA"),
                            ("30/360 US", "30/360 US"),
                            ("30E/360", "30E/360"),
                        ],
                        db_default="ACT/365F",
                        default="ACT/365F",
                        max_length=20,
                    ),
                ),
                ("frequency", models.SmallIntegerField(blank=True, null=True)),
                ("every_days", models.SmallIntegerField(blank=True, null=True)),
                (
                    "repayment_dates",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "repayment_shares",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DecimalField(decimal_places=12, max_digits=28),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "calendar",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.calendar",
                    ),
                ),
                (
                    "roll",
                    models.CharField(
                        choices=[
                            ("NONE", "NONE"),
                            ("FOLLOWING", "FOLLOWING"),
                            ("MODIFIED_FOLLOWING", "MODIFIED_FOLLOWING"),
                            ("PRECEDING", "PRECEDING"),
                        ],
                        db_default="NONE",
                        default="NONE",
                        max_length=20,
                    ),
                ),
                (
                    "stub",
                    models.CharField(
                        choices=[
                            ("SHORT_FRONT", "SHORT_FRONT"),
                            ("LONG_FRONT", "LONG_FRONT"),
                            ("SHORT_BACK", "SHORT_BACK"),
                            ("LONG_BACK", "LONG_BACK"),
                        ],
                        db_default="SHORT_FRONT",
                        default="SHORT_FRONT",
                        max_length=12,
                    ),
                ),
                ("rounds_per_bond", models.BooleanField(db_default=True, default=True)),
            ],
            options={
                "verbose_name_plural": "bond terms",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("maturity_date__gt", models.F("start_date"))),
                        name="bond_starts_before_it_matures",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("coupon_rate__isnull", True), ("coupon_rate__gte", 0), _connector="OR"
                        ),
                        name="bond_coupon_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BondPayment",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="refdata.instrument",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("COUPON", "Coupon"), ("REPAYMENT", "Repayment")], max_length=9
                    ),
                ),
                ("start_date", models.DateField()),
                ("end_date", models.DateField()),
                ("payment_date", models.DateField()),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                ("outstanding", models.DecimalField(decimal_places=4, max_digits=24)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("instrument", "kind", "end_date"), name="bondpayment_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__gte", 0),
                            ("outstanding__gte", 0),
                            ("end_date__gt", models.F("start_date")),
                        ),
                        name="bondpayment_makes_sense",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PartyContact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to="refdata.party",
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("position", models.CharField(blank=True, db_default="", max_length=120)),
                ("phone", models.CharField(max_length=40)),
                ("source", models.CharField(blank=True, db_default="", max_length=200)),
                (
                    "known_since",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("withdrawn_date", models.DateField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_date__isnull", True)),
                        fields=("party", "phone", "name"),
                        name="partycontact_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CallBack",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "ssi",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call_backs",
                        to="refdata.standinginstruction",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.partycontact",
                    ),
                ),
                ("phone", models.CharField(max_length=40)),
                (
                    "said",
                    models.CharField(
                        choices=[
                            ("CONFIRMED", "Confirmed the change"),
                            ("DENIED", "Denied the change"),
                            ("NOT_REACHED", "Not reached"),
                        ],
                        max_length=11,
                    ),
                ),
                ("note", models.CharField(blank=True, db_default="", max_length=500)),
                (
                    "called_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("called_at", models.DateTimeField()),
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
                    models.CheckConstraint(
                        condition=models.Q(("said__in", ["CONFIRMED", "DENIED", "NOT_REACHED"])),
                        name="callback_said_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AccountMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("document", models.CharField(max_length=200)),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                (
                    "recorded_tx",
                    models.BigIntegerField(
                        db_default=backoffice.events.functions.TxNow(), editable=False
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
                ("account", models.CharField(max_length=40)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("place", "account", "owner", "valid_from"),
                        name="accountmember_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="accountmember_dated",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UseRight",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("document", models.CharField(max_length=200)),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                (
                    "recorded_tx",
                    models.BigIntegerField(
                        db_default=backoffice.events.functions.TxNow(), editable=False
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
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
                ("agreement", models.CharField(max_length=64)),
                (
                    "assets",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("entity", "client", "agreement", "valid_from"), name="useright_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="useright_dated",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Restriction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("document", models.CharField(max_length=200)),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                (
                    "recorded_tx",
                    models.BigIntegerField(
                        db_default=backoffice.events.functions.TxNow(), editable=False
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.entity",
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("NO_DELIVER", "No delivery"),
                            ("NO_PAY", "No payment"),
                            ("PERMIT_REQUIRED", "Only with a permit"),
                            ("INCOME_TO", "Income to another account"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "asset",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.asset",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.place",
                    ),
                ),
                ("account", models.CharField(blank=True, db_default="", max_length=40)),
                ("income_account", models.CharField(blank=True, db_default="", max_length=40)),
                ("permit", models.CharField(blank=True, db_default="", max_length=200)),
                ("permit_until", models.DateField(blank=True, null=True)),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("asset__isnull", False),
                            ("party__isnull", False),
                            ("place__isnull", False),
                            models.Q(("account", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="restriction_of_something",
                        violation_error_message="Say what is restricted: an asset, a party, a place or an account.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("act", "INCOME_TO"), _negated=True),
                            models.Q(("income_account", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="restriction_income_somewhere",
                        violation_error_message="Say to which account the income goes.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("permit_until__isnull", True),
                            models.Q(("permit", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="restriction_permit_named",
                        violation_error_message="A permit that ends is named.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("act__in", ["NO_DELIVER", "NO_PAY", "PERMIT_REQUIRED", "INCOME_TO"])
                        ),
                        name="restriction_act_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="restriction_dated",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("document", models.CharField(max_length=200)),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                (
                    "recorded_tx",
                    models.BigIntegerField(
                        db_default=backoffice.events.functions.TxNow(), editable=False
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.place",
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("entity", "owner", "place", "currency", "valid_from"),
                        name="creditline_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="creditline_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="creditline_dated",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Earmark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("document", models.CharField(max_length=200)),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                (
                    "recorded_tx",
                    models.BigIntegerField(
                        db_default=backoffice.events.functions.TxNow(), editable=False
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.place",
                    ),
                ),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.asset",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("PLEDGED", "Pledged"),
                            ("ON_LOAN", "On loan"),
                            ("BLOCKED", "Blocked"),
                            ("COLLATERAL", "Given as collateral"),
                        ],
                        max_length=10,
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        fields=["entity", "place", "owner", "asset"], name="earmark_of_holding"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="earmark_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["PLEDGED", "ON_LOAN", "BLOCKED", "COLLATERAL"])
                        ),
                        name="earmark_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="earmark_dated",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StatedPosition",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.place",
                    ),
                ),
                ("account", models.CharField(max_length=40)),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.asset",
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                ("day", models.DateField()),
                ("document", models.CharField(max_length=200)),
                (
                    "recorded_tx",
                    models.BigIntegerField(
                        db_default=backoffice.events.functions.TxNow(), editable=False
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("place", "account", "asset", "day", "document"),
                        name="statedposition_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DatedRule",
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
                ("kind", models.CharField(max_length=60)),
                ("key", models.CharField(blank=True, db_default="", max_length=60)),
                ("value", models.JSONField()),
                ("vectors", models.JSONField()),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                ("source", models.CharField(max_length=500)),
                ("reason", models.CharField(blank=True, db_default="", max_length=500)),
                (
                    "supersedes",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="successors",
                        to="refdata.datedrule",
                    ),
                ),
                (
                    "born_state",
                    models.CharField(
                        choices=[
                            ("DRAFT", "Draft"),
                            ("ADOPTED", "Adopted, not yet in force"),
                            ("IN_FORCE", "In force"),
                            ("WITHDRAWN", "Withdrawn"),
                        ],
                        db_default="DRAFT",
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("DRAFT", "Draft"),
                            ("ADOPTED", "Adopted, not yet in force"),
                            ("IN_FORCE", "In force"),
                            ("WITHDRAWN", "Withdrawn"),
                        ],
                        default="DRAFT",
                        max_length=10,
                    ),
                ),
                (
                    "verification",
                    models.CharField(
                        choices=[
                            ("UNVERIFIED", "Unverified"),
                            ("VERIFIED", "Checked against its source"),
                        ],
                        default="UNVERIFIED",
                        max_length=10,
                    ),
                ),
                ("superseded_from", models.DateField(null=True)),
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
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "verified_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "permissions": [
                    ("propose_rule", "Can propose a dated rule"),
                    ("activate_rule", "Can activate a dated rule"),
                    ("adopt_rule", "Can adopt a dated rule"),
                    ("decline_rule", "Can decline a dated rule"),
                    ("withdraw_rule", "Can withdraw a dated rule"),
                    ("repeal_rule", "Can repeal a dated rule"),
                    ("verify_rule", "Can verify a dated rule"),
                ],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["DRAFT", "ADOPTED", "IN_FORCE", "WITHDRAWN"])
                        ),
                        name="rule_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("verification__in", ["UNVERIFIED", "VERIFIED"])),
                        name="rule_verification_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="rule_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("superseded_from__isnull", True),
                            ("superseded_from__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="rule_superseded_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "IN_FORCE"), _negated=True),
                            ("born_state", "IN_FORCE"),
                            ("approved_by__isnull", False),
                            _connector="OR",
                        ),
                        name="rule_in_force_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by__isnull", True),
                            models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="rule_approved_by_other_eyes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("verification", "VERIFIED"), ("verified_by__isnull", False)),
                            models.Q(
                                models.Q(("verification", "VERIFIED"), _negated=True),
                                ("verified_by__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="rule_verified_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Market",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("mic", models.CharField(max_length=4, unique=True)),
                ("operating_mic", models.CharField(max_length=4)),
                ("name", models.CharField(max_length=250)),
                ("legal_name", models.CharField(blank=True, db_default="", max_length=250)),
                ("lei", models.CharField(blank=True, db_default="", max_length=20)),
                ("category", models.CharField(blank=True, db_default="", max_length=4)),
                ("country", models.CharField(max_length=2)),
                ("city", models.CharField(blank=True, db_default="", max_length=120)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("ACTIVE", "Active"),
                            ("UPDATED", "Updated"),
                            ("EXPIRED", "Expired"),
                        ],
                        default="ACTIVE",
                        max_length=8,
                    ),
                ),
                ("created_date", models.DateField(blank=True, null=True)),
                ("expiry_date", models.DateField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("mic__regex", "^[A-Z0-9]{4}$")), name="market_mic_shape"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Bank",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "scheme",
                    models.CharField(choices=[("BIK", "Bik"), ("BIC", "Bic")], max_length=3),
                ),
                ("code", models.CharField(max_length=11)),
                ("name", models.CharField(max_length=200)),
                ("branch", models.CharField(blank=True, db_default="", max_length=120)),
                ("country", models.CharField(blank=True, db_default="", max_length=2)),
                ("city", models.CharField(blank=True, db_default="", max_length=120)),
                ("licence", models.CharField(blank=True, db_default="", max_length=12)),
                ("swift", models.CharField(blank=True, db_default="", max_length=11)),
                ("status", models.CharField(blank=True, db_default="", max_length=4)),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_until", models.DateField(blank=True, null=True)),
                ("source", models.CharField(max_length=40)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("scheme", "code"), name="bank_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="BankAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "bank",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to="refdata.bank",
                    ),
                ),
                ("number", models.CharField(max_length=20)),
                ("kind", models.CharField(max_length=4)),
                ("kept_at", models.CharField(max_length=9)),
                ("status", models.CharField(blank=True, db_default="", max_length=4)),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_until", models.DateField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("bank", "number"), name="bankaccount_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="IbanStructure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("country", models.CharField(max_length=2, unique=True)),
                ("length", models.SmallIntegerField()),
                ("structure", models.CharField(max_length=60)),
                ("is_sepa", models.BooleanField()),
            ],
        ),
        migrations.CreateModel(
            name="LegalEntity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("lei", models.CharField(max_length=20, unique=True)),
                ("name", models.CharField(max_length=250)),
                ("country", models.CharField(blank=True, db_default="", max_length=2)),
                ("category", models.CharField(blank=True, db_default="", max_length=40)),
                ("status", models.CharField(max_length=10)),
                ("registration", models.CharField(max_length=30)),
                ("renewal_date", models.DateField(blank=True, null=True)),
            ],
            options={
                "verbose_name_plural": "legal entities",
            },
        ),
        migrations.CreateModel(
            name="ListedSecurity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("isin", models.CharField(max_length=12, unique=True)),
                (
                    "symbols",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        db_default=[],
                        default=list,
                        size=None,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "listed securities",
            },
        ),
        migrations.CreateModel(
            name="ListedCompany",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("symbol", models.CharField(max_length=20, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("cik", models.CharField(max_length=10)),
                ("sector", models.CharField(blank=True, db_default="", max_length=80)),
            ],
            options={
                "verbose_name_plural": "listed companies",
            },
        ),
        migrations.CreateModel(
            name="FirmProfile",
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
                        related_name="profiles",
                        to="refdata.entity",
                    ),
                ),
                ("valid_from", models.DateField()),
                (
                    "jurisdiction",
                    models.CharField(
                        choices=[("RU", "Russia"), ("EU", "European Union")], max_length=2
                    ),
                ),
                (
                    "licence",
                    models.CharField(
                        choices=[
                            ("DEALER", "Dealer"),
                            ("BROKER", "Broker"),
                            ("MANAGER", "Asset manager"),
                            ("BANK", "Bank"),
                            ("NONE", "No licence"),
                        ],
                        max_length=8,
                    ),
                ),
                ("tax_agent", models.BooleanField()),
                (
                    "swift",
                    models.CharField(
                        choices=[
                            ("PARTICIPANT", "SWIFT participant"),
                            ("BANK_CLIENT", "Client of a bank"),
                        ],
                        max_length=12,
                    ),
                ),
                ("reason", models.CharField(blank=True, db_default="", max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("APPROVED", "Approved"),
                            ("SUPERSEDED", "Superseded"),
                            ("DECLINED", "Declined"),
                            ("WITHDRAWN", "Withdrawn"),
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
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "permissions": [
                    ("propose_profile", "Can propose a firm profile"),
                    ("approve_profile", "Can approve a firm profile"),
                    ("decline_profile", "Can decline a firm profile"),
                    ("withdraw_profile", "Can withdraw a firm profile"),
                ],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["PROPOSED", "APPROVED", "SUPERSEDED", "DECLINED", "WITHDRAWN"],
                            )
                        ),
                        name="profile_state_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "APPROVED")),
                        fields=("entity", "valid_from"),
                        name="profile_one_from_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("APPROVED", "SUPERSEDED")), _negated=True),
                            ("approved_by__isnull", False),
                            _connector="OR",
                        ),
                        name="profile_approved_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by__isnull", True),
                            models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="profile_approved_by_other_eyes",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IndividualDetails",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="individual_details",
                        to="refdata.party",
                    ),
                ),
                ("birth_date", models.DateField()),
                (
                    "identity_kind",
                    models.CharField(
                        choices=[
                            ("PASSPORT_RU", "Passport of a citizen of Russia"),
                            ("PASSPORT", "Passport of another state"),
                            ("RESIDENCE", "Residence permit"),
                        ],
                        max_length=12,
                    ),
                ),
                ("identity_number", models.CharField(max_length=20)),
                ("identity_issued_by", models.CharField(max_length=200)),
                ("identity_issued_on", models.DateField()),
                ("address", models.CharField(max_length=200)),
                ("address_en", models.CharField(blank=True, db_default="", max_length=200)),
                ("bank_name", models.CharField(max_length=120)),
                ("bank_name_en", models.CharField(blank=True, db_default="", max_length=120)),
                ("bank_bik", models.CharField(max_length=9)),
                ("bank_correspondent", models.CharField(max_length=20)),
                ("bank_account", models.CharField(max_length=20)),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
            ],
            options={
                "verbose_name_plural": "details of individuals",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("party", "valid_from"), name="individualdetails_from_a_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="individualdetails_some_days",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Price",
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
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.instrument",
                    ),
                ),
                ("price_date", models.DateField()),
                ("source", models.CharField(max_length=40)),
                ("kind", models.CharField(db_default="CLOSE", max_length=8)),
                ("value", models.DecimalField(decimal_places=12, max_digits=28)),
                ("currency", models.CharField(max_length=3)),
                (
                    "percent",
                    models.DecimalField(blank=True, decimal_places=12, max_digits=28, null=True),
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
                    models.CheckConstraint(
                        condition=models.Q(("value__gt", 0)), name="price_positive"
                    ),
                    models.UniqueConstraint(
                        fields=("instrument", "price_date", "source", "kind", "value"),
                        name="price_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FxRate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("base", models.CharField(max_length=3)),
                ("quote", models.CharField(max_length=3)),
                ("rate_date", models.DateField()),
                ("source", models.CharField(max_length=40)),
                ("value", models.DecimalField(decimal_places=12, max_digits=28)),
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
                    models.CheckConstraint(
                        condition=models.Q(("value__gt", 0)), name="fxrate_positive"
                    ),
                    models.UniqueConstraint(
                        fields=("base", "quote", "rate_date", "source", "value"), name="fxrate_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="InterestRate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=20)),
                ("rate_date", models.DateField()),
                ("source", models.CharField(max_length=40)),
                ("value", models.DecimalField(decimal_places=12, max_digits=28)),
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
                        fields=("code", "rate_date", "source", "value"), name="interestrate_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("stale_after_days", models.SmallIntegerField()),
                (
                    "calendar",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.calendar",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("stale_after_days__gte", 0)), name="source_stale_after"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FeeSchedule",
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
                ("kind", models.CharField(max_length=20)),
                ("product", models.CharField(max_length=20)),
                ("market", models.CharField(blank=True, db_default="", max_length=4)),
                (
                    "counterparty",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
                ("rate", models.DecimalField(decimal_places=12, max_digits=28)),
                ("minimum", models.DecimalField(db_default=0, decimal_places=4, max_digits=24)),
                ("currency", models.CharField(max_length=3)),
                ("payer", models.CharField(db_default="US", max_length=12)),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("rate__gte", 0), ("minimum__gte", 0)),
                        name="fee_not_negative",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
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
                ("subject_type", models.CharField(max_length=30)),
                ("subject_id", models.BigIntegerField(null=True)),
                ("name", models.CharField(max_length=200)),
                ("changes", models.JSONField()),
                ("before", models.JSONField()),
                ("valid_from", models.DateField(null=True)),
                ("reason", models.CharField(blank=True, db_default="", max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("APPROVED", "Approved"),
                            ("DECLINED", "Declined"),
                            ("WITHDRAWN", "Withdrawn"),
                        ],
                        db_default="PROPOSED",
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
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("file_proposal", "Can file a change of reference data"),
                    ("approve_proposal", "Can approve a change of reference data"),
                    ("decline_proposal", "Can decline a change of reference data"),
                    ("withdraw_proposal", "Can withdraw a change of reference data"),
                ],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["PROPOSED", "APPROVED", "DECLINED", "WITHDRAWN"])
                        ),
                        name="proposal_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "APPROVED"), _negated=True),
                            models.Q(
                                ("approved_by__isnull", False),
                                models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="proposal_other_eyes",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "PROPOSED"), ("subject_id__isnull", False)),
                        fields=("subject_type", "subject_id"),
                        name="proposal_one_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SanctionsVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("list_code", models.CharField(max_length=40)),
                ("number", models.IntegerField()),
                ("title", models.CharField(blank=True, db_default="", max_length=200)),
                ("source_date", models.DateField()),
                ("sha256", models.CharField(max_length=64)),
                ("entries", models.IntegerField()),
                ("names", models.IntegerField()),
                (
                    "loaded_at",
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
                        fields=("list_code", "number"), name="sanctionsversion_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SanctionsEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("list_code", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=60)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("PERSON", "Person"),
                            ("ENTITY", "Organisation"),
                            ("BANK", "Bank"),
                            ("VESSEL", "Vessel"),
                            ("SECURITY", "Security"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "names",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=300), size=None
                    ),
                ),
                (
                    "words",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
                ("country", models.CharField(blank=True, db_default="", max_length=2)),
                ("birth_date", models.CharField(blank=True, db_default="", max_length=10)),
                ("identifiers", models.JSONField(db_default=models.Value([], models.JSONField()))),
                ("reason", models.CharField(blank=True, db_default="", max_length=500)),
                ("sha256", models.CharField(max_length=64)),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("list_code", "key", "sha256"), name="sanctionsentry_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SanctionsMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="refdata.sanctionsversion",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.sanctionsentry",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version", "entry"), name="sanctionsmember_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ScreeningRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("ONBOARDING", "When it was proposed"),
                            ("DUE", "A list was loaded, or its own details changed"),
                        ],
                        max_length=10,
                    ),
                ),
                ("rule", models.CharField(blank=True, db_default="", max_length=20)),
                (
                    "versions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                ("subjects", models.IntegerField()),
                ("hits", models.IntegerField()),
                ("screened_at", models.DateTimeField()),
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
            name="Screening",
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
                        related_name="screenings",
                        to="refdata.screeningrun",
                    ),
                ),
                ("subject_type", models.CharField(max_length=10)),
                ("subject_id", models.BigIntegerField()),
                ("content", models.JSONField()),
                ("hits", models.IntegerField()),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        fields=["subject_type", "subject_id", "id"], name="screening_of_subject"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ScreeningStanding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject_type", models.CharField(max_length=10)),
                ("subject_id", models.BigIntegerField()),
                ("due", models.BooleanField(db_default=True)),
                (
                    "screening",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.screening",
                    ),
                ),
                ("against", models.SmallIntegerField(db_default=0)),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("due", True)), fields=["id"], name="screening_due"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("subject_type", "subject_id"), name="screeningstanding_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("subject_type__in", ("party", "place", "instrument", "proposal"))
                        ),
                        name="screeningstanding_subjects",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScreeningHit",
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
                ("subject_type", models.CharField(max_length=10)),
                ("subject_id", models.BigIntegerField()),
                ("subject_name", models.CharField(max_length=200)),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hits",
                        to="refdata.sanctionsentry",
                    ),
                ),
                ("scheme", models.CharField(blank=True, db_default="", max_length=12)),
                ("ours", models.CharField(max_length=300)),
                ("listed", models.CharField(max_length=300)),
                ("score", models.SmallIntegerField()),
                (
                    "screening",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.screening",
                    ),
                ),
                (
                    "follows",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.screeninghit",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "Open"),
                            ("CLEARING", "To be cleared"),
                            ("CLEARED", "Cleared: another"),
                            ("BLOCKED", "Blocked"),
                            ("GONE", "No longer found"),
                        ],
                        db_default="OPEN",
                        default="OPEN",
                        max_length=10,
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("propose_clearing_screeninghit", "Can propose_clearing a hit of screening"),
                    ("approve_clearing_screeninghit", "Can approve_clearing a hit of screening"),
                    ("decline_clearing_screeninghit", "Can decline_clearing a hit of screening"),
                    ("confirm_screeninghit", "Can confirm a hit of screening"),
                ],
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("OPEN", "CLEARING", "BLOCKED"))),
                        fields=["subject_type", "subject_id"],
                        name="screeninghit_blocking",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["OPEN", "CLEARING", "CLEARED", "BLOCKED", "GONE"])
                        ),
                        name="screeninghit_state_known",
                    ),
                    models.UniqueConstraint(
                        fields=("subject_type", "subject_id", "entry", "ours"),
                        name="screeninghit_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("loader", models.CharField(max_length=40)),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("uploaded_at", models.DateTimeField()),
                ("preview", models.JSONField()),
                (
                    "loaded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("loaded_at", models.DateTimeField(null=True)),
                ("outcome", models.JSONField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("loaded_at__isnull", True),
                                ("loaded_by__isnull", True),
                                ("outcome__isnull", True),
                            ),
                            models.Q(
                                ("loaded_at__isnull", False),
                                ("loaded_by__isnull", False),
                                ("outcome__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="upload_loaded_by_somebody",
                    )
                ],
            },
        ),
        migrations.RunSQL(SQL),
    ]
