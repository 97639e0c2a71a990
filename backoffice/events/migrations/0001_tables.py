"""Events, facts and the watermark behind which everything is known."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import backoffice.events.functions

FUNCTIONS = Path(__file__).with_name("0001_functions.sql").read_text()
SQL = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("events", "0001_initial"),
        ("events", "0002_facts"),
        ("events", "0003_dailyroot"),
        ("events", "0004_watermark_tx"),
    ]

    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.RunSQL(FUNCTIONS),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tx", models.BigIntegerField(db_default=backoffice.events.functions.TxNow())),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("kind", models.CharField(max_length=60)),
                ("subject_type", models.CharField(max_length=30)),
                ("subject_id", models.BigIntegerField()),
                ("entity_id", models.BigIntegerField(null=True)),
                (
                    "actor",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("source", models.CharField(blank=True, db_default="", max_length=30)),
                ("target", models.CharField(blank=True, db_default="", max_length=30)),
                ("reason", models.CharField(blank=True, db_default="", max_length=500)),
                ("facts", models.JSONField(db_default=models.Value({}, models.JSONField()))),
            ],
            options={
                "permissions": [("read_feed", "Can read the event feed")],
                "indexes": [
                    models.Index(fields=["tx", "id"], name="event_in_order"),
                    models.Index(
                        fields=["subject_type", "subject_id", "id"], name="event_of_subject"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SequencedEvent",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sequenced",
                        to="events.event",
                    ),
                ),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "db_table": "events_sequence",
            },
        ),
        migrations.CreateModel(
            name="Watermark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("number", models.BigIntegerField()),
                ("horizon", models.BigIntegerField()),
                ("tx", models.BigIntegerField(db_default=backoffice.events.functions.TxNow())),
            ],
            options={
                "indexes": [models.Index(fields=["at"], name="watermark_by_time")],
            },
        ),
        migrations.CreateModel(
            name="DailyRoot",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
                ("count", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
                ("root", models.CharField(max_length=64)),
                (
                    "sealed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("count__gte", 0), ("number__gte", models.F("count"))),
                        name="root_counts_its_day",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ConsumerCursor",
            fields=[
                ("name", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(db_default=0)),
                ("failures", models.IntegerField(db_default=0)),
            ],
        ),
        migrations.CreateModel(
            name="ParkedEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("consumer", models.CharField(max_length=60)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="events.event",
                    ),
                ),
                ("subject_type", models.CharField(max_length=30)),
                ("subject_id", models.BigIntegerField()),
                ("error", models.TextField(blank=True)),
                (
                    "parked_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["consumer", "subject_type", "subject_id"], name="parked_subject"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("consumer", "event"), name="event_parked_once")
                ],
            },
        ),
        migrations.RunSQL(SQL),
    ]
