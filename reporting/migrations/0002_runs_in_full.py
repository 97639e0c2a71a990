"""Columns for what was asked, what was known and what came out."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("refdata", "0002_facts"),
        ("reporting", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="reportrun",
            name="byte_count",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="reportrun",
            name="contents",
            field=models.JSONField(db_default=models.Value({}, models.JSONField())),
        ),
        migrations.AddField(
            model_name="reportrun",
            name="done_percent",
            field=models.SmallIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="reportrun",
            name="entity_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), null=True, size=None
            ),
        ),
        migrations.AddField(
            model_name="reportrun",
            name="horizon",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="reportrun",
            name="occasion",
            field=models.CharField(blank=True, db_default="", max_length=80),
        ),
        migrations.AddField(
            model_name="reportrun",
            name="stage",
            field=models.CharField(
                blank=True,
                choices=[("FLASH", "Flash: provisional"), ("FINAL", "Final")],
                db_default="",
                max_length=5,
            ),
        ),
        migrations.AlterField(
            model_name="reportrun",
            name="requested_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
