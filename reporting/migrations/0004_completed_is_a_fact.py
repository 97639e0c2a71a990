"""What was completed does not change, and is proved; an occasion asks once."""

from pathlib import Path

from django.db import migrations, models

FORWARD = Path(__file__).with_suffix(".sql").read_text()
BACK = """
DROP INDEX journalentry_by_date;
DROP TRIGGER reportrun_is_a_fact ON reporting_reportrun;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("reporting", "0003_bounds_in_columns"),
        ("ledger", "0002_posting"),
        ("events", "0001_initial"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="reportrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("occasion", ""), _negated=True),
                    models.Q(("state", "FAILED"), _negated=True),
                ),
                fields=("occasion",),
                name="reportrun_once_per_occasion",
            ),
        ),
        migrations.AddConstraint(
            model_name="reportrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "COMPLETED"), _negated=True),
                    models.Q(
                        ("horizon__isnull", False),
                        ("row_count__isnull", False),
                        models.Q(("sha256", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="reportrun_completed_is_proved",
            ),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
