"""What deals count under limits of instruments and issuers gets its sign; what is settled is counted anew.

Until now both sides of the market were added, and deals for clients counted too. What has settled is not
known here by price: the next look of a worker finds it in the books.
"""

from django.db import migrations

FORWARD = """
WITH rows AS (
  SELECT r.id, r.limit_id, r.amount, r.state, d.capacity = 'OWN' AS own, coalesce((
         SELECT sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END)
           FROM deals_flow f JOIN refdata_asset a ON a.id = f.asset_id AND a.kind <> 'CURRENCY'
          WHERE f.deal_id = d.id AND f.version = d.version), 0) AS moved
    FROM limits_reservation r
    JOIN limits_limit l ON l.id = r.limit_id AND l.kind IN ('INSTRUMENT', 'ISSUER')
    JOIN deals_deal d ON d.id = r.source_id
   WHERE r.source_type = 'deal' AND r.state = 'COMMITTED'),
     turned AS (
  UPDATE limits_reservation r
     SET amount = CASE WHEN x.own AND x.moved < 0 THEN -x.amount ELSE x.amount END,
         state = CASE WHEN x.own AND x.moved <> 0 THEN r.state ELSE 'RELEASED' END
    FROM rows x WHERE x.id = r.id AND NOT (x.own AND x.moved > 0)
  RETURNING r.limit_id, CASE WHEN x.own AND x.moved < 0 THEN -2 * x.amount ELSE -x.amount END AS delta)
UPDATE limits_limit l SET used = l.used + t.delta
  FROM (SELECT limit_id, sum(delta) AS delta FROM turned GROUP BY limit_id) t WHERE t.limit_id = l.id;
INSERT INTO deals_revaluation (instruments, rates, everything, asked_at, changed, alarms)
SELECT '{}', false, true, now(), 0, 0
 WHERE EXISTS (SELECT 1 FROM limits_limit WHERE kind IN ('INSTRUMENT', 'ISSUER'));
"""


class Migration(migrations.Migration):
    dependencies = [("deals", "0021_openings"), ("limits", "0014_holdings")]

    # Backwards nothing is turned: both sides were added before, which no sum of signed amounts says.
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
