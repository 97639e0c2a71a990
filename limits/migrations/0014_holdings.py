"""What is held counts under limits of instruments and issuers: signed sums, as open currency positions are."""

from django.db import migrations, models
from django.db.models.functions import Abs

KINDS = ("OPEN_CURRENCY_POSITION", "INSTRUMENT", "ISSUER")
FORWARD = """
CREATE OR REPLACE FUNCTION limits_net(l limits_limit) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN l.kind IN ('OPEN_CURRENCY_POSITION', 'INSTRUMENT', 'ISSUER') THEN l.net END
$$;
DROP TRIGGER limit_position ON limits_limit;
-- Until the deals' own migration gives them their signs, all that counts counts as bought.
UPDATE limits_limit SET net = used WHERE kind IN ('INSTRUMENT', 'ISSUER');
CREATE TRIGGER limit_position BEFORE UPDATE OF used ON limits_limit
    FOR EACH ROW WHEN (NEW.kind IN ('OPEN_CURRENCY_POSITION', 'INSTRUMENT', 'ISSUER')
                       AND NEW.used <> OLD.used)
    EXECUTE FUNCTION limits_keep_position();
"""
BACK = """
CREATE OR REPLACE FUNCTION limits_net(l limits_limit) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN l.kind = 'OPEN_CURRENCY_POSITION' THEN l.net END
$$;
DROP TRIGGER limit_position ON limits_limit;
UPDATE limits_limit SET net = 0 WHERE kind IN ('INSTRUMENT', 'ISSUER');
CREATE TRIGGER limit_position BEFORE UPDATE OF used ON limits_limit
    FOR EACH ROW WHEN (NEW.kind = 'OPEN_CURRENCY_POSITION' AND NEW.used <> OLD.used)
    EXECUTE FUNCTION limits_keep_position();
"""


class Migration(migrations.Migration):
    dependencies = [("limits", "0013_stop_loss")]

    operations = [
        migrations.RemoveConstraint(model_name="limit", name="limit_position_is_net"),
        migrations.RemoveConstraint(model_name="limit", name="limit_net_of_positions"),
        migrations.RemoveConstraint(model_name="reservation", name="reservation_not_negative"),
        migrations.RunSQL(FORWARD, BACK),
        migrations.AddConstraint(
            model_name="limit",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", KINDS), _negated=True)
                | models.Q(("used", Abs("net"))),
                name="limit_position_is_net",
            ),
        ),
        migrations.AddConstraint(
            model_name="limit",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "OPEN_CURRENCY_POSITION"), _negated=True)
                | models.Q(("currency", models.F("nostro_currency"))),
                name="limit_position_in_its_currency",
            ),
        ),
        migrations.AddConstraint(
            model_name="limit",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", KINDS), ("net", 0), _connector="OR"),
                name="limit_net_of_positions",
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount__gte", 0), ("source_type__in", ("deal", "holding")), _connector="OR"
                ),
                name="reservation_not_negative",
            ),
        ),
    ]
