"""A change of a limit's definition (never of its counters) moves the counter that processes cache behind."""

from django.db import migrations

COLUMNS = "entity_id, kind, name, book_id, party_id, nostro_currency, currency"
TRIGGER = """
CREATE TRIGGER {name}_bumps AFTER INSERT OR DELETE OR UPDATE OF {columns} ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refdata_bump();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("limits", "0001_initial"),
        ("refdata", "0002_facts"),
    ]
    operations = [
        migrations.RunSQL(
            TRIGGER.format(name="limit", table="limits_limit", columns=COLUMNS),
            "DROP TRIGGER limit_bumps ON limits_limit",
        ),
        migrations.RunSQL(
            TRIGGER.format(
                name="addon", table="limits_addon", columns="rate, valid_from, valid_until"
            ),
            "DROP TRIGGER addon_bumps ON limits_addon",
        ),
    ]
