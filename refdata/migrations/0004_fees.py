"""Fee schedules that say how a fee is counted and paid."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("refdata", "0003_towns"),
    ]

    operations = [
        migrations.AddField(
            model_name="feeschedule",
            name="basis",
            field=models.CharField(
                choices=[
                    ("NOTIONAL", "Notional"),
                    ("QUANTITY", "Quantity"),
                    ("DEAL", "Each deal"),
                    ("SETTLEMENT", "Each settlement"),
                    ("MESSAGE", "Each instruction sent"),
                    ("ASSETS", "Assets held, a year"),
                ],
                db_default="NOTIONAL",
                default="NOTIONAL",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="feeschedule",
            name="biller",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.party",
            ),
        ),
        migrations.AddField(
            model_name="feeschedule",
            name="capacity",
            field=models.CharField(
                blank=True,
                choices=[("OWN", "Own"), ("CLIENT", "Client"), ("AGENT", "Agent")],
                db_default="",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="feeschedule",
            name="collected",
            field=models.CharField(
                choices=[("WITH_DEAL", "With the deal"), ("INVOICED", "Accrued and invoiced")],
                db_default="WITH_DEAL",
                default="WITH_DEAL",
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="feeschedule",
            name="maximum",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=24, null=True),
        ),
        migrations.AddField(
            model_name="feeschedule",
            name="place",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.place",
            ),
        ),
        migrations.AddField(
            model_name="feeschedule",
            name="rebate_from",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.DecimalField(decimal_places=8, max_digits=28),
                blank=True,
                db_default=[],
                default=list,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="feeschedule",
            name="rebate_shares",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.DecimalField(decimal_places=12, max_digits=28),
                blank=True,
                db_default=[],
                default=list,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="feeschedule",
            name="rounding",
            field=models.CharField(
                choices=[
                    ("HALF_UP", "Half up to the minor unit"),
                    ("WHOLE", "Half up to whole units"),
                ],
                db_default="HALF_UP",
                default="HALF_UP",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="feeschedule",
            name="service",
            field=models.CharField(blank=True, db_default="", max_length=20),
        ),
        migrations.AddField(
            model_name="feeschedule",
            name="tier_from",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.DecimalField(decimal_places=8, max_digits=28),
                blank=True,
                db_default=[],
                default=list,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="feeschedule",
            name="tier_rates",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.DecimalField(decimal_places=12, max_digits=28),
                blank=True,
                db_default=[],
                default=list,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="feeschedule",
            name="vat_on_top",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="feeschedule",
            name="whole_tiers",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name="feeschedule",
            name="product",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddConstraint(
            model_name="feeschedule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("maximum__isnull", True),
                    ("maximum__gte", models.F("minimum")),
                    _connector="OR",
                ),
                name="fee_bounds_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="feeschedule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("collected", "INVOICED"),
                    models.Q(
                        ("basis__in", ["NOTIONAL", "QUANTITY", "DEAL"]),
                        ("biller", None),
                        ("payer", "US"),
                        ("rebate_from", []),
                    ),
                    _connector="OR",
                ),
                name="fee_with_deal_is_of_the_deal",
            ),
        ),
    ]
