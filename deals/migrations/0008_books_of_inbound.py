"""What came in before belongs to the book of its deal, else to the one that it names."""

from django.db import migrations

FROM_DEALS = """
UPDATE deals_inbound i SET entity_id = d.entity_id, book_id = d.book_id
  FROM deals_deal d WHERE d.id = i.deal_id AND i.book_id IS NULL
"""
FROM_BODIES = """
UPDATE deals_inbound i SET entity_id = b.entity_id, book_id = b.id
  FROM refdata_book b WHERE b.code = i.body::jsonb ->> 'book' AND i.book_id IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("deals", "0007_inbound_book")]
    operations = [
        migrations.RunSQL(FROM_DEALS, migrations.RunSQL.noop),
        migrations.RunSQL(FROM_BODIES, migrations.RunSQL.noop),
    ]
