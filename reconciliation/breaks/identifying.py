"""Which things differ: opened once, known again when they return, closed by rule when they differ no more."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from backoffice.events.copying import copy_rows, new_ids
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.rows import array
from backoffice.workflow.transitions import Alike, Step, advance
from reconciliation.breaks.patterns import patterns_of
from reconciliation.breaks.state import BreakKind, BreakState
from reconciliation.matching.deciding import Decided
from reconciliation.matching.items import Entry, Line
from reconciliation.matching.reading import FIRST_DAY
from reconciliation.matching.state import Why
from reconciliation.models import Break, Reconciliation

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


def identify(rows: Sequence[Reconciliation], decided: Decided, *, at: datetime) -> tuple[int, int]:
    """Open what a decision leaves without a match, close what has one now; how many of each.

    In the caller's transaction, who holds the reconciliations locked.
    """
    found = {each.key: each for each in _unmatched({row.pk: row for row in rows}, decided)}
    live = Break.objects.filter(reconciliation__in=[row.pk for row in rows]).exclude(
        state=BreakState.CLOSED
    )
    known = live.filter(kind__in=(BreakKind.BANK, BreakKind.BOOKS, BreakKind.AMOUNT))
    return bring_up_to(found, list(known.order_by("pk")), at=at)


def bring_up_to(
    found: dict[str, Differs], live: Sequence[Break], *, at: datetime
) -> tuple[int, int]:
    """Of the live breaks of one kind of fact: those not found any more close, those found anew open."""
    gone = [row.pk for row in live if row.key not in found]
    vanish(gone, at=at)
    there = {row.key for row in live}
    _follow([row for row in live if row.key in found], found)
    fresh = [each for key, each in sorted(found.items()) if key not in there]
    open_breaks(fresh, at=at)
    return len(fresh), len(gone)


def vanish(ids: Sequence[int], *, at: datetime) -> None:
    """They differ no more, for whatever reason; what was proposed about them is over."""
    columns = {"closed_at": at, "held": False, "remedy": ""}
    advance(Break, "vanish", Alike(ids, columns=columns), actor=None, at=at)


def _follow(live: Sequence[Break], found: dict[str, Differs]) -> None:
    """What differs otherwise than before says so; its life goes on."""
    moved = []
    for row in live:
        each = found[row.key]
        if (row.why, row.theirs, row.ours) != (each.why, each.theirs, each.ours):
            row.why, row.theirs, row.ours = each.why, each.theirs, each.ours
            moved.append(row)
    Break.objects.bulk_update(moved, ["why", "theirs", "ours"], batch_size=1000)


def open_breaks(fresh: Sequence[Differs], *, at: datetime) -> None:
    """Open what is not open yet; what was closed once is open again under its number."""
    if not fresh:
        return
    keys = array([each.key for each in fresh])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, id FROM reconciliation_break WHERE key = ANY(%s::text[])", [keys]
        )
        closed = dict(cursor.fetchall())
    again = [
        Step(closed[each.key], columns={
            "closed_at": None, "opened_at": at, "remedy": "", "reason": "", "why": each.why,
            "theirs": each.theirs, "ours": each.ours,
        })
        for each in fresh if each.key in closed
    ]  # fmt: skip
    advance(Break, "recur", again, actor=None, at=at)
    _insert([each for each in fresh if each.key not in closed], at)


_COLUMNS = (
    "id, key, kind, entity_id, place_id, asset_id, day, theirs, ours, reconciliation_id, line_id, entry_id,"
    " account_id, statement_id, nostro_id, why, facts, pattern, state, opened_at"
)


def _insert(new: Sequence[Differs], at: datetime) -> None:
    if not new:
        return
    patterns = patterns_of([each.line_id for each in new if each.line_id is not None])
    ids = new_ids("reconciliation_break", len(new))
    moment = at.isoformat()
    copy_rows("reconciliation_break", _COLUMNS, (
        (
            id, e.key, e.kind.value, e.entity_id, e.place_id, e.asset_id, e.day, f"{e.theirs:f}", f"{e.ours:f}",
            e.reconciliation_id, e.line_id, e.entry_id, e.account_id, e.statement_id, e.nostro_id, e.why,
            json.dumps(e.facts), patterns.get(e.line_id or 0, ""), BreakState.OPEN.value, moment,
        )
        for id, e in zip(ids, new, strict=True)
    ))  # fmt: skip
    record_events(
        [
            NewEvent(
                kind="break.open", subject_type="break", subject_id=id, entity_id=each.entity_id,
                target=BreakState.OPEN.value,
                facts={"kind": each.kind.value, "theirs": plain(each.theirs), "ours": plain(each.ours)},
            )
            for id, each in zip(ids, new, strict=True)
        ],
        actor_id=None, at=at,
    )  # fmt: skip


def _unmatched(rows: dict[int, Reconciliation], decided: Decided) -> Iterator[Differs]:
    """Every line without a match, and every entry that a statement should have told by now."""
    for lines, entries in decided.tied:
        if len(lines) == len(entries) == 1:
            yield _amount(rows[lines[0].pool], lines[0], entries[0])
        else:
            same = {a.amount for a in lines} & {b.amount for b in entries}
            yield from _each(rows, lines, entries, Why.RIVALS if same else Why.AMOUNT)
    for lines, entries in decided.rivals:
        yield from _each(rows, lines, entries, Why.RIVALS)
    for found in decided.off:
        yield from _each(rows, found.lines, found.entries, Why.RULE_OFF)
    yield from _each(rows, decided.lines, [], "")
    due = [e for e in decided.entries if _is_due(rows[e.pool], FIRST_DAY + timedelta(days=e.day))]
    yield from _each(rows, [], due, "")


def differing(
    row: Reconciliation, lines: Sequence[Line], entries: Sequence[Entry]
) -> list[Differs]:
    """Lines and entries of one reconciliation, each as something that differs."""
    return list(_each({row.pk: row}, lines, entries, Why.RULE_OFF))


def _is_due(row: Reconciliation, day: date) -> bool:
    return row.until is not None and row.since <= day <= row.until


def _each(
    rows: dict[int, Reconciliation], lines: Sequence[Line], entries: Sequence[Entry], why: str
) -> Iterator[Differs]:
    for line in lines:
        yield _of(
            rows[line.pool], kind=BreakKind.BANK, key=f"L:{line.id}", day=line.day, why=str(why),
            theirs=line.amount, line_id=line.id,
        )  # fmt: skip
    for entry in entries:
        yield _of(
            rows[entry.pool], kind=BreakKind.BOOKS, key=f"E:{entry.id}:{entry.account}", day=entry.day,
            ours=entry.amount, entry_id=entry.id, account_id=entry.account, why=str(why),
        )  # fmt: skip


def _amount(row: Reconciliation, line: Line, entry: Entry) -> Differs:
    why = Why.AMOUNT if line.amount != entry.amount else Why.RULE_OFF
    return _of(
        row, kind=BreakKind.AMOUNT, key=f"A:{line.id}:{entry.id}:{entry.account}", day=line.day,
        theirs=line.amount, ours=entry.amount, line_id=line.id, entry_id=entry.id,
        account_id=entry.account, why=str(why),
    )  # fmt: skip


def _of(row: Reconciliation, *, day: int, **told: Any) -> Differs:
    return Differs(
        entity_id=row.entity_id, place_id=row.place_id, asset_id=row.asset_id,
        reconciliation_id=row.pk, day=FIRST_DAY + timedelta(days=day), **told,
    )  # fmt: skip
