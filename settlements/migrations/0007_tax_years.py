"""Tax years end, and what each client owed then."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import backoffice.events.functions

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = Path(__file__).with_suffix(".undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("refdata", "0005_taken_back"),
        ("settlements", "0006_withdrawals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TaxYear",
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
                ("year", models.SmallIntegerField()),
                ("people", models.IntegerField()),
                ("owed", models.DecimalField(decimal_places=4, max_digits=24)),
                ("ended_on", models.DateField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("ENDED", "Ended"),
                            ("DECLINED", "Declined"),
                        ],
                        db_default="PROPOSED",
                        default="PROPOSED",
                        max_length=8,
                    ),
                ),
                (
                    "proposed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
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
                    ("propose_taxyear", "Can propose the end of a tax year"),
                    ("approve_taxyear", "Can approve the end of a tax year"),
                    ("decline_taxyear", "Can decline the end of a tax year"),
                ],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="TaxYearResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tax", models.DecimalField(decimal_places=4, max_digits=24)),
                ("before", models.DecimalField(decimal_places=4, max_digits=24)),
                ("withheld", models.DecimalField(decimal_places=4, max_digits=24)),
                ("unwithheld", models.DecimalField(decimal_places=4, max_digits=24)),
                ("excess", models.DecimalField(decimal_places=4, max_digits=24)),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
                (
                    "tax_year",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="settlements.taxyear",
                    ),
                ),
                (
                    "taxpayer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AddConstraint(
            model_name="taxyear",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["PROPOSED", "ENDED", "DECLINED"])),
                name="taxyear_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="taxyear",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "DECLINED"), _negated=True),
                fields=("entity", "year"),
                name="taxyear_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="taxyear",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_on__isnull", False), ("state", "ENDED")),
                    models.Q(models.Q(("state", "ENDED"), _negated=True), ("ended_on", None)),
                    _connector="OR",
                ),
                name="taxyear_ended_on_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="taxyearresult",
            constraint=models.UniqueConstraint(
                fields=("tax_year", "taxpayer"), name="taxyearresult_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="taxyearresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "tax",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("before"), "+", models.F("withheld")
                                ),
                                "+",
                                models.F("unwithheld"),
                            ),
                            "-",
                            models.F("excess"),
                        ),
                    ),
                    ("excess__gte", 0),
                    ("unwithheld__gte", 0),
                    ("withheld__gte", 0),
                ),
                name="taxyearresult_adds_up",
            ),
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
