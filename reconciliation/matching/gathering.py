"""What is open, in SQL: the lines and entries that came since the last run, or that have a break, as narrow rows.

Laid out once for a run, as tables of its transaction, so that whatever asks next is planned by how many there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection

from reconciliation.matching.items import FIRST_DAY
from reconciliation.matching.kinds import Terms
from reconciliation.matching.state import MatchRule

# How our references begin, by what an entry is of; what has none is matched by its amount.
PREFIXES = {
    "settlement": "S", "interestclaim": "IC", "buyin": "BI", "penaltystatement": "PS", "break": "DF",
}  # fmt: skip
_PREFIX = "CASE e.source_type {} ELSE '' END".format(
    " ".join(f"WHEN '{type}' THEN '{prefix}' || e.source_id" for type, prefix in PREFIXES.items())
)

# `reach` is below zero where the rule is off: nothing is so near.
_POOL = """
SELECT r.id, r.entity_id, r.asset_id, r.horizon, r.since - g.days AS since, g.reach, g.days, g.party, g.day, g.near
  FROM unnest(%(pools)s::bigint[], %(reaches)s::int[], %(windows)s::int[], %(party)s::boolean[], %(day)s::boolean[],
              %(near)s::boolean[]) AS g(id, reach, days, party, day, near)
  JOIN reconciliation_reconciliation r ON r.id = g.id
"""

_COLUMNS = f"""l.id, p.id AS pool, l.amount, l.day - DATE '{FIRST_DAY}' AS day, l.own_names, l.may_name, l.reversal,
       l.counterparty_tax_number AS tax,
       l.counterparty_name <> '' OR l.counterparty_account <> '' OR l.counterparty_tax_number <> '' AS tells"""
_LIVE = "SELECT {} FROM reconciliation_break b JOIN open_pool p ON p.id = b.reconciliation_id WHERE b.state <> 'CLOSED'"
_LINE = f"""
SELECT {_COLUMNS}, false AS held
  FROM open_pool p
  JOIN reconciliation_reconcilednostro n ON n.reconciliation_id = p.id
  JOIN reconciliation_statementline l ON l.nostro_id = n.nostro_id AND l.booked AND l.recorded_tx >= p.horizon
 WHERE l.id NOT IN ({_LIVE.format("b.line_id")} AND b.line_id IS NOT NULL)
 UNION ALL
SELECT {_COLUMNS}, bool_or(b.held)
  FROM open_pool p
  JOIN reconciliation_break b ON b.reconciliation_id = p.id AND b.state <> 'CLOSED'
  JOIN reconciliation_statementline l ON l.id = b.line_id
 GROUP BY l.id, p.id
"""  # noqa: S608

_TOLD_OF_ENTRY = f"""e.effective_date - DATE '{FIRST_DAY}' AS day, {_PREFIX} AS ref,
       coalesce(e.reverses_id, 0) AS reverses, e.recorded_tx,
       CASE e.source_type WHEN 'settlement' THEN e.source_id END AS settlement_id"""
_ACCOUNT = """
SELECT a.account_id, p.id AS pool, p.asset_id, p.horizon, p.since
  FROM open_pool p JOIN reconciliation_reconciledaccount a ON a.reconciliation_id = p.id
"""
# One row for each posting; an entry that has several on an account is one with their sum.
_MOVED = f"""
SELECT m.entry_id, m.account_id, m.pool, m.amount, false AS held, {_TOLD_OF_ENTRY}
  FROM (SELECT a.pool, a.since, d.entry_id, a.account_id, d.quantity AS amount
          FROM open_account a
          JOIN ledger_posting d
            ON d.debit_account_id = a.account_id AND d.asset_id = a.asset_id AND d.recorded_tx >= a.horizon
         UNION ALL
        SELECT a.pool, a.since, c.entry_id, a.account_id, -c.quantity
          FROM open_account a
          JOIN ledger_posting c
            ON c.credit_account_id = a.account_id AND c.asset_id = a.asset_id AND c.recorded_tx >= a.horizon) m
  JOIN ledger_journalentry e ON e.id = m.entry_id AND e.effective_date >= m.since
 WHERE (m.entry_id, m.account_id) NOT IN ({_LIVE.format("b.entry_id, b.account_id")} AND b.entry_id IS NOT NULL)
