"""Reading what is to be matched: what came since the last run and what has a break, and what is known of each.

What is certain by its reference alone, most of it, is matched where it lies: one statement reads, decides and writes.
Only the rest is fetched for the other rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from backoffice.kernel.rows import array
from reconciliation.matching.items import Entry, Line, names_in
from reconciliation.matching.kinds import Terms
from reconciliation.matching.parties import Parties
from reconciliation.matching.state import MatchRule

FIRST_DAY = date(2000, 1, 1)  # days are counted from it


def day_of(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)


# How our references begin, by what an entry is of; what has none is matched by its amount.
PREFIXES = {
    "settlement": "S", "interestclaim": "IC", "buyin": "BI", "penaltystatement": "PS", "break": "DF",
}  # fmt: skip
_PREFIX = "CASE e.source_type {} ELSE '' END".format(
    " ".join(f"WHEN '{type}' THEN '{prefix}' || e.source_id" for type, prefix in PREFIXES.items())
)

_NORMAL = "translate(upper(%s), ' -/.,:_', '')"
_REFERENCE, _OURS, _END = (
    _NORMAL.replace("%s", f"l.{name}") for name in ("reference", "our_reference", "end_to_end_id")
)
_LINE = (
    f"""l.id, p.id AS pool, l.amount, l.day, {_REFERENCE} AS one, {_OURS} AS two, {_END} AS three"""
)
_UNMATCHED_LINE = (
    "NOT EXISTS (SELECT FROM reconciliation_matchitem i WHERE i.line_id = l.id AND i.is_active)"
)

# `reach` is below zero where the rule is off: nothing is so near.
CANDIDATES = f"""
WITH pool AS MATERIALIZED (
  SELECT r.id, r.entity_id, r.asset_id, r.horizon, r.since - g.early AS since, g.reach
    FROM unnest(%(pools)s::bigint[], %(reaches)s::int[], %(earlies)s::int[]) AS g(id, reach, early)
    JOIN reconciliation_reconciliation r ON r.id = g.id),
     line AS MATERIALIZED (
  SELECT {_LINE}, false AS held
    FROM pool p
    JOIN reconciliation_reconcilednostro n ON n.reconciliation_id = p.id
    JOIN reconciliation_statementline l ON l.nostro_id = n.nostro_id AND l.booked AND l.recorded_tx >= p.horizon
   WHERE {_UNMATCHED_LINE}
     AND NOT EXISTS (SELECT FROM reconciliation_break b
                      WHERE b.reconciliation_id = p.id AND b.state <> 'CLOSED' AND b.line_id = l.id)
   UNION ALL
  SELECT {_LINE}, bool_or(b.held)
    FROM pool p
    JOIN reconciliation_break b ON b.reconciliation_id = p.id AND b.state <> 'CLOSED'
    JOIN reconciliation_statementline l ON l.id = b.line_id
   WHERE {_UNMATCHED_LINE}
   GROUP BY l.id, p.id),
     moved AS (
  SELECT p.id AS pool, m.entry_id, a.account_id, sum(m.amount) AS amount
    FROM pool p
    JOIN reconciliation_reconciledaccount a ON a.reconciliation_id = p.id
   CROSS JOIN LATERAL (
         SELECT d.entry_id, d.quantity AS amount FROM ledger_posting d
          WHERE d.debit_account_id = a.account_id AND d.asset_id = p.asset_id AND d.recorded_tx >= p.horizon
         UNION ALL
         SELECT c.entry_id, -c.quantity FROM ledger_posting c
          WHERE c.credit_account_id = a.account_id AND c.asset_id = p.asset_id AND c.recorded_tx >= p.horizon) m
   GROUP BY 1, 2, 3 HAVING sum(m.amount) <> 0),
     entry AS MATERIALIZED (
  SELECT m.entry_id, m.account_id, m.pool, m.amount, e.effective_date AS day, {_PREFIX} AS ref,
         coalesce(e.reverses_id, 0) AS reverses, false AS held, e.recorded_tx
    FROM moved m
    JOIN pool p ON p.id = m.pool
    JOIN ledger_journalentry e ON e.id = m.entry_id AND e.effective_date >= p.since
   WHERE NOT EXISTS (SELECT FROM reconciliation_matchitem i
                      WHERE i.entry_id = m.entry_id AND i.account_id = m.account_id AND i.is_active)
     AND NOT EXISTS (SELECT FROM reconciliation_break b
                      WHERE b.reconciliation_id = p.id AND b.state <> 'CLOSED'
                        AND b.entry_id = m.entry_id AND b.account_id = m.account_id)
   UNION ALL
  SELECT b.entry_id, b.account_id, p.id, b.amount, e.effective_date, {_PREFIX}, coalesce(e.reverses_id, 0), b.held,
         e.recorded_tx
    FROM pool p
    JOIN (SELECT b.reconciliation_id, b.entry_id, b.account_id, max(b.ours) AS amount, bool_or(b.held) AS held
            FROM reconciliation_break b JOIN pool p ON p.id = b.reconciliation_id
           WHERE b.state <> 'CLOSED' AND b.entry_id IS NOT NULL GROUP BY 1, 2, 3) b ON b.reconciliation_id = p.id
    JOIN ledger_journalentry e ON e.id = b.entry_id
   WHERE NOT EXISTS (SELECT FROM reconciliation_matchitem i
                      WHERE i.entry_id = b.entry_id AND i.account_id = b.account_id AND i.is_active))
