"""When what a source says is stale is among what processes cache: changes move their counter."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("refdata", "0017_profile_facts")]
    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER source_bumps AFTER INSERT OR UPDATE OR DELETE ON refdata_source"
            " FOR EACH STATEMENT EXECUTE FUNCTION refdata_bump()",
            "DROP TRIGGER source_bumps ON refdata_source",
        )
    ]
