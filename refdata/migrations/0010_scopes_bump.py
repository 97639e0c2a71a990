"""A scope that was given or taken counts at once: it moves the counter that processes cache behind."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("refdata", "0009_kept_details")]
    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER bookscope_bumps AFTER INSERT OR UPDATE OR DELETE ON refdata_bookscope"
            " FOR EACH STATEMENT EXECUTE FUNCTION refdata_bump()",
            "DROP TRIGGER bookscope_bumps ON refdata_bookscope",
        ),
    ]
