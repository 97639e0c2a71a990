"""Interest rates and the payments of bonds are facts: new rows only."""

from django.db import migrations

FACTS = ("refdata_interestrate", "refdata_bondpayment")


class Migration(migrations.Migration):
    dependencies = [("refdata", "0005_directories")]
    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER is_a_fact BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION events_refuse_change()",
            f"DROP TRIGGER is_a_fact ON {table}",
        )
        for table in FACTS
    ]
