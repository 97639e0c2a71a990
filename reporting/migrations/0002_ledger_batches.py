"""Batches of entries for the bookkeeping."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = Path(__file__).with_suffix(".undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("refdata", "0005_taken_back"),
        ("reporting", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="LedgerBatch",
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
                ("number", models.IntegerField()),
                ("day", models.DateField()),
                ("taken_as", models.CharField(blank=True, db_default="", max_length=100)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PREPARED", "Prepared"),
                            ("HANDED_OVER", "Handed over"),
                            ("ACCEPTED", "Accepted"),
                        ],
                        db_default="PREPARED",
                        default="PREPARED",
                        max_length=11,
                    ),
                ),
                (
                    "prepared_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "before",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="after",
                        to="reporting.ledgerbatch",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.entity",
                    ),
                ),
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batch",
                        to="reporting.reportrun",
                    ),
                ),
            ],
            options={
                "permissions": [
                    (
                        "hand_over_ledgerbatch",
                        "Can hand over a batch of entries for the bookkeeping",
                    ),
                    (
                        "accept_ledgerbatch",
                        "Can say what became of a batch of entries for the bookkeeping",
                    ),
                ],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["PREPARED", "HANDED_OVER", "ACCEPTED"])),
                        name="ledgerbatch_state_known",
                    ),
                    models.UniqueConstraint(
                        fields=("entity", "number"), name="ledgerbatch_number_once"
                    ),
                    models.UniqueConstraint(fields=("entity", "day"), name="ledgerbatch_day_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("before", None), ("number", 1)),
                            models.Q(("before__isnull", False), ("number__gt", 1)),
                            _connector="OR",
                        ),
                        name="ledgerbatch_goes_on",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", "ACCEPTED"), models.Q(("taken_as", ""), _negated=True)
                            ),
                            models.Q(
                                models.Q(("state", "ACCEPTED"), _negated=True), ("taken_as", "")
                            ),
                            _connector="OR",
                        ),
                        name="ledgerbatch_taken_as_something",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
