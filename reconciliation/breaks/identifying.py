"""Which things differ: opened once, known again when they return, closed by rule when they differ no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from backoffice.workflow.transitions import Alike, advance
from reconciliation.breaks.state import BreakKind
from reconciliation.breaks.writing import (
    Differs,
    Unmatched,
    follow,
    lay_out,
    lay_out_unmatched,
    not_laid_out,
    open_laid_out,
)
from reconciliation.matching.deciding import Decided
from reconciliation.matching.items import FIRST_DAY, Entry, Line
from reconciliation.matching.state import Why
from reconciliation.models import Break, Reconciliation

ZERO = Decimal(0)
OF_MONEY = (BreakKind.BANK, BreakKind.BOOKS, BreakKind.AMOUNT)


def identify(rows: Sequence[Reconciliation], decided: Decided, *, at: datetime) -> tuple[int, int]:
    """Open what a decision, and what nothing came near (`pairing`), leaves without a match; close what has one now.

    How many of each. In the caller's transaction, who holds the reconciliations locked.
    """
    lay_out_unmatched(_unmatched({row.pk: row for row in rows}, decided), and_alone=True)
    gone = not_laid_out([row.pk for row in rows], OF_MONEY)
    vanish(gone, at=at)
    follow()
    return open_laid_out(at=at), len(gone)


def bring_up_to(
    found: dict[str, Differs], live: Sequence[Break], *, at: datetime
) -> tuple[int, int]:
    """Of the live breaks of one kind of fact: those not found any more close, those found anew open."""
    lay_out(list(found.values()))
    gone = [row.pk for row in live if row.key not in found]
    vanish(gone, at=at)
    follow()
    return open_laid_out(at=at), len(gone)


def vanish(ids: Sequence[int], *, at: datetime) -> None:
    """They differ no more, for whatever reason; what was proposed about them is over."""
    columns = {"closed_at": at, "held": False, "remedy": ""}
    advance(Break, "vanish", Alike(ids, columns=columns), actor=None, at=at)


def open_unmatched(lines: Iterable[Line], entries: Iterable[Entry], *, at: datetime) -> None:
    """Open for each what is not open yet, or again what was closed once."""
    lay_out_unmatched(_each(lines, entries, Why.RULE_OFF), and_alone=False)
    open_laid_out(at=at)


def _unmatched(rows: dict[int, Reconciliation], decided: Decided) -> Iterator[Unmatched]:
    """Every line without a match, and every entry that a statement should have told by now."""
    for lines, entries in decided.tied:
        if len(lines) == len(entries) == 1:
            yield _amount(lines[0], entries[0])
        else:
            same = {a.amount for a in lines} & {b.amount for b in entries}
            yield from _each(lines, entries, Why.RIVALS if same else Why.AMOUNT)
    for lines, entries in decided.rivals:
        yield from _each(lines, entries, Why.RIVALS)
    for found in decided.off:
        yield from _each(found.lines, found.entries, Why.RULE_OFF)
    yield from _each(decided.lines, [], "")
    due = [e for e in decided.entries if _is_due(rows[e.pool], FIRST_DAY + timedelta(days=e.day))]
    yield from _each([], due, "")


def _is_due(row: Reconciliation, day: date) -> bool:
    return row.until is not None and row.since <= day <= row.until


def _each(lines: Iterable[Line], entries: Iterable[Entry], why: str) -> Iterator[Unmatched]:
    said = str(why)
    for a in lines:
        yield Unmatched(BreakKind.BANK.value, a.pool, a.day, a.amount, ZERO, a.id, None, None, said)
    for b in entries:
        yield Unmatched(
            BreakKind.BOOKS.value, b.pool, b.day, ZERO, b.amount, None, b.id, b.account, said
        )


def _amount(line: Line, entry: Entry) -> Unmatched:
    why = Why.AMOUNT if line.amount != entry.amount else Why.RULE_OFF
    return Unmatched(
        BreakKind.AMOUNT.value, line.pool, line.day, line.amount, entry.amount, line.id, entry.id,
        entry.account, why.value,
    )  # fmt: skip
