"""What else is known of a break: whose money its line is, and which match it would have fitted as well.

Nothing is matched or undone by it: a break points there, and a person looks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Q

from backoffice.kernel.rows import array
from reconciliation.breaks.state import BreakKind, BreakState
from reconciliation.matching.by_amount import fits
from reconciliation.matching.items import FIRST_DAY, Entry, Line, day_of
from reconciliation.matching.kinds import Terms
from reconciliation.matching.pools import pools_of
from reconciliation.matching.reading import known_entries, known_lines
from reconciliation.matching.services import terms_of
from reconciliation.matching.state import MatchRule
from reconciliation.models import Break, Reconciliation

OWNER, STANDS, FITS = "belongs_to", "stands_on", "fits_match"
BY_AMOUNT = (MatchRule.PARTY, MatchRule.DAY, MatchRule.WINDOW)
Pointers = dict[int, dict[str, Any]]  # of a break, what it points to

# A line that bears the reference of a settlement of somebody else's at that bank, with its amount and its way.
_NAMED = """
SELECT b.id, p.code, 'S-' || s.id, NULL::bigint
  FROM unnest(%(breaks)s::bigint[], %(settlements)s::bigint[]) AS g(break_id, settlement_id)
  JOIN reconciliation_break b ON b.id = g.break_id
  JOIN settlements_settlement s ON s.id = g.settlement_id AND s.entity_id = b.entity_id AND s.place_id = b.place_id
   AND s.money_asset_id = b.asset_id AND s.amount * CASE WHEN s.delivers THEN 1 ELSE -1 END = b.theirs
  JOIN refdata_party p ON p.id = s.owner_id
 WHERE NOT EXISTS (SELECT FROM reconciliation_reconciledaccount r
                     JOIN ledger_ledgeraccount a ON a.id = r.account_id
                    WHERE r.reconciliation_id = b.reconciliation_id AND a.owner_id = s.owner_id)
"""
# A line without an entry on one account, and an entry without a line on another of that bank and day: the only two
# of their amount.
_LONELY = """
WITH open AS (
  SELECT b.id, b.entity_id, b.place_id, b.asset_id, b.day, b.reconciliation_id AS pool, b.kind, b.entry_id,
         b.account_id, CASE b.kind WHEN 'BANK' THEN b.theirs ELSE b.ours END AS amount
    FROM reconciliation_break b
    JOIN (SELECT DISTINCT entity_id, place_id, asset_id FROM reconciliation_reconciliation
           WHERE id = ANY(%(pools)s::bigint[])) g USING (entity_id, place_id, asset_id)
   WHERE b.state <> 'CLOSED' AND b.kind IN ('BANK', 'BOOKS')),
     pair AS (
  SELECT min(id) FILTER (WHERE kind = 'BANK') AS line_break, min(id) FILTER (WHERE kind = 'BOOKS') AS entry_break,
         min(entry_id) FILTER (WHERE kind = 'BOOKS') AS entry_id,
         min(account_id) FILTER (WHERE kind = 'BOOKS') AS account_id
    FROM open GROUP BY entity_id, place_id, asset_id, day, amount
  HAVING count(*) = 2 AND count(DISTINCT kind) = 2 AND count(DISTINCT pool) = 2)
SELECT pair.line_break, p.code, 'E-' || pair.entry_id, pair.entry_break
  FROM pair
  JOIN ledger_ledgeraccount a ON a.id = pair.account_id
  JOIN refdata_party p ON p.id = a.owner_id
"""
# Pairs that were matched by their amount, near a line or an entry of the same amount that has no match.
_RIVALLED = f"""
SELECT DISTINCT m.id, m.line_id, m.entry_id, m.account_id, m.reconciliation_id, m.amount,
       l.day - DATE '{FIRST_DAY}', e.effective_date - DATE '{FIRST_DAY}'
  FROM unnest(%(pools)s::bigint[], %(amounts)s::numeric[], %(days)s::date[], %(windows)s::int[])
       AS g(pool, amount, day, reach)
  JOIN reconciliation_reconcilednostro n ON n.reconciliation_id = g.pool
  CROSS JOIN generate_series(-2 * g.reach, 2 * g.reach) AS apart
  JOIN reconciliation_statementline l ON l.nostro_id = n.nostro_id AND l.day = g.day + apart AND l.amount = g.amount
  JOIN reconciliation_match m ON m.line_id = l.id AND m.undone_at IS NULL AND m.rule = ANY(%(rules)s)
  JOIN ledger_journalentry e ON e.id = m.entry_id
