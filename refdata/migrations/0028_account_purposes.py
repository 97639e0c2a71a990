"""For what an account is: what was written freely becomes one of the known purposes."""

from django.db import migrations

FORWARD = """
UPDATE refdata_depositoryaccount a
   SET kind = CASE WHEN a.owner_id = e.own_party_id THEN 'OWN' ELSE 'CLIENT_SEGREGATED' END
  FROM refdata_entity e
 WHERE e.id = a.entity_id
   AND a.kind NOT IN ('OWN', 'CLIENT_SEGREGATED', 'CLIENT_OMNIBUS', 'COLLATERAL', 'BLOCKED')
"""


class Migration(migrations.Migration):
    dependencies = [("refdata", "0027_netting_by_agreement")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
