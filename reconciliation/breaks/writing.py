"""What differs is laid out as a table of the transaction; statements for all of it bring the breaks up to it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from backoffice.events.copying import copy_rows
from backoffice.events.services import nudge_after_commit
from backoffice.kernel.rows import array
from backoffice.workflow.transitions import Step, advance
from reconciliation.breaks.patterns import patterns_of
from reconciliation.breaks.state import BreakKind
from reconciliation.matching.items import FIRST_DAY
from reconciliation.models import Break

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Differs:
    """One thing that differs; `key` names it for ever."""

    key: str
    kind: BreakKind
    entity_id: int
    place_id: int
    asset_id: int
    day: date
    theirs: Decimal = ZERO
    ours: Decimal = ZERO
    reconciliation_id: int | None = None
    line_id: int | None = None
    entry_id: int | None = None
    account_id: int | None = None
    statement_id: int | None = None
    nostro_id: int | None = None
    why: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


_COLUMNS = (
    "key, kind, entity_id, place_id, asset_id, day, theirs, ours, reconciliation_id, line_id, entry_id, account_id,"
    " statement_id, nostro_id, why, facts"
)
_EMPTY = f"""
DROP TABLE IF EXISTS pg_temp.differing;
CREATE TEMP TABLE differing ON COMMIT DROP AS SELECT {_COLUMNS} FROM reconciliation_break LIMIT 0
"""  # noqa: S608


def lay_out(found: Sequence[Differs]) -> None:
    """Lay out what differs, each key once, for what follows in the same transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY)
    if not found:
        return
    copy_rows("differing", _COLUMNS, (
        (
            e.key, e.kind.value, e.entity_id, e.place_id, e.asset_id, e.day, f"{e.theirs:f}", f"{e.ours:f}",
            e.reconciliation_id, e.line_id, e.entry_id, e.account_id, e.statement_id, e.nostro_id, e.why,
            json.dumps(e.facts) if e.facts else "{}",
        )
        for e in found
    ))  # fmt: skip


class Unmatched(NamedTuple):
    """A line, an entry, or both with another amount, that nothing matches; `day` as `items` count them."""

    kind: str
    reconciliation_id: int
    day: int
    theirs: Decimal
    ours: Decimal
    line_id: int | None
    entry_id: int | None
    account_id: int | None
    why: str


_UNMATCHED = ", ".join(Unmatched._fields)
_EMPTY_UNMATCHED = """
DROP TABLE IF EXISTS pg_temp.unmatched;
CREATE TEMP TABLE unmatched ON COMMIT DROP AS
SELECT kind, reconciliation_id, 0 AS day, theirs, ours, line_id, entry_id, account_id, why
  FROM reconciliation_break LIMIT 0
"""
_ALONE = f"""
INSERT INTO unmatched ({_UNMATCHED})
SELECT 'BANK', l.pool, l.day, l.amount, 0, l.id, NULL, NULL, '' FROM left_line l WHERE l.alone
 UNION ALL
SELECT 'BOOKS', e.pool, e.day, 0, e.amount, NULL, e.entry_id, e.account_id, ''
  FROM left_entry e JOIN reconciliation_reconciliation r ON r.id = e.pool
 WHERE e.alone AND DATE '{FIRST_DAY}' + e.day BETWEEN r.since AND r.until
"""  # noqa: S608
_NAMED = f"""
INSERT INTO differing ({_COLUMNS})
SELECT CASE u.kind WHEN 'BANK' THEN 'L:' || u.line_id
                   WHEN 'BOOKS' THEN 'E:' || u.entry_id || ':' || u.account_id
                   ELSE 'A:' || u.line_id || ':' || u.entry_id || ':' || u.account_id END,
       u.kind, r.entity_id, r.place_id, r.asset_id, DATE '{FIRST_DAY}' + u.day, u.theirs, u.ours, r.id, u.line_id,
       u.entry_id, u.account_id, NULL, NULL, u.why, '{{}}'
  FROM unmatched u JOIN reconciliation_reconciliation r ON r.id = u.reconciliation_id
"""  # noqa: S608


