"""An earmark may end on the day on which it began: it was in force on no day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("refdata", "0004_fees"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="earmark",
            name="earmark_dated",
        ),
        migrations.AddConstraint(
            model_name="earmark",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until__isnull", True),
                    ("valid_until__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="earmark_dated",
            ),
        ),
    ]
