"""What individuals earned this year before our books began, as facts."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import backoffice.events.functions

FACT = """
CREATE TRIGGER is_a_fact BEFORE UPDATE OR DELETE ON ledger_ndflincome
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0008_ndfl"),
        ("refdata", "0005_taken_back"),
    ]

    operations = [
        migrations.CreateModel(
            name="NdflIncome",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("base", models.CharField(max_length=14)),
                ("kind", models.CharField(max_length=8)),
                ("day", models.DateField()),
                ("income", models.DecimalField(decimal_places=4, max_digits=24)),
                ("costs", models.DecimalField(decimal_places=4, max_digits=24)),
                ("withheld", models.DecimalField(decimal_places=4, max_digits=24)),
                ("full_years", models.SmallIntegerField(db_default=0)),
                ("issuer", models.CharField(blank=True, db_default="", max_length=2)),
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
                "indexes": [models.Index(fields=["entity", "day"], name="ndflincome_by_day")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "base__in",
                                [
                                    "TRADED",
                                    "UNTRADED",
                                    "DERIV_TRADED",
                                    "DERIV_UNTRADED",
                                    "REPO",
                                    "LENDING",
                                    "IIS",
                                    "DIVIDEND",
                                ],
                            ),
                            ("costs__gte", 0),
                            ("kind__in", ["SALE", "COUPON", "DIVIDEND"]),
                        ),
                        name="ndflincome_known",
                    )
                ],
            },
        ),
        migrations.RunSQL(FACT, "DROP TRIGGER is_a_fact ON ledger_ndflincome"),
    ]
