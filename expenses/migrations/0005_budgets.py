"""Budgets."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = Path(__file__).with_suffix(".undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("expenses", "0004_assets"),
        ("refdata", "0007_price_ranges"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Budget",
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
                ("number", models.SmallIntegerField()),
                ("note", models.CharField(blank=True, db_default="", max_length=200)),
                ("total", models.DecimalField(decimal_places=4, max_digits=24)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("APPROVED", "Approved"),
                            ("REPLACED", "Replaced"),
                            ("DECLINED", "Declined"),
                        ],
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
                    ("propose_budget", "Can propose a budget"),
                    ("approve_budget", "Can approve a budget"),
                    ("decline_budget", "Can decline a budget"),
                ],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="BudgetLine",
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
                            ("RENT", "Rent"),
                            ("DATA", "Market data"),
                            ("DEPOSITORY", "Depositories and registrars"),
                            ("OUTSOURCING", "Outsourcing"),
                            ("SOFTWARE", "Software and support"),
                            ("COMMUNICATION", "Communication"),
                            ("LEGAL", "Legal services and audit"),
                            ("OTHER", "Other expenses"),
                            ("PERSONNEL", "Pay and social contributions"),
                            ("DEPRECIATION", "Depreciation"),
                        ],
                        max_length=13,
                    ),
                ),
                ("month", models.DateField()),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                (
                    "budget",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="expenses.budget",
                    ),
                ),
                (
                    "centre",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="expenses.costcentre",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["PROPOSED", "APPROVED", "REPLACED", "DECLINED"])),
                name="budget_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.UniqueConstraint(
                fields=("entity", "year", "number"), name="budget_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "APPROVED")),
                fields=("entity", "year"),
                name="budget_one_counts",
            ),
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.CheckConstraint(
                condition=models.Q(("year__range", (2000, 2200))), name="budget_of_some_year"
            ),
        ),
        migrations.AddConstraint(
            model_name="budgetline",
            constraint=models.UniqueConstraint(
                fields=("budget", "centre", "kind", "month"),
                name="budgetline_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="budgetline",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0), ("month__day", 1)),
                name="budgetline_of_something",
            ),
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
