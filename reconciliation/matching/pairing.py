"""Pairs that are certain, found and written where they lie: by reference, and by an amount that nothing else has.

They say what the rules say (`deciding`): a line and an entry that fit each other and nothing else. Whatever has a
second side to it, or speaks of something else, is left to the rules: here a rival is whoever might be one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from backoffice.kernel.rows import array
from reconciliation.matching.gathering import lay_out
from reconciliation.matching.items import Line
from reconciliation.matching.parties import TAX_SCHEMES

# Of what fits: the lines and entries that do so once.
_ONCE = """
       f.line_id NOT IN (SELECT line_id FROM {fits} GROUP BY 1 HAVING count(*) > 1)
   AND (f.entry_id, f.account_id) NOT IN (SELECT entry_id, account_id FROM {fits} GROUP BY 1, 2 HAVING count(*) > 1)
"""

# A line once for each reference of ours that it bears; neither side undone before.
_BY_REFERENCE = f"""
WITH same AS MATERIALIZED (
  SELECT n.id AS line_id, e.entry_id, e.account_id, n.pool, n.amount,
         NOT (n.held OR e.held) AND abs(n.day - e.day) <= p.reach AS fits
    FROM (SELECT id, pool, amount, day, held, unnest(own_names) AS ref FROM open_line) n
    JOIN open_pool p ON p.id = n.pool
    JOIN open_entry e ON e.pool = n.pool AND e.ref = n.ref AND e.amount = n.amount)
SELECT nextval('reconciliation_match_id_seq') AS id, f.line_id, f.entry_id, f.account_id, f.pool, f.amount,
       'REFERENCE' AS rule
  FROM same f WHERE f.fits AND {_ONCE.format(fits="same")}
"""  # noqa: S608
_REST_LINE = "SELECT * FROM open_line WHERE id NOT IN (SELECT line_id FROM pair)"
_REST_ENTRY = """
SELECT e.*, s.counterparty_id AS party, CASE s.source_type WHEN 'deal' THEN 'D' || s.source_id END AS deal
  FROM open_entry e LEFT JOIN settlements_settlement s ON s.id = e.settlement_id
 WHERE (e.entry_id, e.account_id) NOT IN (SELECT entry_id, account_id FROM pair)
"""

# Of an amount and near enough; whatever speaks against it.
_NEAR = """
SELECT l.id AS line_id, e.entry_id, e.account_id, l.pool, l.amount, l.day = e.day AS same_day,
       NOT (l.held OR l.reversal OR l.may_name OR e.held OR e.reverses <> 0) AS plain,
       l.tells AND e.party IS NOT NULL AS both_tell, l.tax, e.party, e.ref, e.deal
  FROM rest_line l
  JOIN open_pool p ON p.id = l.pool
  JOIN rest_entry e ON e.pool = l.pool AND e.amount = l.amount AND abs(l.day - e.day) <= p.days
"""
_SAID = "SELECT * FROM unnest(%(pools)s::bigint[], %(names)s::text[]) AS g(pool, name)"

# Neither side has a second one within the days, and nothing else speaks: no reference of ours, no reversal, nobody who
# took it apart. Who pays is compared where both sides say it by the number of a taxpayer; where only names
# would tell, the rules look.
_BY_AMOUNT = f"""
WITH ruled AS (
  SELECT f.*, CASE WHEN NOT both_tell THEN CASE WHEN same_day THEN 'DAY' ELSE 'WINDOW' END
                   WHEN EXISTS (SELECT FROM refdata_partyidentifier t
                                 WHERE t.party_id = f.party AND t.scheme = ANY(%s) AND t.value = f.tax)
                   THEN 'PARTY' END AS rule
    FROM near f
   WHERE f.plain AND {_ONCE.format(fits="near")}
     AND NOT EXISTS (SELECT FROM said n WHERE n.pool = f.pool AND n.name = f.ref)
     AND NOT EXISTS (SELECT FROM said n WHERE n.pool = f.pool AND n.name = f.deal)
     AND NOT EXISTS (SELECT FROM rest_line m WHERE m.reversal AND m.pool = f.pool AND m.amount = -f.amount)
     AND NOT EXISTS (SELECT FROM open_entry r
                      WHERE r.reverses <> 0 AND r.reverses = f.entry_id AND r.account_id = f.account_id))