"""  # noqa: S608

# Both sides by reference and amount, a line once for each reference that it bears: a pair is where there is one line
# and one entry, neither undone before, and the line is in no other pair. Grouped and not joined: of what was just
# read the planner knows no numbers, and would loop over all lines for each entry.
_MATCH = f"""
{CANDIDATES},
     named AS (
  SELECT pool, one AS ref, amount, id AS line_id, day AS line_day, held, NULL::bigint AS entry_id,
         NULL::bigint AS account_id, NULL::date AS entry_day
    FROM line WHERE one <> ''
   UNION ALL
  SELECT pool, two, amount, id, day, held, NULL, NULL, NULL FROM line WHERE two <> '' AND two <> one
   UNION ALL
  SELECT pool, three, amount, id, day, held, NULL, NULL, NULL
    FROM line WHERE three <> '' AND three <> one AND three <> two
   UNION ALL
  SELECT pool, ref, amount, NULL, NULL, held, entry_id, account_id, day FROM entry WHERE ref <> ''),
     one_each AS (
  SELECT pool, amount, min(line_id) AS line_id, min(entry_id) AS entry_id, min(account_id) AS account_id,
         min(line_day) - min(entry_day) AS apart
    FROM named GROUP BY pool, ref, amount
  HAVING count(line_id) = 1 AND count(entry_id) = 1 AND NOT bool_or(held)),
     fit AS (
  SELECT o.line_id, min(o.entry_id) AS entry_id, min(o.account_id) AS account_id, min(o.pool) AS pool,
         min(o.amount) AS amount
    FROM one_each o JOIN pool p ON p.id = o.pool AND abs(o.apart) <= p.reach
   GROUP BY o.line_id HAVING count(*) = 1),
     pair AS MATERIALIZED (
  SELECT nextval('reconciliation_match_id_seq') AS id, f.* FROM fit f),
     put AS (
  INSERT INTO reconciliation_match (id, entity_id, reconciliation_id, rule, matched_at)
  SELECT f.id, p.entity_id, p.id, 'REFERENCE', %(at)s FROM pair f JOIN pool p ON p.id = f.pool),
     put_items AS (
  INSERT INTO reconciliation_matchitem (match_id, number, line_id, entry_id, account_id, line_amount, entry_amount)
  SELECT id, 1, line_id, entry_id, account_id, amount, amount FROM pair)
SELECT true AS is_line, l.id, NULL::bigint AS account, l.pool, l.amount, l.day - DATE '{FIRST_DAY}' AS day, l.held,
       '' AS ref, 0 AS reverses, 0 AS tx
  FROM line l WHERE NOT EXISTS (SELECT FROM pair f WHERE f.line_id = l.id)
 UNION ALL
SELECT false, e.entry_id, e.account_id, e.pool, e.amount, e.day - DATE '{FIRST_DAY}', e.held, e.ref, e.reverses,
       e.recorded_tx
  FROM entry e
 WHERE NOT EXISTS (SELECT FROM pair f WHERE f.entry_id = e.entry_id AND f.account_id = e.account_id)
 UNION ALL
