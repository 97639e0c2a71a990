"""Who may do what, on which books."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    replaces = [("grants", "0001_initial")]

    dependencies = [
        ("access", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="RoleGrant",
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
                ("entity_id", models.BigIntegerField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("role", models.CharField(max_length=30)),
                ("valid_until", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, db_default="", max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("GRANTED", "Granted"),
                            ("ENDED", "Ended"),
                            ("EXPIRED", "Expired"),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
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
                    "proposed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "permissions": [
                    ("propose_rolegrant", "Can propose a role of a person"),
                    ("approve_rolegrant", "Can approve a role of a person"),
                    ("decline_rolegrant", "Can decline a role of a person"),
                    ("withdraw_rolegrant", "Can withdraw a role of a person"),
                    ("end_rolegrant", "Can end a role of a person"),
                ],
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "GRANTED"), ("valid_until__isnull", False)),
                        fields=["valid_until"],
                        name="rolegrant_by_end",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "PROPOSED",
                                    "GRANTED",
                                    "ENDED",
                                    "EXPIRED",
                                    "DECLINED",
                                    "WITHDRAWN",
                                ],
                            )
                        ),
                        name="rolegrant_state_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("PROPOSED", "GRANTED"))),
                        fields=("user", "role"),
                        name="rolegrant_held_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by__isnull", True),
                            models.Q(
                                models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                                models.Q(("approved_by", models.F("user")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="rolegrant_other_eyes",
                    ),
                ],
            },
        ),
    ]
