"""Plans of runs: decided once, written in shards with budgets; what was at hand is no row that shards share."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import backoffice.events.functions

TRIGGER = """
CREATE TRIGGER {name}_is_a_fact BEFORE UPDATE OR DELETE ON settlements_{name}
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0002_facts"),
        ("refdata", "0027_netting_by_agreement"),
        ("settlements", "0020_record_events"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RunBudget",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=32)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="RunExplanation",
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
                        choices=[
                            ("SHORTAGE", "What is short"),
                            ("CHAIN", "Whom it waits for"),
                            ("NEVER", "It cannot settle"),
                            ("REMEDY", "What would let it settle"),
                            ("DISPLACEMENT", "What it would push out"),
                            ("MARGINAL", "What one unit more is worth"),
                            ("DROPPED", "Chosen, and dropped when it was written"),
                        ],
                        max_length=12,
                    ),
                ),
                ("facts", models.JSONField(db_default=models.Value({}, models.JSONField()))),
                ("is_proved", models.BooleanField(db_default=True)),
                (
                    "computed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
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
        migrations.CreateModel(
            name="RunPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("attempt", models.SmallIntegerField()),
                ("objective", models.JSONField(db_default=models.Value({}, models.JSONField()))),
                ("rule", models.CharField(blank=True, db_default="", max_length=20)),
                ("input_sha256", models.CharField(max_length=64)),
                ("found_sha256", models.CharField(max_length=64)),
                ("candidates", models.IntegerField(db_default=0)),
                ("chosen", models.IntegerField(db_default=0)),
                ("currency", models.CharField(blank=True, db_default="", max_length=3)),
                ("value", models.DecimalField(decimal_places=4, max_digits=28)),
                ("fifo_value", models.DecimalField(decimal_places=4, max_digits=28)),
                ("fifo_chosen", models.IntegerField(db_default=0)),
                ("netting_value", models.DecimalField(decimal_places=4, max_digits=28)),
                ("bound", models.DecimalField(decimal_places=4, max_digits=28)),
                ("gap", models.FloatField(db_default=0)),
                ("score", models.JSONField(db_default=models.Value([], models.JSONField()))),
                ("bounds", models.JSONField(db_default=models.Value([], models.JSONField()))),
                ("prices", models.JSONField(db_default=models.Value([], models.JSONField()))),
                ("phases", models.JSONField(db_default=models.Value([], models.JSONField()))),
                ("struck", models.IntegerField(db_default=0)),
                ("unvalued", models.IntegerField(db_default=0)),
                ("seconds", models.FloatField(db_default=0)),
                ("decided_at", models.DateTimeField()),
                ("written_at", models.DateTimeField(null=True)),
                ("told_up_to", models.BigIntegerField(db_default=0)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.RemoveConstraint(
            model_name="rundecision",
            name="rundecision_once",
        ),
        migrations.RemoveConstraint(
            model_name="runshard",
            name="runshard_once",
        ),
        migrations.RemoveIndex(
            model_name="rundecision",
            name="rundecision_of_shard",
        ),
        migrations.AddField(
            model_name="rundecision",
            name="part",
            field=models.DecimalField(decimal_places=8, max_digits=28, null=True),
        ),
        migrations.AddField(
            model_name="rundecision",
            name="value",
            field=models.DecimalField(decimal_places=4, max_digits=28, null=True),
        ),
        migrations.AddField(
            model_name="runshard",
            name="error",
            field=models.CharField(blank=True, db_default="", max_length=500),
        ),
        migrations.AddField(
            model_name="runshard",
            name="kind",
            field=models.CharField(
                blank=True,
                choices=[("SETTLE", "Settle"), ("SEND", "Send")],
                db_default="",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="runshard",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("WHOLE", "As planned"),
                    ("REDECIDED", "Decided again"),
                    ("NOTHING", "Nothing"),
                ],
                db_default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="runshard",
            name="planned",
            field=models.IntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="runshard",
            name="rows",
            field=models.IntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="runshard",
            name="tries",
            field=models.SmallIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="runshard",
            name="wave",
            field=models.IntegerField(db_default=0),
        ),
        migrations.AlterField(
            model_name="settlementrun",
            name="objective",
            field=models.CharField(
                choices=[
                    ("FIFO", "First in, first out"),
                    ("PRIORITY", "By priority"),
                    ("VALUE", "Most value"),
                    ("COUNT", "Most settlements"),
                ],
                db_default="FIFO",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="settlementrun",
            name="mode",
            field=models.CharField(
                choices=[
                    ("SETTLE", "Our own books"),
                    ("RELEASE", "Outside places"),
                    ("BOTH", "Both"),
                ],
                db_default="BOTH",
                default="BOTH",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="runbudget",
            name="asset",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.asset",
            ),
        ),
        migrations.AddField(
            model_name="runbudget",
            name="entity",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.entity",
            ),
        ),
        migrations.AddField(
            model_name="runbudget",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.party",
            ),
        ),
        migrations.AddField(
            model_name="runbudget",
            name="place",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.place",
            ),
        ),
        migrations.AddField(
            model_name="runbudget",
            name="shard",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="budgets",
                to="settlements.runshard",
            ),
        ),
        migrations.AddField(
            model_name="runexplanation",
            name="settlement",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="settlements.settlement",
            ),
        ),
        migrations.AddField(
            model_name="runplan",
            name="run",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="plans",
                to="settlements.settlementrun",
            ),
        ),
        migrations.AddField(
            model_name="runexplanation",
            name="plan",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="explanations",
                to="settlements.runplan",
            ),
        ),
        migrations.AddField(
            model_name="rundecision",
            name="plan",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="settlements.runplan",
            ),
        ),
        migrations.AddField(
            model_name="runshard",
            name="plan",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="shards",
                to="settlements.runplan",
            ),
        ),
        migrations.AddField(
            model_name="settlementrun",
            name="plan",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="written_by",
                to="settlements.runplan",
            ),
        ),
        migrations.AddIndex(
            model_name="rundecision",
            index=models.Index(
                fields=["run", "plan", "shard", "position"], name="rundecision_of_shard"
            ),
        ),
        migrations.AddIndex(
            model_name="runshard",
            index=models.Index(
                condition=models.Q(("done_at__isnull", True)),
                fields=["plan", "wave"],
                name="runshard_undone",
            ),
        ),
        migrations.AddConstraint(
            model_name="rundecision",
            constraint=models.UniqueConstraint(
                fields=("run", "plan", "settlement"), name="rundecision_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="runshard",
            constraint=models.UniqueConstraint(
                fields=("run", "plan", "number"), name="runshard_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode__in", ["SETTLE", "RELEASE", "BOTH"])),
                name="settlementrun_mode_known",
            ),
        ),
        migrations.DeleteModel(
            name="RunBalance",
        ),
        migrations.AddConstraint(
            model_name="runbudget",
            constraint=models.UniqueConstraint(
                fields=("shard", "entity", "owner", "place", "asset"), name="runbudget_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="runbudget",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="runbudget_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="runplan",
            constraint=models.UniqueConstraint(fields=("run", "attempt"), name="runplan_once"),
        ),
        migrations.AddIndex(
            model_name="runexplanation",
            index=models.Index(fields=["settlement", "plan"], name="runexplanation_of_settlement"),
        ),
        migrations.AddConstraint(
            model_name="runexplanation",
            constraint=models.UniqueConstraint(
                fields=("plan", "settlement", "kind"), name="runexplanation_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="runexplanation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "SHORTAGE",
                            "CHAIN",
                            "NEVER",
                            "REMEDY",
                            "DISPLACEMENT",
                            "MARGINAL",
                            "DROPPED",
                        ],
                    )
                ),
                name="runexplanation_kind_known",
            ),
        ),
        *(
            migrations.RunSQL(
                TRIGGER.format(name=name), f"DROP TRIGGER {name}_is_a_fact ON settlements_{name}"
            )
            for name in ("runbudget", "runexplanation")
        ),
    ]