SELECT NULL, 0, 0, pool, sum(amount), count(*)::int, NULL, '', 0, 0 FROM pair GROUP BY pool
"""  # noqa: S608

_LINES = """
SELECT l.id, l.reference, l.our_reference, l.end_to_end_id, l.text, l.reversal, l.counterparty_name,
       l.counterparty_account, l.counterparty_tax_number, l.type_code
  FROM reconciliation_statementline l WHERE l.id = ANY(%s::bigint[])
"""
_ENTRIES = """
SELECT e.id, CASE WHEN s.source_type = 'deal' THEN 'D' || s.source_id ELSE '' END, s.counterparty_id
  FROM ledger_journalentry e
  JOIN settlements_settlement s ON e.source_type = 'settlement' AND s.id = e.source_id
 WHERE e.id = ANY(%s::bigint[])
"""


@dataclass
class Rest:
    """What references alone did not settle: lines and entries as the rules see them, and how many were matched.

    `recorded` says in which transaction each entry was written.
    """

    lines: list[Line]
    entries: list[Entry]
    matched: dict[int, Matched]
    recorded: dict[int, int]

    def after(self, first: Rest) -> Rest:
        """What is left now, with what was matched before."""
        matched = dict(first.matched)
        for pool, each in self.matched.items():
            matched[pool] = each if pool not in matched else matched[pool].with_more(each)
        return Rest(self.lines, self.entries, matched, self.recorded)


@dataclass(frozen=True)
class Matched:
    """The pairs of one reconciliation that references settled: how many, and their money."""

    count: int
    amount: Decimal

    def with_more(self, other: Matched) -> Matched:
        return Matched(self.count + other.count, self.amount + other.amount)


def match_by_reference(terms: Mapping[int, Terms], *, at: datetime) -> Rest:
    """Match what is certain by its reference, in the database; read what is left for the other rules.

    In the caller's transaction, who holds the reconciliations locked.
    """
    pools = sorted(terms)
    values: dict[str, Any] = {
        "pools": pools, "at": at,
        "reaches": [_reach(terms[pool]) for pool in pools],
        "earlies": [terms[pool].window_days for pool in pools],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")  # both sides of a day are grouped in memory
        cursor.execute(_MATCH, values)
        rows = cursor.fetchall()
    lines, entries, matched, recorded = [], [], {}, {}
    for is_line, id, account, pool, amount, day, held, ref, reverses, tx in rows:
        if is_line:
            lines.append(Line(id, pool, amount, day, held=held))
        elif is_line is None:
            matched[pool] = Matched(day, amount)
        else:
            names = frozenset((ref,)) if ref else frozenset()
            entries.append(
                Entry(id, account, pool, amount, day, names, reverses=reverses, held=held)
            )
            recorded[id] = tx
    return Rest(known_lines(lines), known_entries(entries), matched, recorded)


def _reach(terms: Terms) -> int:
    return terms.reference_days if MatchRule.REFERENCE in terms.rules else -1


def known_lines(lines: Sequence[Line]) -> list[Line]:
    """The lines with the references that they bear and with who paid."""
    if not lines:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [array([line.id for line in lines])])
        told = {row[0]: row for row in cursor.fetchall()}
    parties = Parties.told
    found = []
    for line in lines:
        _, reference, ours, end, text, reversal, name, account, tax, _ = told[line.id]
        found.append(
            line._replace(
                names=names_in(reference, ours, end, text=text), reversal=reversal,
                parties=parties(name=name, account=account, tax_number=tax),
            )
        )  # fmt: skip
    return found


def known_entries(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with the deal that they are of and with the other side."""
    if not entries:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [array([entry.id for entry in entries])])
        told = {id: (deal, party) for id, deal, party in cursor.fetchall()}
    parties = Parties({party for _, party in told.values() if party})
    found = []
    for entry in entries:
        deal, party = told.get(entry.id, ("", None))
        names = entry.names | {deal} if deal else entry.names
        found.append(entry._replace(names=names, parties=parties.of(party)))
    return found


def by_pool(items: Collection[Line] | Collection[Entry]) -> dict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for item in items:
        found[item.pool].append(item)
    return found
