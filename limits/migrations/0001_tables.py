"""Limits, reservations and breaches."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.math
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("limits", "0001_initial"),
        ("limits", "0002_version"),
        ("limits", "0003_breach_workflow"),
        ("limits", "0004_breach_entities"),
        ("limits", "0005_breach_of_entity"),
        ("limits", "0006_headroom"),
        ("limits", "0007_exposures"),
        ("limits", "0008_settlement_day"),
        ("limits", "0009_kinds"),
        ("limits", "0010_trying"),
        ("limits", "0011_positions"),
        ("limits", "0012_openings"),
        ("limits", "0013_stop_loss"),
        ("limits", "0014_holdings"),
        ("limits", "0015_total_position"),
        ("limits", "0016_bounds"),
    ]

    dependencies = [
        ("access", "0001_tables"),
        ("refdata", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Limit",
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
                        related_name="limits",
                        to="refdata.entity",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("DEALER", "Dealer"),
                            ("COUNTERPARTY_PRESETTLEMENT", "Counterparty, pre-settlement"),
                            ("COUNTERPARTY_SETTLEMENT", "Counterparty, settlement day"),
                            ("NOSTRO", "Nostro"),
                            ("BOOK", "Book"),
                            ("INSTRUMENT", "Instrument"),
                            ("ISSUER", "Issuer"),
                            ("TENOR", "Tenor"),
                            ("OPEN_CURRENCY_POSITION", "Open currency position"),
                            ("OPEN_CURRENCY_TOTAL", "Open currency position, in total"),
                            ("STOP_LOSS", "Stop-loss of the day"),
                        ],
                        max_length=32,
                    ),
                ),
                ("name", models.CharField(max_length=120)),
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
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.partygroup",
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
                ("trader", models.CharField(blank=True, db_default="", max_length=64)),
                (
                    "tenor",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("UP_TO_1M", "Up to a month"),
                            ("UP_TO_1Y", "Over a month, up to a year"),
                            ("UP_TO_5Y", "Over a year, up to 5 years"),
                            ("UP_TO_10Y", "Over 5 years, up to 10 years"),
                            ("OVER_10Y", "Over 10 years"),
                        ],
                        db_default="",
                        max_length=10,
                    ),
                ),
                ("nostro_currency", models.CharField(blank=True, db_default="", max_length=3)),
                ("currency", models.CharField(max_length=3)),
                ("cap", models.DecimalField(decimal_places=4, max_digits=24)),
                ("used", models.DecimalField(db_default=0, decimal_places=4, max_digits=24)),
                ("net", models.DecimalField(db_default=0, decimal_places=4, max_digits=24)),
                ("reserved", models.DecimalField(db_default=0, decimal_places=4, max_digits=24)),
                ("excess", models.DecimalField(db_default=0, decimal_places=4, max_digits=24)),
                ("override", models.DecimalField(db_default=0, decimal_places=4, max_digits=24)),
                ("override_until", models.DateTimeField(null=True)),
                ("bound", models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ("decided", models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                (
                    "defined_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "permissions": [
                    ("check_limit", "Can ask what a deal would need"),
                    ("reserve_limit", "Can reserve before a deal"),
                    ("try_limit", "Can try what would become of limits"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=(
                            "entity",
                            "kind",
                            "book",
                            "party",
                            "group",
                            "instrument",
                            "trader",
                            "tenor",
                            "nostro_currency",
                        ),
                        name="limit_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("used__gte", 0),
                            ("reserved__gte", 0),
                            ("excess__gte", 0),
                            ("cap__gte", 0),
                        ),
                        name="limit_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "used__lte",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("cap"), "+", models.F("override")
                                        ),
                                        "+",
                                        models.F("excess"),
                                    ),
                                    "-",
                                    models.F("reserved"),
                                ),
                            )
                        ),
                        name="limit_not_exceeded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind__in", ("OPEN_CURRENCY_POSITION", "INSTRUMENT", "ISSUER")),
                                _negated=True,
                            ),
                            ("used", django.db.models.functions.math.Abs("net")),
                            _connector="OR",
                        ),
                        name="limit_position_is_net",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "OPEN_CURRENCY_POSITION"), _negated=True),
                            ("currency", models.F("nostro_currency")),
                            _connector="OR",
                        ),
                        name="limit_position_in_its_currency",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ("OPEN_CURRENCY_POSITION", "INSTRUMENT", "ISSUER")),
                            ("net", 0),
                            _connector="OR",
                        ),
                        name="limit_net_of_positions",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reservation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "limit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reservations",
                        to="limits.limit",
                    ),
                ),
                ("source_type", models.CharField(max_length=20)),
                ("source_id", models.BigIntegerField()),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("HELD", "Held"),
                            ("COMMITTED", "Committed"),
                            ("RELEASED", "Released"),
                            ("EXPIRED", "Expired"),
                        ],
                        max_length=10,
                    ),
                ),
                ("expires_at", models.DateTimeField(null=True)),
                ("basis", models.CharField(max_length=120, null=True)),
                ("day", models.DateField(null=True)),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "HELD")),
                        fields=["expires_at"],
                        name="reservation_held_until",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__gte", 0),
                            ("source_type__in", ("deal", "holding")),
                            _connector="OR",
                        ),
                        name="reservation_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["HELD", "COMMITTED", "RELEASED", "EXPIRED"])
                        ),
                        name="reservation_state_known",
                    ),
                    models.UniqueConstraint(
                        fields=("source_type", "source_id", "limit"), name="reservation_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("expires_at", models.DateTimeField()),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Breach",
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
                    "limit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="breaches",
                        to="limits.limit",
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("DEAL", "An executed deal"),
                            ("RECOMPUTE", "Exposures were recomputed"),
                            ("PRICE", "Prices or rates moved"),
                            ("LOSS", "The loss of the day"),
                            ("OVERRIDE", "An override ended"),
                            ("CAP", "The cap was lowered"),
                        ],
                        db_default="DEAL",
                        max_length=10,
                    ),
                ),
                ("source_type", models.CharField(max_length=20)),
                ("source_id", models.BigIntegerField()),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "Open"),
                            ("EXPLAINED", "Explained"),
                            ("ACCEPTED", "Accepted"),
                            ("CURED", "Cured"),
                        ],
                        db_default="OPEN",
                        default="OPEN",
                        max_length=10,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "opened_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "permissions": [("explain_breach", "Can explain a breach")],
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["source_type", "source_id"], name="breach_of_source")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["OPEN", "EXPLAINED", "ACCEPTED", "CURED"])
                        ),
                        name="breach_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", True), ("state__in", ("OPEN", "EXPLAINED"))
                            ),
                            models.Q(
                                models.Q(("state__in", ("OPEN", "EXPLAINED")), _negated=True),
                                ("closed_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="breach_closed_has_time",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("OPEN", "EXPLAINED"))),
                        fields=("limit", "source_type", "source_id"),
                        name="breach_live_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Override",
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
                ("valid_from", models.DateTimeField()),
                ("reason", models.CharField(max_length=500)),
                ("document", models.CharField(blank=True, db_default="", max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("APPROVED", "Approved"),
                            ("IN_FORCE", "In force"),
                            ("EXPIRED", "Expired"),
                            ("SUPERSEDED", "Superseded"),
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
                (
                    "limit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="overrides",
                        to="limits.limit",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                ("valid_until", models.DateTimeField()),
            ],
            options={
                "permissions": [
                    ("propose_override", "Can propose an override"),
                    ("approve_override", "Can approve an override"),
                    ("decline_override", "Can decline an override"),
                    ("withdraw_override", "Can withdraw an override"),
                ],
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("PROPOSED", "APPROVED", "IN_FORCE"))),
                        fields=["valid_until"],
                        name="override_to_expire",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "PROPOSED",
                                    "APPROVED",
                                    "IN_FORCE",
                                    "EXPIRED",
                                    "DECLINED",
                                    "WITHDRAWN",
                                ],
                            )
                        ),
                        name="override_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="override_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("valid_until__gt", models.F("valid_from"))),
                        name="override_ends_later",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "IN_FORCE"), _negated=True),
                            models.Q(
                                ("approved_by__isnull", False),
                                models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="override_other_eyes",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CapChange",
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
                ("valid_from", models.DateTimeField()),
                ("reason", models.CharField(max_length=500)),
                ("document", models.CharField(blank=True, db_default="", max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("APPROVED", "Approved"),
                            ("IN_FORCE", "In force"),
                            ("EXPIRED", "Expired"),
                            ("SUPERSEDED", "Superseded"),
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
                (
                    "limit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="caps",
                        to="limits.limit",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                ("before", models.DecimalField(decimal_places=4, max_digits=24, null=True)),
            ],
            options={
                "permissions": [
                    ("propose_cap", "Can propose a cap"),
                    ("approve_cap", "Can approve a cap"),
                    ("decline_cap", "Can decline a cap"),
                    ("withdraw_cap", "Can withdraw a cap"),
                ],
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "APPROVED")),
                        fields=["valid_from"],
                        name="cap_to_apply",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "PROPOSED",
                                    "APPROVED",
                                    "IN_FORCE",
                                    "SUPERSEDED",
                                    "DECLINED",
                                    "WITHDRAWN",
                                ],
                            )
                        ),
                        name="cap_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="cap_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "IN_FORCE"), _negated=True),
                            models.Q(
                                ("approved_by__isnull", False),
                                models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="cap_other_eyes",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "IN_FORCE")),
                        fields=("limit",),
                        name="cap_one_in_force",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Opening",
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
                ("valid_from", models.DateTimeField()),
                ("reason", models.CharField(max_length=500)),
                ("document", models.CharField(blank=True, db_default="", max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("APPROVED", "Approved"),
                            ("IN_FORCE", "In force"),
                            ("EXPIRED", "Expired"),
                            ("SUPERSEDED", "Superseded"),
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("DEALER", "Dealer"),
                            ("COUNTERPARTY_PRESETTLEMENT", "Counterparty, pre-settlement"),
                            ("COUNTERPARTY_SETTLEMENT", "Counterparty, settlement day"),
                            ("NOSTRO", "Nostro"),
                            ("BOOK", "Book"),
                            ("INSTRUMENT", "Instrument"),
                            ("ISSUER", "Issuer"),
                            ("TENOR", "Tenor"),
                            ("OPEN_CURRENCY_POSITION", "Open currency position"),
                            ("OPEN_CURRENCY_TOTAL", "Open currency position, in total"),
                            ("STOP_LOSS", "Stop-loss of the day"),
                        ],
                        max_length=32,
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                (
                    "book",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.book",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.partygroup",
                    ),
                ),
                (
                    "instrument",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.instrument",
                    ),
                ),
                ("trader", models.CharField(blank=True, db_default="", max_length=64)),
                (
                    "tenor",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("UP_TO_1M", "Up to a month"),
                            ("UP_TO_1Y", "Over a month, up to a year"),
                            ("UP_TO_5Y", "Over a year, up to 5 years"),
                            ("UP_TO_10Y", "Over 5 years, up to 10 years"),
                            ("OVER_10Y", "Over 10 years"),
                        ],
                        db_default="",
                        max_length=10,
                    ),
                ),
                ("nostro_currency", models.CharField(blank=True, db_default="", max_length=3)),
                ("currency", models.CharField(max_length=3)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                (
                    "limit",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opening",
                        to="limits.limit",
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("propose_opening", "Can propose a new limit"),
                    ("approve_opening", "Can approve a new limit"),
                    ("decline_opening", "Can decline a new limit"),
                    ("withdraw_opening", "Can withdraw a new limit"),
                ],
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "APPROVED")),
                        fields=["valid_from"],
                        name="opening_to_apply",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "PROPOSED",
                                    "APPROVED",
                                    "IN_FORCE",
                                    "EXPIRED",
                                    "DECLINED",
                                    "WITHDRAWN",
                                ],
                            )
                        ),
                        name="opening_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="opening_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("limit__isnull", False), ("state", "IN_FORCE")),
                            models.Q(
                                models.Q(("state", "IN_FORCE"), _negated=True),
                                ("limit__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="opening_has_its_limit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "IN_FORCE"), _negated=True),
                            models.Q(
                                ("approved_by__isnull", False),
                                models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="opening_other_eyes",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Closing",
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
                ("valid_from", models.DateTimeField()),
                ("reason", models.CharField(max_length=500)),
                ("document", models.CharField(blank=True, db_default="", max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("APPROVED", "Approved"),
                            ("IN_FORCE", "In force"),
                            ("EXPIRED", "Expired"),
                            ("SUPERSEDED", "Superseded"),
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
                (
                    "limit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closings",
                        to="limits.limit",
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("propose_closing", "Can propose the closing of a limit"),
                    ("approve_closing", "Can approve the closing of a limit"),
                    ("decline_closing", "Can decline the closing of a limit"),
                    ("withdraw_closing", "Can withdraw the closing of a limit"),
                ],
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "APPROVED")),
                        fields=["valid_from"],
                        name="closing_to_apply",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "PROPOSED",
                                    "APPROVED",
                                    "IN_FORCE",
                                    "EXPIRED",
                                    "DECLINED",
                                    "WITHDRAWN",
                                ],
                            )
                        ),
                        name="closing_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "IN_FORCE"), _negated=True),
                            models.Q(
                                ("approved_by__isnull", False),
                                models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="closing_other_eyes",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("PROPOSED", "APPROVED", "IN_FORCE"))),
                        fields=("limit",),
                        name="closing_once",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SQL),
    ]
