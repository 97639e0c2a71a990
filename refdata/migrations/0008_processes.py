"""Cases of processes, their steps in turn, and what happened by itself."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).with_suffix(".sql").read_text()
BACK = """
DROP TRIGGER processcase_keeps ON refdata_processcase;
DROP TRIGGER casereaction_is_a_fact ON refdata_casereaction;
DROP TRIGGER casestep_is_a_fact ON refdata_casestep;
DROP TRIGGER casestep_in_turn ON refdata_casestep;
DROP FUNCTION refdata_keep_case();
DROP FUNCTION refdata_take_in_turn();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("refdata", "0007_price_ranges"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ProcessCase",
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
                ("process", models.CharField(max_length=60)),
                ("subject_type", models.CharField(max_length=30)),
                ("subject_id", models.BigIntegerField()),
                ("entity_id", models.BigIntegerField(null=True)),
                (
                    "required",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), size=None
                    ),
                ),
                ("facts", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "Under way"),
                            ("DONE", "Every step taken"),
                            ("ENDED", "Ended before its last step"),
                        ],
                        default="OPEN",
                        max_length=10,
                    ),
                ),
                ("begun_at", models.DateTimeField()),
                (
                    "version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.datedrule",
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("propose_process", "Can propose a version of a process"),
                    (
                        "withdraw_process",
                        "Can take back a version of a process that is not in force",
                    ),
                ],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="CaseStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.IntegerField()),
                ("key", models.CharField(max_length=40)),
                ("evidence", models.CharField(blank=True, db_default="", max_length=500)),
                ("taken_at", models.DateTimeField()),
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
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="refdata.processcase",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="CaseReaction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("process", models.CharField(max_length=60)),
                ("subject_type", models.CharField(max_length=30)),
                ("subject_id", models.BigIntegerField()),
                ("key", models.CharField(max_length=40)),
                ("begun_on", models.DateField()),
                ("happened_at", models.DateTimeField()),
                (
                    "version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.datedrule",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("subject_type", "subject_id", "process", "key", "begun_on"),
                        name="casereaction_once",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="processcase",
            index=models.Index(
                fields=["subject_type", "subject_id", "id"], name="processcase_of_subject"
            ),
        ),
        migrations.AddConstraint(
            model_name="processcase",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["OPEN", "DONE", "ENDED"])),
                name="processcase_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="processcase",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "OPEN")),
                fields=("subject_type", "subject_id", "process"),
                name="processcase_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="processcase",
            constraint=models.CheckConstraint(
                condition=models.Q(("required__len__gt", 0)), name="processcase_requires_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="casestep",
            constraint=models.UniqueConstraint(fields=("case", "position"), name="casestep_once"),
        ),
        migrations.RunSQL(SQL, BACK),
    ]
