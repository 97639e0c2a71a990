import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("refdata", "0004_known_markets"),
        ("settlements", "0004_links"),
    ]

    operations = [
        migrations.CreateModel(
            name="PaymentDeadline",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("currency", models.CharField(blank=True, db_default="", max_length=3)),
                ("stop_by", models.TimeField()),
                ("days_before", models.SmallIntegerField(db_default=0)),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                ("source", models.CharField(blank=True, db_default="", max_length=200)),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.place",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("place", "currency", "valid_from"), name="paymentdeadline_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="paymentdeadline_dated",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("days_before__gte", 0), ("days_before__lte", 5)),
                        name="paymentdeadline_days",
                    ),
                ],
            },
        ),
    ]
