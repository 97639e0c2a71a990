"""Messages to places and their answers."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("connectors", "0001_initial"),
        ("connectors", "0002_fix"),
        ("connectors", "0003_cancel_messages"),
    ]

    dependencies = [
        ("access", "0001_tables"),
        ("refdata", "0001_tables"),
        ("settlements", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="OutboundMessage",
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
                (
                    "settlement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages_out",
                        to="settlements.settlement",
                    ),
                ),
                ("function", models.CharField(db_default="NEWM", max_length=4)),
                ("number", models.SmallIntegerField(db_default=1)),
                ("body", models.JSONField()),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("written_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("written_at__isnull", True)),
                        fields=["id"],
                        name="outbound_unwritten",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("settlement", "function", "number"), name="outbound_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="InboundFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("format", models.CharField(blank=True, db_default="", max_length=10)),
                ("lines", models.IntegerField(db_default=0)),
                ("counts", models.JSONField(db_default=models.Value({}, models.JSONField()))),
                ("problems", models.JSONField(db_default=models.Value([], models.JSONField()))),
                (
                    "received_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FixMapping",
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
                ("sender", models.CharField(blank=True, db_default="", max_length=64)),
                ("target", models.CharField(blank=True, db_default="", max_length=64)),
                (
                    "instrument_by",
                    models.CharField(
                        choices=[
                            ("SYMBOL", "The symbol (tag 55)"),
                            ("SECURITY_ID", "The security identifier (tag 48)"),
                        ],
                        max_length=12,
                    ),
                ),
                ("currency", models.CharField(blank=True, db_default="", max_length=3)),
                ("market", models.CharField(blank=True, db_default="", max_length=4)),
                ("settle_days", models.SmallIntegerField(null=True)),
                (
                    "book",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.book",
                    ),
                ),
                (
                    "counterparty_by",
                    models.CharField(
                        choices=[
                            ("PARTY", "Always the same party"),
                            ("SENDER", "The sender (tag 49)"),
                            ("TARGET", "The target (tag 56)"),
                        ],
                        max_length=8,
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
                    ("propose_fixmapping", "Can propose a mapping rule"),
                    ("approve_fixmapping", "Can approve a mapping rule"),
                    ("decline_fixmapping", "Can decline a mapping rule"),
                    ("withdraw_fixmapping", "Can withdraw a mapping rule"),
                    ("import_fix", "Can import FIX logs"),
                ],
                "default_permissions": ("view",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["PROPOSED", "APPROVED", "DECLINED", "WITHDRAWN"])
                        ),
                        name="fixmapping_state_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "APPROVED")),
                        fields=("sender", "target"),
                        name="fixmapping_one_in_force",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("counterparty_by", "PARTY"), _negated=True),
                            ("party__isnull", False),
                            _connector="OR",
                        ),
                        name="fixmapping_names_party",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("settle_days__isnull", True),
                            models.Q(("settle_days__gte", 0), ("settle_days__lte", 10)),
                            _connector="OR",
                        ),
                        name="fixmapping_days",
                    ),
                ],
            },
        ),
    ]
