"""What the fails of a day cost: read, told by pure rules, and stored where it is not what stood before.

The night calls it for the day that ends, and once more for each earlier day of which something came
later: a price, a rate, a settlement that was final after all. It may run twice and two may at once: the
second finds what the first wrote, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection, transaction

from backoffice.events.copying import copy_rows
from settlements.fails.days import counts_at_end, late_matching_days, priced_from
from settlements.fails.pricing import Line, Told, Worth
from settlements.fails.reading import Counted, Stood, counted, counted_elsewhere, so_far, stood
from settlements.fails.rules import (
    NOTHING,
    Attribution,
    Before,
    Figures,
    Story,
    attribute,
    failing_sides,
    late_side,
    status_after,
)
from settlements.fails.state import Cause, Lack, Payer, PenaltyKind, PenaltyStatus, Scheme

LOCK = 7_000_021  # an advisory lock together with the entity's number: who counts its penalties
CHUNK = 5_000

Key = tuple[int, date, str, str]  # settlement, day, kind, payer


@dataclass(slots=True)
class Computed:
    """How many penalties a day has, how many rows were new, and how many lack a price or a rate."""

    counted: int = 0
    changed: int = 0
    without_amount: int = 0
    corrected: int = 0  # of earlier days

    def add(self, other: Computed) -> None:
        self.counted += other.counted
        self.changed += other.changed
        self.without_amount += other.without_amount


def compute_penalties(*, entity_id: int, day: date, at: datetime, again: bool = False) -> Computed:
    """Count what each settlement of an entity that stood unsettled at the end of a day costs whom.

    By the scheme, rates and prices in force on the day. `again` says that the day is past: who failed is
    what was said then, and only what it comes to is worked out anew. One transaction for each chunk.
    """
    total, after = Computed(), 0
    while True:
        rows = _compute_chunk(entity_id, day, at, again, after, total)
        if len(rows) < CHUNK:
            return total
        after = rows[-1].id


@transaction.atomic
def _compute_chunk(
    entity_id: int, day: date, at: datetime, again: bool, after: int, total: Computed
) -> list[Stood]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, entity_id])
    rows = stood(entity_id=entity_id, day=day, after=after, limit=CHUNK)
    ids = [row.id for row in rows]
    before = {
        (each.settlement_id, each.day, each.kind, each.payer): each for each in counted(ids, day)
    }
    worth = Worth(day, so_far(ids, day))
    lines = list(_lines(rows, day, worth, before if again else {}, counted_elsewhere(ids)))
    found = worth.told(lines)
    changes = list(_changes(before, found))
    _store(entity_id, day, at, changes)
    total.counted += len(found)
    total.changed += len(changes)
    total.without_amount += sum(told.figures.amount is None for told in found.values())
    return rows


def _lines(
    rows: Sequence[Stood],
    day: date,
    worth: Worth,
    told: Mapping[Key, Counted],
    elsewhere: Mapping[int, set[date]],
) -> Iterator[Line]:
    """What counts of each settlement: a line for each side and day."""
    for row in rows:
        scheme = worth.scheme(row)
        if scheme == Scheme.NONE or row.matched is None:
            continue
        calendar, others = worth.calendar(row), elsewhere.get(row.id, set())
        ends_late = row.unsettled and day not in others
        if ends_late and counts_at_end(day, row.intended, row.matched, calendar):
            yield from _unsettled(row, day, scheme, told)
        if scheme == Scheme.CSDR and row.matched == day and row.matched > row.intended:
            yield from _matched_late(row, scheme, worth, others)


def _unsettled(
    row: Stood, day: date, scheme: Scheme, told: Mapping[Key, Counted]
) -> Iterator[Line]:
    """An SEFP for each side that fails; of a past day those that were said to, then."""
    said = [
        each
        for payer in (Payer.OURS, Payer.THEIRS)
        if (each := told.get((row.id, day, PenaltyKind.SEFP, payer))) is not None
        and each.status != PenaltyStatus.REMO
    ]
    if said:
        for each in said:
            why = Attribution(Cause(each.cause), Payer(each.payer), each.step)
            yield Line(row, day, PenaltyKind.SEFP, Payer(each.payer), scheme, Lack(each.lack),
                       row.quantity, each.reason, why)  # fmt: skip
        return
    sides = failing_sides(hold=row.hold, reasons=row.reasons, is_payment=row.is_payment)
    if sides is None:
        sides = {Payer.UNKNOWN: Lack.CASH if row.is_payment else Lack.SECURITIES}
    for payer, lack in sides.items():
        yield Line(row, day, PenaltyKind.SEFP, payer, scheme, lack, row.quantity,
                   next(iter(row.reasons), ""), _why(row, payer))  # fmt: skip


def _matched_late(row: Stood, scheme: Scheme, worth: Worth, others: set[date]) -> Iterator[Line]:
    """An LMFP for each business day from the intended date to the day before the matching."""
    assert row.matched is not None
    payer = late_side(
        instructed=row.instructed, alleged=row.alleged, matched=row.matched, intended=row.intended
    )
    calendar = worth.calendar(row)
    window = priced_from(row.intended, row.matched, calendar)
    lack = Lack.CASH if row.is_payment else Lack.SECURITIES
    for day in late_matching_days(row.intended, row.matched, calendar):
        if day not in others:
            old = window if window is not None and day < window else None
            yield Line(row, day, PenaltyKind.LMFP, payer, scheme, lack, row.whole, "",
                       _why(row, payer, late=True), old)  # fmt: skip


def _why(row: Stood, payer: Payer, *, late: bool = False) -> Attribution:
    story = Story(row.intended, row.allocated, row.enriched, row.instructed)
    if late:
        return attribute(story, payer=payer, hold="", reasons=())
    return attribute(story, payer=payer, hold=row.hold, reasons=row.reasons)


class Change(NamedTuple):
    key: Key
    version: int
    status: PenaltyStatus
    told: Told | None
    before: Counted | None


def _changes(before: Mapping[Key, Counted], found: Mapping[Key, Told]) -> Iterator[Change]:
    """The rows that are to be written, in ascending settlement."""
    for key in sorted({*before, *found}):
        old, new = before.get(key), found.get(key)
        last = None
        if old is not None:
            last = Before(old.status, Figures(old.quantity, old.base, old.amount, old.valued_with))
        figures = None if new is None else new.figures
        status = status_after(last, figures, others=_was_others(before, key))
        if status is not None:
            yield Change(key, old.version + 1 if old else 1, status, new, old)


def _was_others(before: Mapping[Key, Counted], key: Key) -> bool:
    """Whether the other side stood for it until now."""
    id, day, kind, payer = key
    other = Payer.THEIRS if payer == Payer.OURS else Payer.OURS
    row = before.get((id, day, kind, other))
    return payer != Payer.UNKNOWN and row is not None and row.status != PenaltyStatus.REMO


_COLUMNS = (
    "entity_id, counted_on, recorded_at, settlement_id, day, kind, payer, version, status, days, scheme, lack,"
    " quantity, price_id, valued_with, base, rate, rule_id, amount, currency, reason, cause, step"
)


def _store(entity_id: int, day: date, at: datetime, changes: Sequence[Change]) -> None:
    moment = at.isoformat()
    copy_rows(
        "settlements_penalty",
        _COLUMNS,
        ((entity_id, day, moment, *change.key, change.version, change.status.value, *_cells(change))
         for change in changes),
    )  # fmt: skip


def _cells(change: Change) -> tuple[object, ...]:
    told, old = change.told, change.before
    if told is None:  # it does not count any more
        assert old is not None
        quantity, base, amount, _ = NOTHING
        return (1, old.scheme, old.lack, quantity, None, "", base, None, None, amount, old.currency,
                old.reason, old.cause, old.step)  # fmt: skip
    line, figures = told.line, told.figures
    return (
        told.days, line.scheme.value, line.lack.value, figures.quantity, told.price_id, figures.valued_with,
        figures.base, told.rate, told.rule_id, figures.amount, line.row.currency, line.reason,
        line.why.cause.value, line.why.step,
    )  # fmt: skip