"""  # noqa: S608
_OF_BREAKS = f"""
SELECT b.entry_id, b.account_id, b.pool, b.amount, b.held, {_TOLD_OF_ENTRY}
  FROM (SELECT p.id AS pool, b.entry_id, b.account_id, max(b.ours) AS amount, bool_or(b.held) AS held
          FROM open_pool p
          JOIN reconciliation_break b ON b.reconciliation_id = p.id AND b.state <> 'CLOSED'
         WHERE b.entry_id IS NOT NULL GROUP BY 1, 2, 3) b
  JOIN ledger_journalentry e ON e.id = b.entry_id
"""  # noqa: S608
_SUMMED = """
SELECT entry_id, account_id, pool, sum(amount) AS amount, held, day, ref, reverses, recorded_tx, settlement_id
  FROM {} GROUP BY entry_id, account_id, pool, held, day, ref, reverses, recorded_tx, settlement_id
HAVING sum(amount) <> 0
"""
# Few have several: what is written for all is only whom to sum.
_SUM_SEVERAL = f"""
WITH several AS (
  DELETE FROM open_entry e
   WHERE (e.entry_id, e.account_id) IN (
         SELECT entry_id, account_id FROM open_entry GROUP BY 1, 2 HAVING count(*) > 1)
  RETURNING e.*)
INSERT INTO open_entry {_SUMMED.format("several")}
"""  # noqa: S608
_MATCHED_LINE = "reconciliation_match m WHERE m.line_id = l.id AND m.undone_at IS NULL"
_MATCHED_ENTRY = """
reconciliation_match m WHERE m.entry_id = e.entry_id AND m.account_id = e.account_id AND m.undone_at IS NULL
"""
# What is matched is taken out by a join that may begin at either side: few of what is new are, or all of what there is.
_NOT_MATCHED = f"""
DELETE FROM open_line l USING {_MATCHED_LINE};
DELETE FROM open_entry e USING {_MATCHED_ENTRY}
"""  # noqa: S608

# For who only looks: the same within one statement.
CANDIDATES = f"""
WITH open_pool AS MATERIALIZED ({_POOL}),
     open_account AS MATERIALIZED ({_ACCOUNT}),
     open_line AS MATERIALIZED (SELECT * FROM ({_LINE}) l WHERE NOT EXISTS (SELECT FROM {_MATCHED_LINE})),
     open_entry AS MATERIALIZED (
  SELECT * FROM ({_SUMMED.format(f"({_MOVED}) m")} UNION ALL {_OF_BREAKS}) e
   WHERE NOT EXISTS (SELECT FROM {_MATCHED_ENTRY}))
"""  # noqa: S608


def gather(terms: Mapping[int, Terms]) -> None:
    """Lay out what is open of reconciliations, as `open_pool`, `open_line` and `open_entry`.

    In the caller's transaction, who holds the reconciliations locked; whatever was laid out before is gone.
    """
    values = values_of(terms)
    with connection.cursor() as cursor:
        cursor.execute(_SETTINGS)
    lay_out("open_pool", _POOL, values, keys="id")
    lay_out("open_account", _ACCOUNT, keys="account_id, asset_id")
    lay_out("open_line", _LINE, keys="id")
    lay_out("open_entry", _MOVED)
    with connection.cursor() as cursor:
        cursor.execute(_SUM_SEVERAL)
        cursor.execute(f"INSERT INTO open_entry {_OF_BREAKS}")
        cursor.execute(_NOT_MATCHED)
        cursor.execute("ANALYZE open_entry (entry_id, ref)")


# Both sides of a day are hashed in memory; to plan that, a rough idea of what is there is enough.
_SETTINGS = "SET LOCAL work_mem = '128MB'; SET LOCAL default_statistics_target = 10"


def lay_out(
    name: str, query: str, values: Mapping[str, Any] | None = None, *, keys: str = ""
) -> None:
    """The rows of a query as a table of the present transaction; `keys` are columns that others are joined by.

    Without them a join by a hash is taken to be hopeless, and both sides are sorted.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
        cursor.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {query}", values)
        if keys:
            cursor.execute(f"ANALYZE {name} ({keys})")


def values_of(terms: Mapping[int, Terms]) -> dict[str, Any]:
    """The parameters of `CANDIDATES`: the reconciliations, and how each is matched."""
    pools = sorted(terms)
    rules = {pool: frozenset(terms[pool].rules) for pool in pools}
    return {
        "pools": pools,
        "reaches": [
            terms[pool].reference_days if MatchRule.REFERENCE in rules[pool] else -1
            for pool in pools
        ],
        "windows": [terms[pool].window_days for pool in pools],
        "party": [MatchRule.PARTY in rules[pool] for pool in pools],
        "day": [MatchRule.DAY in rules[pool] for pool in pools],
        "near": [MatchRule.WINDOW in rules[pool] for pool in pools],
    }
