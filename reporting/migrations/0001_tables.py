"""Runs of reports."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import backoffice.events.functions

SQL = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("reporting", "0001_initial"),
        ("reporting", "0002_runs_in_full"),
        ("reporting", "0003_bounds_in_columns"),
        ("reporting", "0004_completed_is_a_fact"),
    ]

    dependencies = [
        ("access", "0001_tables"),
        ("events", "0001_tables"),
        ("ledger", "0001_tables"),
        ("refdata", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReportRun",
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
                ("report", models.CharField(max_length=40)),
                (
                    "stage",
                    models.CharField(
                        blank=True,
                        choices=[("FLASH", "Flash: provisional"), ("FINAL", "Final")],
                        db_default="",
                        max_length=5,
                    ),
                ),
                ("occasion", models.CharField(blank=True, db_default="", max_length=80)),
                ("parameters", models.JSONField(db_default=models.Value({}, models.JSONField()))),
                (
                    "entity_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), null=True, size=None
                    ),
                ),
                ("watermark", models.BigIntegerField(null=True)),
                ("horizon", models.BigIntegerField(null=True)),
                ("known_at", models.DateTimeField(null=True)),
                ("done_percent", models.SmallIntegerField(db_default=0)),
                ("row_count", models.IntegerField(null=True)),
                ("byte_count", models.BigIntegerField(null=True)),
                ("contents", models.JSONField(db_default=models.Value({}, models.JSONField()))),
                ("sha256", models.CharField(blank=True, db_default="", max_length=64)),
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
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "permissions": [
                    ("view_report", "Can read reports"),
                    ("run_report", "Can run reports"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["QUEUED", "RUNNING", "COMPLETED", "FAILED"])
                        ),
                        name="reportrun_state_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("occasion", ""), _negated=True),
                            models.Q(("state", "FAILED"), _negated=True),
                        ),
                        fields=("occasion",),
                        name="reportrun_once_per_occasion",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "COMPLETED"), _negated=True),
                            models.Q(
                                ("horizon__isnull", False),
                                ("row_count__isnull", False),
                                models.Q(("sha256", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="reportrun_completed_is_proved",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SQL),
    ]
