"""Payroll journals with their lines and remarks; lines and remarks are facts."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import backoffice.events.functions

FACTS = """
CREATE TRIGGER payrollline_is_a_fact BEFORE UPDATE OR DELETE ON expenses_payrollline
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER payrollremark_is_a_fact BEFORE UPDATE OR DELETE ON expenses_payrollremark
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER payrolljournal_stays BEFORE UPDATE OF content, sha256, accrued, ndfl, held, net, pay_date OR DELETE
    ON expenses_payrolljournal FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
"""
UNDO = """
DROP TRIGGER payrollline_is_a_fact ON expenses_payrollline;
DROP TRIGGER payrolljournal_stays ON expenses_payrolljournal;
DROP TRIGGER payrollremark_is_a_fact ON expenses_payrollremark;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("expenses", "0007_alerts"),
        ("refdata", "0007_price_ranges"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PayrollJournal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "makers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), db_default=[], default=list, size=None
                    ),
                ),
                ("number", models.CharField(max_length=40)),
                ("month", models.DateField()),
                ("pay_date", models.DateField()),
                ("document", models.CharField(max_length=120)),
                ("layout", models.CharField(max_length=20)),
                ("content", models.BinaryField()),
                ("sha256", models.CharField(max_length=64)),
                ("people", models.IntegerField()),
                ("accrued", models.DecimalField(decimal_places=4, max_digits=24)),
                ("base", models.DecimalField(decimal_places=4, max_digits=24)),
                ("ndfl", models.DecimalField(decimal_places=4, max_digits=24)),
                ("held", models.DecimalField(decimal_places=4, max_digits=24)),
                ("contributions", models.DecimalField(decimal_places=4, max_digits=24)),
                ("net", models.DecimalField(decimal_places=4, max_digits=24)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("ACCEPTED", "Accepted"),
                            ("REVERSED", "Reversed"),
                            ("DECLINED", "Declined"),
                        ],
                        default="PROPOSED",
                        max_length=8,
                    ),
                ),
                (
                    "received_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
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
                    "received_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaces",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="expenses.payrolljournal",
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("view_payrolljournal", "Can read pay"),
                    ("receive_payrolljournal", "Can bring a payroll journal"),
                    ("accept_payrolljournal", "Can accept a payroll journal"),
                    ("decline_payrolljournal", "Can decline a payroll journal"),
                ],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PayrollLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.IntegerField()),
                ("resident", models.BooleanField()),
                ("code", models.CharField(blank=True, max_length=4)),
                ("accrued", models.DecimalField(decimal_places=4, max_digits=24)),
                ("deductions", models.JSONField(db_default=models.Value({}, models.JSONField()))),
                ("base", models.DecimalField(decimal_places=4, max_digits=24)),
                ("by_rate", models.JSONField(db_default=models.Value({}, models.JSONField()))),
                ("ndfl", models.DecimalField(decimal_places=4, max_digits=24)),
                ("held", models.DecimalField(decimal_places=4, max_digits=24)),
                ("contributions", models.DecimalField(decimal_places=4, max_digits=24)),
                ("net", models.DecimalField(decimal_places=4, max_digits=24)),
                ("account", models.CharField(blank=True, max_length=20)),
                ("bik", models.CharField(blank=True, max_length=9)),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
                (
                    "centre",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="expenses.costcentre",
                    ),
                ),
                (
                    "journal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="expenses.payrolljournal",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PayrollRemark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("WITHHELD", "Other tax than the scale says"),
                            ("NO_RULE", "No scale is in force"),
                        ],
                        max_length=10,
                    ),
                ),
                ("rate", models.DecimalField(decimal_places=4, max_digits=5, null=True)),
                ("told", models.DecimalField(decimal_places=4, max_digits=24)),
                ("reckoned", models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
                (
                    "journal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="remarks",
                        to="expenses.payrolljournal",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AddConstraint(
            model_name="payrolljournal",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["PROPOSED", "ACCEPTED", "REVERSED", "DECLINED"])),
                name="payrolljournal_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="payrolljournal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["PROPOSED", "ACCEPTED"])),
                fields=("entity", "month", "number"),
                name="payrolljournal_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="payrolljournal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["PROPOSED", "ACCEPTED"])),
                fields=("entity", "sha256"),
                name="payrolljournal_same_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="payrolljournal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "net",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("accrued"), "-", models.F("ndfl")
                            ),
                            "-",
                            models.F("held"),
                        ),
                    ),
                    ("month__day", 1),
                ),
                name="payrolljournal_sums",
            ),
        ),
        migrations.AddConstraint(
            model_name="payrollline",
            constraint=models.UniqueConstraint(
                fields=("journal", "number"), name="payrollline_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="payrollline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("accrued__gte", 0),
                    ("base__gte", 0),
                    ("base__lte", models.F("accrued")),
                    ("contributions__gte", 0),
                    ("held__gte", 0),
                    (
                        "net",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("accrued"), "-", models.F("ndfl")
                            ),
                            "-",
                            models.F("held"),
                        ),
                    ),
                ),
                name="payrollline_sums",
            ),
        ),
        migrations.AddConstraint(
            model_name="payrollremark",
            constraint=models.UniqueConstraint(
                fields=("journal", "person", "rate"),
                name="payrollremark_once",
                nulls_distinct=False,
            ),
        ),
        migrations.RunSQL(FACTS, UNDO),
    ]
