"""A price may say between which prices of its day deals were made: what tax holds a price against."""

from django.db import migrations, models
from django.db.models import F, Q

_KEY = ["instrument", "price_date", "source", "kind", "value"]


class Migration(migrations.Migration):
    dependencies = [
        ("refdata", "0006_manual_prices"),
    ]

    operations = [
        *(
            migrations.AddField(
                model_name="price",
                name=name,
                field=models.DecimalField(blank=True, decimal_places=12, max_digits=28, null=True),
            )
            for name in ("low", "high")
        ),
        migrations.AlterField(
            model_name="price",
            name="kind",
            field=models.CharField(db_default="CLOSE", default="CLOSE", max_length=8),
        ),
        migrations.RemoveConstraint(model_name="price", name="price_once"),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.CheckConstraint(
                condition=Q(low=None, high=None)
                | Q(low__isnull=False, high__isnull=False, low__gt=0, low__lte=F("high")),
                name="price_range_in_order",
            ),
        ),
        # The same price told again with its range is another fact; told again without one it is the same.
        migrations.AddConstraint(
            model_name="price",
            constraint=models.UniqueConstraint(
                fields=[*_KEY, "low", "high"], nulls_distinct=False, name="price_once"
            ),
        ),
    ]
