"""Elections that places accept or refuse, and that begin before the record date; penalties that a channel brought."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = Path(__file__).with_suffix(".undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("refdata", "0005_taken_back"),
        ("settlements", "0003_actions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="election",
            name="election_state_known",
        ),
        migrations.AddField(
            model_name="recordevent",
            name="elect_from",
            field=models.DateField(null=True),
        ),
        migrations.AlterField(
            model_name="election",
            name="state",
            field=models.CharField(
                choices=[
                    ("WAITING", "Waits for a choice"),
                    ("CHOSEN", "Chosen"),
                    ("INSTRUCTED", "Instructed"),
                    ("ACCEPTED", "Accepted"),
                    ("DEFAULTED", "By default"),
                ],
                db_default="WAITING",
                default="WAITING",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="penaltystatement",
            name="received_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="recordevent",
            name="fractions",
            field=models.CharField(
                choices=[
                    ("CASH", "Paid in money"),
                    ("DOWN", "Lost"),
                    ("UP", "Rounded up to a unit"),
                    ("NEAR", "Rounded to the nearest unit, a half up"),
                ],
                db_default="CASH",
                default="CASH",
                max_length=4,
            ),
        ),
        migrations.AddConstraint(
            model_name="election",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["WAITING", "CHOSEN", "INSTRUCTED", "ACCEPTED", "DEFAULTED"])
                ),
                name="election_state_known",
            ),
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
