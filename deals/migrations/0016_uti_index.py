"""Deals are found by the UTI that the counterparty tells."""

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("deals", "0015_received_facts")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS dealversion_by_uti"
            " ON deals_dealversion ((details->>'uti')) WHERE details ? 'uti'",
            "DROP INDEX CONCURRENTLY IF EXISTS dealversion_by_uti",
        )
    ]
