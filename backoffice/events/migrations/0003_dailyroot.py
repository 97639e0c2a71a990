"""Daily roots, facts like the events they seal."""

import django.db.models.functions.datetime
from django.db import migrations, models

FORWARD = """
CREATE TRIGGER root_is_a_fact BEFORE UPDATE OR DELETE ON events_dailyroot
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
"""
BACK = "DROP TRIGGER root_is_a_fact ON events_dailyroot;"


class Migration(migrations.Migration):
    dependencies = [("events", "0002_facts")]

    operations = [
        migrations.CreateModel(
            name="DailyRoot",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
                ("count", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
                ("root", models.CharField(max_length=64)),
                (
                    "sealed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("count__gte", 0), ("number__gte", models.F("count"))),
                        name="root_counts_its_day",
                    )
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
