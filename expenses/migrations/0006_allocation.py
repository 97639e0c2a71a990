"""Keys by which costs are shared out."""

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
        ("expenses", "0005_budgets"),
        ("refdata", "0007_price_ranges"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AllocationKey",
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
                ("position", models.SmallIntegerField()),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("FIXED", "Fixed shares"),
                            ("HEADCOUNT", "Heads, as told"),
                            ("DEALS", "Deals of each desk"),
                            ("SETTLEMENTS", "Settlements of each desk"),
                        ],
                        max_length=11,
                    ),
                ),
                ("valid_from", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("APPROVED", "Approved"),
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
                    "centre",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="expenses.costcentre",
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
                    ("propose_allocationkey", "Can propose a key by which costs are shared out"),
                    ("approve_allocationkey", "Can approve a key by which costs are shared out"),
                    ("decline_allocationkey", "Can decline a key by which costs are shared out"),
                ],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="AllocationShare",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("weight", models.DecimalField(decimal_places=6, max_digits=12)),
                (
                    "book",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.book",
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
                (
                    "key",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shares",
                        to="expenses.allocationkey",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AddIndex(
            model_name="allocationkey",
            index=models.Index(fields=["entity", "valid_from"], name="allocationkey_of_entity"),
        ),
        migrations.AddConstraint(
            model_name="allocationkey",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["PROPOSED", "APPROVED", "DECLINED"])),
                name="allocationkey_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="allocationkey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "APPROVED")),
                fields=("centre", "valid_from"),
                name="allocationkey_one_counts",
            ),
        ),
        migrations.AddConstraint(
            model_name="allocationkey",
            constraint=models.CheckConstraint(
                condition=models.Q(("position__gte", 1), ("valid_from__day", 1)),
                name="allocationkey_from_a_month",
            ),
        ),
        migrations.AddConstraint(
            model_name="allocationshare",
            constraint=models.UniqueConstraint(
                fields=("key", "centre", "book"), name="allocationshare_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="allocationshare",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("book__isnull", False), ("centre__isnull", True)),
                    models.Q(("book__isnull", True), ("centre__isnull", False)),
                    _connector="OR",
                ),
                name="allocationshare_one_of_both",
            ),
        ),
        migrations.AddConstraint(
            model_name="allocationshare",
            constraint=models.CheckConstraint(
                condition=models.Q(("weight__gt", 0)), name="allocationshare_of_something"
            ),
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