def lay_out_unmatched(found: Iterable[Unmatched], *, and_alone: bool) -> None:
    """Lay out money that differs, for what follows; with what nothing came near, where pairs were looked for."""
    lay_out([])
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY_UNMATCHED)
        copy_rows("unmatched", _UNMATCHED, found)
        if and_alone:
            cursor.execute(_ALONE)
        cursor.execute(_NAMED)


_GONE = """
SELECT b.id FROM reconciliation_break b
 WHERE b.reconciliation_id = ANY(%s::bigint[]) AND b.state <> 'CLOSED' AND b.kind = ANY(%s::text[])
   AND NOT EXISTS (SELECT FROM differing d WHERE d.key = b.key)
 ORDER BY b.id
"""


def not_laid_out(reconciliation_ids: Sequence[int], kinds: Collection[BreakKind]) -> list[int]:
    """Live breaks of some kinds of reconciliations that nothing laid out is."""
    with connection.cursor() as cursor:
        cursor.execute(_GONE, [list(reconciliation_ids), [kind.value for kind in kinds]])
        return [id for (id,) in cursor.fetchall()]


_FOLLOW = """
UPDATE reconciliation_break b SET why = d.why, theirs = d.theirs, ours = d.ours
  FROM differing d
 WHERE d.key = b.key AND b.state <> 'CLOSED'
   AND (b.why, b.theirs, b.ours) IS DISTINCT FROM (d.why, d.theirs, d.ours)
"""


def follow() -> None:
    """What differs otherwise than before says so; its life goes on."""
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW)


_HOLD = """
UPDATE reconciliation_break b SET held = true FROM differing d WHERE d.key = b.key AND b.state <> 'CLOSED'
"""


def hold() -> None:
    """Whatever is laid out is a person's from now on: no rule matches it."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD)


_CLOSED = """
SELECT b.id, d.why, d.theirs, d.ours
  FROM differing d JOIN reconciliation_break b ON b.key = d.key AND b.state = 'CLOSED' ORDER BY b.id
"""
_NEW_LINES = """
SELECT d.line_id FROM differing d
 WHERE d.line_id IS NOT NULL AND NOT EXISTS (SELECT FROM reconciliation_break b WHERE b.key = d.key)
"""
_OPEN = f"""
WITH fresh AS MATERIALIZED (
  SELECT nextval('reconciliation_break_id_seq') AS id, d.*
    FROM (SELECT d.*, coalesce(p.pattern, '') AS pattern
            FROM differing d
            LEFT JOIN unnest(%(lines)s::bigint[], %(patterns)s::text[]) AS p(id, pattern) ON p.id = d.line_id
           WHERE NOT EXISTS (SELECT FROM reconciliation_break b WHERE b.key = d.key)
           ORDER BY d.key COLLATE "C") d),
     put AS (
  INSERT INTO reconciliation_break (id, {_COLUMNS}, pattern, state, opened_at)
  SELECT id, {_COLUMNS}, pattern, 'OPEN', %(at)s FROM fresh),
     told AS (
  INSERT INTO events_event (kind, subject_type, subject_id, entity_id, recorded_at, target, facts)
  SELECT 'break.open', 'break', id, entity_id, %(at)s, 'OPEN', jsonb_build_object(
           'kind', kind, 'theirs', trim_scale(theirs)::text, 'ours', trim_scale(ours)::text)
    FROM fresh ORDER BY id)
SELECT count(*) FROM fresh
"""  # noqa: S608


def open_laid_out(*, at: datetime) -> int:
    """Open what is not open yet, each with its event; what was closed once is open again under its number."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSED)
        again = [
            Step(id, columns={
                "closed_at": None, "opened_at": at, "remedy": "", "reason": "", "why": why,
                "theirs": theirs, "ours": ours,
            })
            for id, why, theirs, ours in cursor.fetchall()
        ]  # fmt: skip
    advance(Break, "recur", again, actor=None, at=at)
    with connection.cursor() as cursor:
        cursor.execute(_NEW_LINES)
        patterns = patterns_of([id for (id,) in cursor.fetchall()])
        told = {"lines": array(list(patterns)), "patterns": array(list(patterns.values()))}
        cursor.execute(_OPEN, told | {"at": at})
        (opened,) = cursor.fetchone()
    if opened:
        nudge_after_commit()
    return len(again) + int(opened)
