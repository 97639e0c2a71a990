"""Deciding who gets room under which limit. Pure: rows in, decisions out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from backoffice.kernel.rounding import half_up_minor


class Need(NamedTuple):
    """How much of a limit a request takes, in the limit's currency."""

    limit_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class LimitRequest:
    """All the limits one request needs. A binding one (an executed deal) is never refused."""

    needs: Sequence[Need]
    binding: bool = False


@dataclass(slots=True)
class Headroom:
    """What is left under a limit; `excess` grows by what binding requests take beyond it.

    `net` is the signed position where the limit is of one: what takes it back takes no room.
    """

    available: Decimal
    taken: Decimal = Decimal(0)
    excess: Decimal = Decimal(0)
    net: Decimal | None = None

    def costs(self, amount: Decimal) -> Decimal:
        """How much of the room an amount takes; of a position, how far it moves it from nothing."""
        return amount if self.net is None else moved_away(self.net, amount)

    def relieve(self, amount: Decimal) -> None:
        """Give back so much of what was taken: it turned out to be more than is needed."""
        self.available += amount
        self.taken -= amount
        self.excess = max(self.excess - amount, _NOTHING)

    def take(self, amount: Decimal) -> None:
        self.available -= self.costs(amount)
        self.taken += amount
        if self.net is not None:
            self.net += amount


def moved_away(net: Decimal, amount: Decimal) -> Decimal:
    """By how much a contribution makes a position larger; below nothing where it makes it smaller."""
    return abs(net + amount) - abs(net)


@dataclass(frozen=True, slots=True)
class Allotment:
    """Granted or not; of which limits too much was asked, and by how much."""

    granted: bool
    short: dict[int, Decimal] = field(default_factory=dict)


_NOTHING = Decimal(0)


def allot(headrooms: Mapping[int, Headroom], requests: Sequence[LimitRequest]) -> list[Allotment]:
    """Decide requests in order: all the limits of a request, or none of them.

    What a refused request asked for stays for the next one. A binding request always takes what it
    needs; what does not fit becomes the limit's excess. Changes `headrooms` as it goes.
    """
    totals: dict[int, Decimal] = {}
    for request in requests:
        for limit_id, amount in request.needs:
            totals[limit_id] = totals.get(limit_id, _NOTHING) + amount
    plain = all(headrooms[limit_id].net is None for limit_id in totals)
    if plain and all(total <= headrooms[limit_id].available for limit_id, total in totals.items()):
        # Where everything fits, everybody is granted, and one sum a limit says all.
        for limit_id, total in totals.items():
            headrooms[limit_id].available -= total
            headrooms[limit_id].taken += total
        return [Allotment(granted=True)] * len(requests)
    return [_allot_one(headrooms, request) for request in requests]


def _allot_one(headrooms: Mapping[int, Headroom], request: LimitRequest) -> Allotment:
    costs = [(id, amount, headrooms[id].costs(amount)) for id, amount in request.needs]
    short = {
        id: cost - max(headrooms[id].available, _NOTHING)
        if cost or request.binding
        else -headrooms[id].available  # it takes nothing, but the limit is exceeded
        for id, amount, cost in costs
        if cost > headrooms[id].available and (cost > 0 or headrooms[id].net is None)
    }
    if short and not request.binding:
        return Allotment(granted=False, short=short)
    for id, amount, cost in costs:
        room = headrooms[id]
        room.excess += max(_NOTHING, cost - max(room.available, _NOTHING))
        room.take(amount)
    return Allotment(granted=True, short={id: each for id, each in short.items() if each})


def total_position(by_currency: Mapping[str, Decimal], *, gold: str) -> Decimal:
    """The open position over all currencies, each in the currency of the books: that one left out.

    The larger of what is long and what is short, and gold beside it whichever way (the shorthand method:
    Basel Framework, MAR40; `by_currency` are signed and rounded).
    """
    money = [amount for code, amount in by_currency.items() if code != gold]
    long = sum((amount for amount in money if amount > 0), _NOTHING)
    short = -sum((amount for amount in money if amount < 0), _NOTHING)
    return max(long, short) + abs(by_currency.get(gold, _NOTHING))


