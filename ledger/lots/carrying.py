"""Lots over a corporate action: what is open is carried on, with its dates and its cost. Pure.

A split changes the unit and nothing else: quantities are cut along the axis on which the lots lie behind each
other, so they sum to what all of them become, and the cost of each stays. Where a share of the cost goes, to
another security or back to the owner, the whole of it is rounded once and shared out by the largest remainders.
What is carried opens the next stretch, in order of acquisition: cost in = cost out + cost remaining over all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal

from backoffice.kernel.rounding import allocate, half_up_minor
from ledger.lots.matching import Change, Closing, Lot, Matched, Named, match
from ledger.lots.methods import Method

UNIT = Decimal("0.00000001")  # the smallest part of a quantity
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What happens to everything that is open at the beginning of a day.

    `old` units become, or bring, `new` of the outturn; `keeps`: the units stay beside it. `cost_share` of the cost goes
    with the outturn; without an outturn it is paid back, by `rate` for a unit in `currency`.
    """

    day: date
    source_type: str
    source_id: int
    new: Decimal | None = None
    old: Decimal | None = None
    keeps: bool = False
    same: bool = False  # the outturn is the security itself
    cost_share: Decimal = ZERO
    rate: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class PaidBack:
    """What was paid back on lots that stay open: each with its part of the cost, and the money for all of them."""

    lots: Sequence[Lot]
    paid: Change


@dataclass(frozen=True, slots=True)
class Carried:
    """What stays open, what went to the outturn, and what was paid back."""

    kept: Sequence[Lot]
    gone: Sequence[Lot] = ()
    back: PaidBack | None = None


@dataclass(frozen=True, slots=True)
class Over:
    """A position matched over its conversions: all closings and what is open, and what each conversion took out of it.

    `stretches` are the changes between two conversions, beginning with the lots carried into them, and `backs` what
    was paid back at their ends.
    """

    matched: Matched
    left: Sequence[tuple[Conversion, Sequence[Lot]]]
    stretches: Sequence[Sequence[Change]]
    backs: Sequence[PaidBack]


def carry(lots: Sequence[Lot], by: Conversion, *, minor_unit: int) -> Carried:
    """What open lots become: dates stay, quantities and costs add up to what they were."""
    if not lots:
        return Carried([])
    if by.same:  # the cost stays whole with the new units
        return Carried(_requantified(lots, by))
    stay, leave = _shared(lots, by.cost_share, minor_unit)
    if by.new is None:
        return Carried(stay, back=PaidBack(leave, _paid(leave, by, minor_unit)))
    gone = _requantified(leave if by.keeps else lots, by)
    return Carried(stay if by.keeps else [], gone)


def match_over(
    changes: Sequence[Change], conversions: Iterable[Conversion], *, method: Method, minor_unit: int,
    arriving: Sequence[tuple[date, Sequence[Lot]]] = (), named: Named | None = None,
) -> Over:  # fmt: skip
    """Match a position's changes stretch by stretch.

    `arriving`: lots of another security that become this one on a day. A change counts before a conversion when its
    trade date is before that day. Raises what `match` raises.
    """
    by_day = sorted(conversions, key=lambda by: (by.day, by.source_id))
    days = sorted({by.day for by in by_day} | {day for day, _ in arriving})
    open_lots: Sequence[Lot] = ()
    closings: list[Closing] = []
    left: list[tuple[Conversion, Sequence[Lot]]] = []
    stretches, backs = [], []
    since = date.min
    for day in [*days, None]:
        dealt = [
            c for c in changes if since <= c.trade_date and (day is None or c.trade_date < day)
        ]
        stretches.append([*_opening(open_lots), *dealt])
        matched = match(stretches[-1], method=method, minor_unit=minor_unit, named=named)
        closings += matched.closings
        open_lots = matched.lots
        for by in (by for by in by_day if by.day == day):
            carried = carry(open_lots, by, minor_unit=minor_unit)
            open_lots = carried.kept
            left.append((by, carried.gone))
            if carried.back is not None:
                backs.append(carried.back)
                closings += closings_of(carried.back, minor_unit)
        for lots in (lots for arrives, lots in arriving if arrives == day):
            open_lots = [*open_lots, *lots]
        since = day or since
    return Over(Matched(closings, open_lots), left, stretches, backs)


