import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0001_initial"),
        ("refdata", "0004_known_markets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="inboundfile",
            name="counts",
            field=models.JSONField(db_default=models.Value({}, models.JSONField())),
        ),
        migrations.AddField(
            model_name="inboundfile",
            name="format",
            field=models.CharField(blank=True, db_default="", max_length=10),
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
                    "proposed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "book",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.book",
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
                    "party",
                    models.ForeignKey(
                        null=True,
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
