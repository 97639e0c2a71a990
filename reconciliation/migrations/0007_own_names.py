"""The references of a line that look like ours are told when it comes."""

from pathlib import Path

import django.contrib.postgres.fields
from django.db import migrations, models

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = Path(__file__).with_suffix(".undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("reconciliation", "0006_deposits"),
    ]

    operations = [
        migrations.RunSQL(SQL, UNDO),
        migrations.AddField(
            model_name="statementline",
            name="own_names",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    "reference",
                    "our_reference",
                    "end_to_end_id",
                    function="reconciliation_own_names",
                ),
                output_field=django.contrib.postgres.fields.ArrayField(
                    base_field=models.TextField(), size=None
                ),
            ),
        ),
        migrations.AddField(
            model_name="statementline",
            name="may_name",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    "reference",
                    "our_reference",
                    "end_to_end_id",
                    "text",
                    function="reconciliation_may_name",
                ),
                output_field=models.BooleanField(),
            ),
        ),
    ]
