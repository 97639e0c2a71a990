"""Files of salaries; what was written of one stays."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

FACTS = """
CREATE TRIGGER payfile_stays BEFORE UPDATE OF content, sha256, total, journal_id OR DELETE ON connectors_payfile
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0005_event_messages"),
        ("expenses", "0008_payroll"),
        ("refdata", "0007_price_ranges"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PayFile",
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
                ("format", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=80)),
                ("content", models.BinaryField()),
                ("sha256", models.CharField(max_length=64)),
                ("payments", models.IntegerField()),
                ("total", models.DecimalField(decimal_places=4, max_digits=24)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PREPARED", "Prepared"),
                            ("LET_OUT", "Let out to the bank"),
                            ("DROPPED", "Dropped"),
                        ],
                        default="PREPARED",
                        max_length=8,
                    ),
                ),
                (
                    "prepared_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.nostroaccount",
                    ),
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
                    "journal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pay_files",
                        to="expenses.payrolljournal",
                    ),
                ),
                (
                    "prepared_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("prepare_payfile", "Can write a file of salaries"),
                    ("release_payfile", "Can let out a file of salaries"),
                    ("drop_payfile", "Can drop a file of salaries"),
                ],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["PREPARED", "LET_OUT", "DROPPED"])),
                        name="payfile_state_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "DROPPED"), _negated=True),
                        fields=("journal",),
                        name="payfile_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("payments__gt", 0), ("total__gt", 0)),
                        name="payfile_pays",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FACTS, "DROP TRIGGER payfile_stays ON connectors_payfile"),
    ]
