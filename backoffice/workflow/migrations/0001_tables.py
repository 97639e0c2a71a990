"""Steps that wait for other eyes."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    replaces = [("workflow", "0001_initial")]

    dependencies = [
        ("access", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="WorkItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("queue", models.CharField(max_length=30)),
                ("subject_type", models.CharField(max_length=30)),
                ("subject_id", models.BigIntegerField()),
                ("entity_id", models.BigIntegerField(null=True)),
                ("reason", models.CharField(blank=True, db_default="", max_length=500)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ("currency", models.CharField(blank=True, db_default="", max_length=3)),
                ("due_at", models.DateTimeField(null=True)),
                (
                    "opened_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=["queue", "due_at", "id"],
                        name="workitem_open_by_queue",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=("kind", "subject_type", "subject_id"),
                        name="workitem_open_once",
                    )
                ],
            },
        ),
    ]