def share_of_funds(own_funds: Decimal, share: Decimal, *, minor_unit: int) -> Decimal:
    """What a share of own funds is at most, cut to the minor unit: a bound is never rounded up."""
    return (own_funds * share).quantize(Decimal(1).scaleb(-minor_unit), ROUND_FLOOR)


LEAST = Decimal("0.0001")  # that a limit is exceeded by


def counted_loss(result: Decimal) -> Decimal:
    """What the result of a day counts under a stop-loss: to reach the cap is to exceed it.

    So a loss counts with the least amount there is on top, and what is no loss counts nothing.
    """
    return LEAST - result if result < 0 else _NOTHING


def price_move(*, buys: bool, agreed: Decimal, market: Decimal) -> Decimal:
    """What replacing a deal would cost beyond what was agreed; nothing where it would cost less.

    Both are whole amounts in one currency: what was agreed, and what the same is worth now.
    """
    return max(market - agreed if buys else agreed - market, _NOTHING)


def presettlement_amount(notional: Decimal, *, rate: Decimal, minor_unit: int) -> Decimal:
    """The share of the notional that a deal may cost us until it settles.

    The add-on of the current exposure method: 6 % for equities up to a year settled DVP, all of it
    for a free delivery (BIPRU 13.4.5; `rules`, section 12). Half up to the minor unit.
    """
    return half_up_minor(notional * rate, minor_unit)


def settlement_exposure(
    *, receives: Decimal, price_move: Decimal, against_payment: bool, left_at: datetime | None,
    stop_by: datetime, received_at: datetime | None, at: datetime,
) -> Decimal:  # fmt: skip
    """What a settlement may cost us at a moment: all that we are to receive, while we may have paid.

    From the moment our side has left, or can no longer be stopped, whichever is earlier, until what
    we receive is matched on the statement, that moment excluded (domain-decisions 14). Against
    payment (PVP, DVP) only the price move is ever at risk.
    """
    if received_at is not None and at >= received_at:
        return _NOTHING
    if against_payment:
        return price_move
    begins = stop_by if left_at is None else min(left_at, stop_by)
    return receives if at >= begins else _NOTHING


class NettedDeal(NamedTuple):
    """A deal of a netting set: its notional, what it is worth to us now, and its add-on."""

    notional: Decimal
    worth: Decimal
    add_on: Decimal


class NettedExposure(NamedTuple):
    gross_add_on: Decimal
    ratio: Decimal
    potential: Decimal
    exposure: Decimal


def netted_exposure(deals: Sequence[NettedDeal], *, minor_unit: int) -> NettedExposure:
    """The current exposure method over one netting set, amounts half up to the minor unit.

    Potential = (0.4 + 0.6 x ratio) x gross add-on; ratio = net worth to gross positive worth, and
    without positive worth 0; exposure = net worth, at least 0, plus the potential (rules, section 12).
    """
    gross = sum((deal.notional * deal.add_on for deal in deals), _NOTHING)
    net = max(sum((deal.worth for deal in deals), _NOTHING), _NOTHING)
    positive = sum((max(deal.worth, _NOTHING) for deal in deals), _NOTHING)
    ratio = net / positive if positive else _NOTHING
    potential = (Decimal("0.4") + Decimal("0.6") * ratio) * gross
    return NettedExposure(
        half_up_minor(gross, minor_unit), ratio, half_up_minor(potential, minor_unit),
        half_up_minor(net + potential, minor_unit),
    )  # fmt: skip


class LateFactor(NamedTuple):
    """The share of the adverse price move that counts from so many working days after the due date."""

    from_days: int
    factor: Decimal


def late_exposure(
    price_move: Decimal, *, working_days_late: int, factors: Sequence[LateFactor], minor_unit: int
) -> Decimal:
    """What a delivery against payment that is late counts (CRR Art. 378): by the last step reached.

    `factors` are those in force, ascending; before the first step nothing counts.
    """
    reached = [row.factor for row in factors if working_days_late >= row.from_days]
    return half_up_minor(price_move * (reached[-1] if reached else _NOTHING), minor_unit)
