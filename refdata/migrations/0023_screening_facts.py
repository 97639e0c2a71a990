"""Lists and screenings are facts, and what changes is due to be screened again."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_suffix(".sql").read_text()
BACK = """
DROP TRIGGER keeps_what_was_found ON refdata_screeninghit;
DROP FUNCTION refdata_screen_again() CASCADE;
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['sanctionsversion', 'sanctionsentry', 'sanctionsmember', 'screeningrun',
        'screening'] LOOP
        EXECUTE format('DROP TRIGGER %I ON %I', name || '_is_a_fact', 'refdata_' || name);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("refdata", "0022_screening")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