"""  # noqa: S608


class Pair(NamedTuple):
    """A line and an entry that were matched by their amount."""

    match_id: int
    line: Line
    entry: Entry


@transaction.atomic
def point_out(*, entity_id: int, day: date, nostro_ids: Collection[int] | None = None) -> int:
    """Let live breaks of an entity, or of some of its accounts and those beside them, say what else is known of them.

    Returns how many say something else than before.
    """
    pools = _beside(pools_of([entity_id], nostro_ids))
    terms, pool_ids = terms_of(pools, day), [row.pk for row in pools]
    live = Break.objects.filter(
        reconciliation__in=pool_ids, kind__in=(BreakKind.BANK, BreakKind.BOOKS)
    ).exclude(state=BreakState.CLOSED)
    rows = list(live.order_by("pk").select_for_update())
    lines = {line.id: line for line in known_lines([_line(row) for row in rows if row.line_id])}
    found: Pointers = defaultdict(dict)
    for pointers in (_owners(rows, lines, pool_ids), _matches(rows, lines, terms)):
        for id, told in pointers.items():
            found[id] |= told
    moved = []
    for row in rows:
        facts = {k: v for k, v in row.facts.items() if k not in (OWNER, STANDS, FITS)}
        facts |= found.get(row.pk, {})
        if facts != row.facts:
            row.facts = facts
            moved.append(row)
    Break.objects.bulk_update(moved, ["facts"], batch_size=1000)
    return len(moved)


def _beside(pool_ids: Sequence[int]) -> list[Reconciliation]:
    """These, and the others of their bank and currency: what one lacks may stand on another."""
    of = Reconciliation.objects.filter(pk__in=pool_ids).values_list("entity", "place", "asset")
    where = reduce(or_, (Q(entity=e, place=p, asset=a) for e, p, a in of.distinct()), Q(pk__in=[]))
    return list(Reconciliation.objects.filter(where).select_related("place").order_by("pk"))


def _number(day: date) -> int:
    return (day - FIRST_DAY).days


def _line(row: Break) -> Line:
    assert row.line_id is not None and row.reconciliation_id is not None
    return Line(row.line_id, row.reconciliation_id, row.theirs, _number(row.day))


def _entry(row: Break) -> Entry:
    assert row.entry_id is not None and row.reconciliation_id is not None
    account = row.account_id or 0
    return Entry(row.entry_id, account, row.reconciliation_id, row.ours, _number(row.day))


def _owners(rows: Sequence[Break], lines: Mapping[int, Line], pool_ids: Sequence[int]) -> Pointers:
    """Whose a line is, by the reference that it bears, else by the only entry without a line at that bank."""
    named = [
        (row.pk, int(name[1:]))
        for row in rows if row.line_id
        for name in lines[row.line_id].own_names if name[0] == "S"
    ]  # fmt: skip
    found: Pointers = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_LONELY, {"pools": array(pool_ids)})
        told = cursor.fetchall()
        if named:
            breaks, settlements = ([each[at] for each in named] for at in (0, 1))
            cursor.execute(_NAMED, {"breaks": array(breaks), "settlements": array(settlements)})
            told += cursor.fetchall()
    here = {row.pk: row for row in rows}
    for id, owner, what, other in told:
        if id in here:
            found[id][OWNER] = {"owner": owner, "of": what}
        if other in here:
            found[other][STANDS] = f"DF-{id}"
    return found


def _matches(
    rows: Sequence[Break], lines: Mapping[int, Line], terms: Mapping[int, Terms]
) -> Pointers:
    """Which match by amount each would have fitted as well, had it been there: rules let rivals go to a person."""
    free = [lines[row.line_id] for row in rows if row.line_id and not lines[row.line_id].own_names]
    entries = known_entries([_entry(row) for row in rows if row.entry_id])
    pairs = _pairs([*free, *entries], terms)
    if not pairs:
        return {}
    by_line: defaultdict[int, list[int]] = defaultdict(list)
    by_entry: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    theirs, ours = [each.line for each in pairs], [each.entry for each in pairs]
    for at, other in fits(free, ours, terms):
        by_line[free[at].id].append(pairs[other].match_id)
    for at, other in fits(theirs, entries, terms):
        by_entry[entries[other].key].append(pairs[at].match_id)
    found: Pointers = {}
    for row in rows:
        matches = by_line[row.line_id] if row.line_id else by_entry[_entry(row).key]
        if matches:
            found[row.pk] = {FITS: f"M-{min(matches)}"}
    return found


def _pairs(items: Iterable[Line | Entry], terms: Mapping[int, Terms]) -> list[Pair]:
    wanted = sorted({(each.pool, each.amount, each.day) for each in items})
    if not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_RIVALLED, {
            "pools": [pool for pool, _, _ in wanted], "amounts": [amount for _, amount, _ in wanted],
            "days": [day_of(day) for _, _, day in wanted],
            "windows": [terms[pool].window_days for pool, _, _ in wanted],
            "rules": [rule.value for rule in BY_AMOUNT],
        })  # fmt: skip
        told = cursor.fetchall()
    theirs = known_lines([Line(t[1], t[4], t[5], t[6]) for t in told])
    ours = known_entries([Entry(t[2], t[3], t[4], t[5], t[7]) for t in told])
    return [Pair(t[0], a, b) for t, a, b in zip(told, theirs, ours, strict=True)]
