"""The headroom that capture reads counts overrides only while they are in force."""

from django.db import migrations

FORWARD = """
DROP FUNCTION limits_headroom(bigint[]);
CREATE FUNCTION limits_headroom(ids bigint[], at timestamptz)
RETURNS TABLE (id bigint, currency varchar, available numeric) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT l.id, l.currency, limits_available(l, at)
      FROM limits_limit l WHERE l.id = ANY (ids) ORDER BY l.id FOR UPDATE;
END $$;
"""
BACK = """
DROP FUNCTION limits_headroom(bigint[], timestamptz);
CREATE FUNCTION limits_headroom(ids bigint[])
RETURNS TABLE (id bigint, currency varchar, available numeric) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT l.id, l.currency, l.cap + l.override - l.used - l.reserved
      FROM limits_limit l WHERE l.id = ANY (ids) ORDER BY l.id FOR UPDATE;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("deals", "0003_bulk"), ("limits", "0006_headroom")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
