"""Deciding who gets room under which limit. Pure: rows in, decisions out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
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
    """What is left under a limit; `excess` grows by what binding requests take beyond it."""

    available: Decimal
    taken: Decimal = Decimal(0)
    excess: Decimal = Decimal(0)


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
    if all(total <= headrooms[limit_id].available for limit_id, total in totals.items()):
        # Where everything fits, everybody is granted, and one sum a limit says all.
        for limit_id, total in totals.items():
            headrooms[limit_id].available -= total
            headrooms[limit_id].taken += total
        return [Allotment(granted=True)] * len(requests)
    return [_allot_one(headrooms, request) for request in requests]


def _allot_one(headrooms: Mapping[int, Headroom], request: LimitRequest) -> Allotment:
    short = {
        need.limit_id: need.amount - max(headrooms[need.limit_id].available, Decimal(0))
        for need in request.needs
        if need.amount > headrooms[need.limit_id].available
    }
    if short and not request.binding:
        return Allotment(granted=False, short=short)
    for limit_id, amount in request.needs:
        room = headrooms[limit_id]
        room.excess += max(Decimal(0), amount - max(room.available, Decimal(0)))
        room.available -= amount
        room.taken += amount
    return Allotment(granted=True, short=short)


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
