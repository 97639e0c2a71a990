"""Files with their bytes, whose they are, and what became of each."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = Path(__file__).with_suffix(".undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0001_tables"),
        ("events", "0001_tables"),
        ("refdata", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="inboundfile",
            options={
                "default_permissions": ("view",),
                "permissions": [
                    ("receive_inboundfile", "Can bring a file"),
                    ("retake_inboundfile", "Can take a file in again"),
                    ("set_aside_inboundfile", "Can set a file aside that cannot be taken in"),
                ],
            },
        ),
        migrations.AlterField(
            model_name="inboundfile",
            name="format",
            field=models.CharField(blank=True, db_default="", max_length=40),
        ),
        migrations.AddField(
            model_name="inboundfile",
            name="size",
            field=models.BigIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="inboundfile",
            name="channel",
            field=models.CharField(blank=True, db_default="", max_length=40),
        ),
        migrations.AddField(
            model_name="inboundfile",
            name="entity",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.entity",
            ),
        ),
        migrations.AddField(
            model_name="inboundfile",
            name="statements",
            field=models.IntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="inboundfile",
            name="added",
            field=models.IntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="inboundfile",
            name="duplicates",
            field=models.IntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="inboundfile",
            name="balanced",
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name="inboundfile",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("TAKEN", "Taken in"),
                    ("PARTLY", "Taken in part"),
                    ("REFUSED", "Refused"),
                    ("SET_ASIDE", "Set aside"),
                ],
                db_default="TAKEN",
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="inboundfile",
            name="received_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="inboundfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["TAKEN", "PARTLY", "REFUSED", "SET_ASIDE"])),
                name="inboundfile_outcome_known",
            ),
        ),
        migrations.CreateModel(
            name="InboundContent",
            fields=[
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="kept",
                        serialize=False,
                        to="connectors.inboundfile",
                    ),
                ),
                ("content", models.BinaryField()),
            ],
            options={"default_permissions": ()},
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
