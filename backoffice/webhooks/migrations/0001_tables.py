"""Who is told of events, and what was told."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    replaces = [("webhooks", "0001_initial")]

    dependencies = [
        ("access", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Webhook",
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
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("url", models.CharField(max_length=500)),
                ("label", models.CharField(blank=True, db_default="", max_length=100)),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        db_default=[],
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ACTIVE", "Active"),
                            ("PAUSED", "Paused"),
                            ("DISABLED", "Disabled"),
                            ("ENDED", "Ended"),
                        ],
                        db_default="ACTIVE",
                        default="ACTIVE",
                        max_length=8,
                    ),
                ),
                ("salt", models.CharField(max_length=32)),
                ("secret_number", models.IntegerField(db_default=1, default=1)),
                ("overlap_until", models.DateTimeField(null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "permissions": [
                    ("view_webhook", "Can view a webhook"),
                    ("create_webhook", "Can create a webhook"),
                    ("pause_webhook", "Can pause a webhook"),
                    ("resume_webhook", "Can resume a webhook"),
                    ("end_webhook", "Can end a webhook"),
                    ("rotate_webhook", "Can rotate a webhook"),
                    ("replay_webhook", "Can replay a webhook"),
                ],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["ACTIVE", "PAUSED", "DISABLED", "ENDED"])
                        ),
                        name="webhook_state_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Progress",
            fields=[
                (
                    "webhook",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="progress",
                        serialize=False,
                        to="webhooks.webhook",
                    ),
                ),
                ("number", models.BigIntegerField(db_default=0)),
                ("claim", models.BigIntegerField(db_default=0)),
                ("claimed_until", models.DateTimeField(null=True)),
                ("failures", models.IntegerField(db_default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                (
                    "next_attempt_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "webhook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="webhooks.webhook",
                    ),
                ),
                ("first_number", models.BigIntegerField()),
                ("last_number", models.BigIntegerField()),
                ("events", models.IntegerField()),
                ("attempt", models.IntegerField()),
                ("started_at", models.DateTimeField()),
                ("took_ms", models.IntegerField()),
                ("status", models.SmallIntegerField(null=True)),
                ("error", models.CharField(blank=True, db_default="", max_length=200)),
                ("taken", models.BooleanField()),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["webhook", "id"], name="delivery_of_webhook"),
                    models.Index(fields=["started_at"], name="delivery_by_age"),
                ],
            },
        ),
    ]
