"""The headroom that capture reads names the signed sum of positions."""

from django.db import migrations

FORWARD = """
DROP FUNCTION limits_headroom(bigint[], timestamptz);
CREATE FUNCTION limits_headroom(ids bigint[], at timestamptz)
RETURNS TABLE (id bigint, currency varchar, available numeric, net numeric) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT l.id, l.currency, limits_available(l, at), limits_net(l)
      FROM limits_limit l WHERE l.id = ANY (ids) ORDER BY l.id FOR UPDATE;
END $$;
"""
BACK = """
DROP FUNCTION limits_headroom(bigint[], timestamptz);
CREATE FUNCTION limits_headroom(ids bigint[], at timestamptz)
RETURNS TABLE (id bigint, currency varchar, available numeric) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT l.id, l.currency, limits_available(l, at)
      FROM limits_limit l WHERE l.id = ANY (ids) ORDER BY l.id FOR UPDATE;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("deals", "0011_tax_flows"), ("limits", "0011_positions")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
