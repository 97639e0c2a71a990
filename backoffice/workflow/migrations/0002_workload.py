"""When items were opened and closed, who works when, and what was forecast."""

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
        ("workflow", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Absence",
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
                        choices=[
                            ("HOLIDAY", "Holiday"),
                            ("ILLNESS", "Illness"),
                            ("TRAINING", "Training"),
                            ("OTHER", "Other"),
                        ],
                        max_length=10,
                    ),
                ),
                ("first_date", models.DateField()),
                ("last_date", models.DateField()),
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
            },
        ),
        migrations.CreateModel(
            name="Forecast",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                (
                    "occasion",
                    models.CharField(
                        choices=[("MORNING", "Each morning"), ("ASKED", "Asked for")], max_length=8
                    ),
                ),
                ("at", models.DateTimeField()),
                ("number", models.BigIntegerField()),
                ("horizon", models.BigIntegerField()),
                ("mornings", models.IntegerField()),
                ("drivers", models.JSONField()),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "permissions": [("make_forecast", "Can make a forecast now")],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="ForecastFigure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("queue", models.CharField(max_length=30)),
                ("kind", models.CharField(blank=True, db_default="", max_length=40)),
                ("day", models.DateField()),
                ("half_hour", models.SmallIntegerField(null=True)),
                ("expected", models.DecimalField(decimal_places=2, max_digits=12)),
                ("low", models.DecimalField(decimal_places=2, max_digits=12)),
                ("high", models.DecimalField(decimal_places=2, max_digits=12)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Roster",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("queue", models.CharField(max_length=30)),
                (
                    "hours",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DecimalField(decimal_places=2, max_digits=4), size=7
                    ),
                ),
                ("starts", models.TimeField()),
                ("valid_from", models.DateField()),
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
                "permissions": [("keep_roster", "Can keep rosters and absences")],
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="workitem",
            name="closed_tx",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="workitem",
            name="recorded_tx",
            field=models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(fields=["opened_at"], name="workitem_by_opening"),
        ),
        migrations.AddField(
            model_name="absence",
            name="kept_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="absence",
            name="takes_back",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="taken_back_by",
                to="workflow.absence",
            ),
        ),
        migrations.AddField(
            model_name="absence",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="absences",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="forecast",
            name="made_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="forecastfigure",
            name="forecast",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="figures",
                to="workflow.forecast",
            ),
        ),
        migrations.AddField(
            model_name="roster",
            name="kept_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="roster",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rosters",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="absence",
            index=models.Index(fields=["last_date"], name="absence_by_end"),
        ),
        migrations.AddConstraint(
            model_name="absence",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_date__gte", models.F("first_date"))), name="absence_dated"
            ),
        ),
        migrations.AddConstraint(
            model_name="forecast",
            constraint=models.UniqueConstraint(
                condition=models.Q(("occasion", "MORNING")),
                fields=("day",),
                name="forecast_one_a_morning",
            ),
        ),
        migrations.AddConstraint(
            model_name="forecast",
            constraint=models.CheckConstraint(
                condition=models.Q(("occasion__in", ["MORNING", "ASKED"])),
                name="forecast_occasion_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="forecastfigure",
            constraint=models.UniqueConstraint(
                fields=("forecast", "queue", "kind", "day", "half_hour"),
                name="forecastfigure_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="forecastfigure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("low__gte", 0),
                    ("low__lte", models.F("expected")),
                    ("expected__lte", models.F("high")),
                ),
                name="forecastfigure_within",
            ),
        ),
        migrations.AddConstraint(
            model_name="forecastfigure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("half_hour", None),
                    models.Q(("half_hour__gte", 0), ("half_hour__lt", 48)),
                    _connector="OR",
                ),
                name="forecastfigure_half_hour",
            ),
        ),
        migrations.AddIndex(
            model_name="roster",
            index=models.Index(fields=["user", "valid_from", "id"], name="roster_of_person"),
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=models.CheckConstraint(
                condition=models.Q(("hours__len", 7)), name="roster_of_a_week"
            ),
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
