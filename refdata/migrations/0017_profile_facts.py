"""Firm profiles keep their terms, and processes hear of new ones."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER keeps_terms BEFORE UPDATE OR DELETE ON refdata_firmprofile
    FOR EACH ROW EXECUTE FUNCTION refdata_keep_terms('state', 'makers', 'approved_by_id');
CREATE TRIGGER firmprofile_bumps AFTER INSERT OR UPDATE OR DELETE ON refdata_firmprofile
    FOR EACH STATEMENT EXECUTE FUNCTION refdata_bump();
"""
BACK = """
DROP TRIGGER firmprofile_bumps ON refdata_firmprofile;
DROP TRIGGER keeps_terms ON refdata_firmprofile;
"""


class Migration(migrations.Migration):
    dependencies = [("refdata", "0016_firm_profiles")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
