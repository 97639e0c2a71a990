"""Messages that stood in their files before there were channels have left."""

from django.db import migrations

LEFT = """
UPDATE connectors_outboundmessage SET state = 'SENT' WHERE written_at IS NOT NULL AND channel = '' AND state = 'QUEUED'
"""


class Migration(migrations.Migration):
    dependencies = [("connectors", "0003_channels")]

    operations = [migrations.RunSQL(LEFT, migrations.RunSQL.noop)]
