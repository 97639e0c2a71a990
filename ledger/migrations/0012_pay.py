"""Pay as income of individuals, as facts of the sub-ledger of their tax."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import backoffice.events.functions

FACT = """
CREATE TRIGGER is_a_fact BEFORE UPDATE OR DELETE ON ledger_ndflpay
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0011_costs"),
        ("refdata", "0007_price_ranges"),
    ]

    operations = [
        migrations.CreateModel(
            name="NdflPay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("code", models.CharField(max_length=4)),
                ("income", models.DecimalField(decimal_places=4, max_digits=24)),
                ("costs", models.DecimalField(decimal_places=4, max_digits=24)),
                ("deductions", models.JSONField(db_default=models.Value({}, models.JSONField()))),
                ("resident", models.BooleanField()),
                ("source_type", models.CharField(max_length=20)),
                ("source_id", models.BigIntegerField()),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.entity",
                    ),
                ),
                (
                    "reverses",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="ledger.ndflpay",
                    ),
                ),
                (
                    "taxpayer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "indexes": [models.Index(fields=["entity", "day"], name="ndflpay_by_day")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("reverses", None)),
                        fields=("source_type", "source_id"),
                        name="ndflpay_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("costs__gte", 0),
                                ("income__gte", models.F("costs")),
                                ("reverses", None),
                            ),
                            models.Q(
                                ("costs__lte", 0),
                                ("income__lte", models.F("costs")),
                                ("reverses__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="ndflpay_signs",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FACT, "DROP TRIGGER is_a_fact ON ledger_ndflpay"),
    ]