INSERT INTO pair (id, line_id, entry_id, account_id, pool, amount, rule)
SELECT nextval('reconciliation_match_id_seq'), r.line_id, r.entry_id, r.account_id, r.pool, r.amount, r.rule
  FROM ruled r JOIN open_pool p ON p.id = r.pool
 WHERE CASE r.rule WHEN 'PARTY' THEN p.party WHEN 'DAY' THEN p.day WHEN 'WINDOW' THEN p.near END
"""  # noqa: S608

# What the amount made no pair either. `alone` is what no rule would come to: nothing is near it, it names nothing and
# nothing names it, nobody takes it back, and it says nothing of a party.
_LEFT_LINE = """
SELECT l.*, NOT (l.may_name OR l.reversal OR l.tells)
       AND l.id NOT IN (SELECT line_id FROM near)
       AND (l.pool, -l.amount) NOT IN (SELECT pool, amount FROM rest_line WHERE reversal) AS alone
  FROM rest_line l WHERE l.id NOT IN (SELECT line_id FROM pair WHERE rule <> 'REFERENCE')
"""
_LEFT_ENTRY = """
SELECT e.*, e.reverses = 0 AND e.party IS NULL
       AND (e.entry_id, e.account_id) NOT IN (SELECT entry_id, account_id FROM near)
       AND (e.pool, e.ref) NOT IN (SELECT pool, name FROM said)
       AND (e.entry_id, e.account_id) NOT IN (SELECT reverses, account_id FROM open_entry WHERE reverses <> 0)
       AS alone
  FROM rest_entry e
 WHERE (e.entry_id, e.account_id) NOT IN (SELECT entry_id, account_id FROM pair WHERE rule <> 'REFERENCE')
"""

_WRITE = """
WITH put AS (
  INSERT INTO reconciliation_match (id, entity_id, reconciliation_id, rule, line_id, entry_id, account_id, amount,
                                    matched_at, recorded_tx)
  SELECT f.id, p.entity_id, p.id, f.rule, f.line_id, f.entry_id, f.account_id, f.amount, %s, (SELECT tx_now())
    FROM pair f JOIN open_pool p ON p.id = f.pool)
SELECT pool, rule, count(*), sum(amount) FROM pair GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Matched:
    """What one rule matched of one reconciliation in one go: how many, and their money."""

    pool: int
    rule: str
    count: int
    amount: Decimal


def pair_by_reference() -> None:
    """Find among what is laid out (`gather`) whom a reference and the amount make a pair, and lay out what is left."""
    lay_out("pair", _BY_REFERENCE)
    lay_out("rest_line", _REST_LINE, keys="id, amount")
    lay_out("rest_entry", _REST_ENTRY, keys="entry_id, amount")


def pair_by_amount(naming: Sequence[Line]) -> None:
    """Find among what is left whom the amount alone makes a pair, and lay out what is left then.

    `naming` are those of the lines that may name something, as the rules read them.
    """
    said = sorted({(line.pool, name) for line in naming for name in line.own_names})
    pools, names = [pool for pool, _ in said], [name for _, name in said]
    lay_out("said", _SAID, {"pools": array(pools), "names": array(names)})
    lay_out("near", _NEAR)
    with connection.cursor() as cursor:
        cursor.execute(_BY_AMOUNT, [list(TAX_SCHEMES)])
    lay_out("left_line", _LEFT_LINE)
    lay_out("left_entry", _LEFT_ENTRY)


def write_pairs(*, at: datetime) -> list[Matched]:
    """Write the pairs that were found as matches."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [at])
        return [Matched(*row) for row in cursor.fetchall()]
