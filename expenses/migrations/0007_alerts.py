"""What months brought and cost; months in which expense outran income."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import backoffice.events.functions

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = Path(__file__).with_suffix(".undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("expenses", "0006_allocation"),
        ("refdata", "0007_price_ranges"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExpenseAlert",
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
                ("month", models.DateField()),
                ("income", models.DecimalField(decimal_places=4, max_digits=24)),
                ("expense", models.DecimalField(decimal_places=4, max_digits=24)),
                ("swing", models.DecimalField(decimal_places=4, max_digits=24)),
                ("trailing", models.SmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("OPEN", "Open"), ("ANSWERED", "Answered")],
                        default="OPEN",
                        max_length=8,
                    ),
                ),
                ("answer", models.CharField(blank=True, db_default="", max_length=500)),
                (
                    "raised_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.entity",
                    ),
                ),
            ],
            options={
                "permissions": [("answer_expensealert", "Can answer that expense outran income")],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="AlertDriver",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.SmallIntegerField()),
                ("cause", models.CharField(max_length=24)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                ("usual", models.DecimalField(decimal_places=4, max_digits=24)),
                ("worse_by", models.DecimalField(decimal_places=4, max_digits=24)),
                (
                    "alert",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drivers",
                        to="expenses.expensealert",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="MonthlyResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                ("number", models.SmallIntegerField()),
                ("cause", models.CharField(max_length=24)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
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
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AddConstraint(
            model_name="expensealert",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["OPEN", "ANSWERED"])),
                name="expensealert_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="expensealert",
            constraint=models.UniqueConstraint(
                fields=("entity", "month"), name="expensealert_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="expensealert",
            constraint=models.CheckConstraint(
                condition=models.Q(("expense__gt", models.F("income")), ("month__day", 1)),
                name="expensealert_outran",
            ),
        ),
        migrations.AddConstraint(
            model_name="expensealert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "OPEN"), models.Q(("answer", ""), _negated=True), _connector="OR"
                ),
                name="expensealert_answered_in_words",
            ),
        ),
        migrations.AddConstraint(
            model_name="alertdriver",
            constraint=models.UniqueConstraint(fields=("alert", "number"), name="alertdriver_once"),
        ),
        migrations.AddConstraint(
            model_name="monthlyresult",
            constraint=models.UniqueConstraint(
                fields=("entity", "month", "number", "cause"), name="monthlyresult_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="monthlyresult",
            constraint=models.CheckConstraint(
                condition=models.Q(("month__day", 1)), name="monthlyresult_of_a_month"
            ),
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
