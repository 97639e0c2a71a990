"""What was prepared before belongs to the book of its deal."""

from django.db import migrations

FROM_DEALS = """
UPDATE settlements_settlement s SET book_id = d.book_id
  FROM deals_deal d WHERE s.source_type = 'deal' AND d.id = s.source_id AND s.book_id IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("settlements", "0006_book"), ("deals", "0006_received")]
    operations = [migrations.RunSQL(FROM_DEALS, migrations.RunSQL.noop)]
