"""Documents of others, kept as they came."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backoffice.events.functions

SQL = """
CREATE TRIGGER receiveddocument_is_a_fact BEFORE UPDATE OR DELETE ON documents_receiveddocument
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
"""
BACK = "DROP TRIGGER receiveddocument_is_a_fact ON documents_receiveddocument;"


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0003_invoices"),
        ("refdata", "0010_admissions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReceivedDocument",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("media_type", models.CharField(max_length=40)),
                ("content", models.BinaryField()),
                ("sha256", models.CharField(max_length=64)),
                ("received_at", models.DateTimeField()),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
                (
                    "entity",
                    models.ForeignKey(
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
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.RunSQL(SQL, BACK),
    ]
