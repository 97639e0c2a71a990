"""Who read whose personal data: a table in parts by month, which Django does not make."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):
    replaces = [("access", "0004_personal_reads")]
    dependencies = [("access", "0001_tables"), ("events", "0001_tables")]
    operations = [migrations.RunSQL(SQL)]
