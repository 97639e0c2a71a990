"""Linked settlements; two payments of one deal are told apart by their currencies."""

import django.db.models.deletion
from django.db import migrations, models

import backoffice.events.functions


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0002_facts"),
        ("settlements", "0003_evidence_claim"),
    ]

    operations = [
        migrations.CreateModel(
            name="SettlementLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("WITH", "Released together")], default="WITH", max_length=4
                    ),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.RemoveConstraint(
            model_name="settlement",
            name="settlement_live_once",
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cancellation", "AGREED"), _negated=True),
                fields=("source_type", "source_id", "method", "money_asset"),
                name="settlement_live_once",
            ),
        ),
        migrations.AddField(
            model_name="settlementlink",
            name="first",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="settlements.settlement",
            ),
        ),
        migrations.AddField(
            model_name="settlementlink",
            name="second",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="settlements.settlement",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementlink",
            constraint=models.CheckConstraint(
                condition=models.Q(("first__lt", models.F("second"))), name="link_lower_first"
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementlink",
            constraint=models.UniqueConstraint(fields=("first", "second"), name="link_once"),
        ),
        migrations.RunSQL(
            "CREATE TRIGGER settlementlink_is_a_fact BEFORE UPDATE OR DELETE ON settlements_settlementlink"
            " FOR EACH ROW EXECUTE FUNCTION events_refuse_change()",
            "DROP TRIGGER settlementlink_is_a_fact ON settlements_settlementlink",
        ),
    ]