def _opening(lots: Sequence[Lot]) -> list[Change]:
    """Lots as what opened them, in order of acquisition; what was averaged has no single purchase."""
    found = []
    for number, lot in enumerate(lots, 1):
        opened = lot.opening or Change(
            id=-number, incoming=lot.long, quantity=lot.quantity, gross=lot.gross,
            currency=lot.currency,
        )  # fmt: skip
        found.append(replace(opened, quantity=lot.quantity, gross=lot.gross, fee=lot.fee))
    return sorted(found, key=_acquired)


def _acquired(change: Change) -> tuple[date, datetime]:
    return change.trade_date, change.executed_at or datetime.combine(change.trade_date, time(), UTC)


def _requantified(lots: Sequence[Lot], by: Conversion) -> list[Lot]:
    """Each lot in new units, cut along the axis; less than the smallest part of one adds its cost to the next."""
    assert by.new is not None and by.old is not None
    found: list[Lot] = []
    reached = before = ZERO
    gross = fee = ZERO
    for lot in lots:
        reached += lot.quantity
        cut = (reached * by.new / by.old).quantize(UNIT, ROUND_HALF_UP)
        gross, fee = gross + lot.gross, fee + lot.fee
        if cut > before:
            found.append(
                replace(lot, quantity=(cut - before).normalize() + 0, gross=gross, fee=fee)
            )
            gross = fee = ZERO
        before = cut
    if found and (gross or fee):
        found[-1] = replace(found[-1], gross=found[-1].gross + gross, fee=found[-1].fee + fee)
    return found


def _shared(lots: Sequence[Lot], share: Decimal, minor_unit: int) -> tuple[list[Lot], list[Lot]]:
    """The lots with what of their cost stays, and with what goes."""
    gross = _part([lot.gross for lot in lots], share, minor_unit)
    fees = _part([lot.fee for lot in lots], share, minor_unit)
    goes = list(zip(lots, gross, fees, strict=True))
    return (
        [replace(lot, gross=lot.gross - g, fee=lot.fee - f) for lot, g, f in goes],
        [replace(lot, gross=g, fee=f) for lot, g, f in goes],
    )


def _part(amounts: Sequence[Decimal], share: Decimal, minor_unit: int) -> list[Decimal]:
    whole = sum(amounts, ZERO)
    if not whole:
        return [ZERO] * len(amounts)
    return allocate(half_up_minor(whole * share, minor_unit), amounts, minor_unit)


def _paid(lots: Sequence[Lot], by: Conversion, minor_unit: int) -> Change:
    quantity = sum((lot.quantity for lot in lots), ZERO)
    return Change(
        id=0, incoming=not lots[0].long, quantity=quantity,
        gross=half_up_minor(quantity * (by.rate or ZERO), minor_unit), currency=by.currency,
        trade_date=by.day, source_type=by.source_type, source_id=by.source_id,
    )  # fmt: skip


def closings_of(back: PaidBack, minor_unit: int) -> list[Closing]:
    """What is paid back closes a part of the cost and no units: they stay, of a smaller nominal."""
    parts = allocate(back.paid.gross, [lot.quantity for lot in back.lots], minor_unit)
    return [
        Closing(
            opening=lot.opening, closing=back.paid, quantity=ZERO, opening_gross=lot.gross,
            opening_fee=lot.fee, closing_gross=part, closing_fee=ZERO,
        )
        for lot, part in zip(back.lots, parts, strict=True)
    ]  # fmt: skip
