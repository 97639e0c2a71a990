from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("deals", "0005_revaluation"),
        ("refdata", "0004_known_markets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="dealversion",
            name="dealversion_not_negative",
        ),
        migrations.AddField(
            model_name="inbound",
            name="raw",
            field=models.TextField(blank=True, db_default=""),
        ),
        migrations.AddField(
            model_name="inbound",
            name="source",
            field=models.CharField(blank=True, db_default="", max_length=140),
        ),
        migrations.AddConstraint(
            model_name="dealversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("quantity__gte", 0), ("price__gte", 0), ("gross_amount__gte", 0)
                ),
                name="dealversion_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="inbound",
            constraint=models.UniqueConstraint(
                condition=models.Q(("source", ""), _negated=True),
                fields=("source", "external_ref"),
                name="inbound_of_source",
            ),
        ),
    ]
