"""The second look at a deal that does not fit: a stop-loss that it may pass, a total that it moves less.

What capture asks at first costs nothing; only where that refuses a deal, or would call an executed one a
breach, all positions are looked at. Within one look what was captured before it in the batch counts too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import F, Sum

from deals.capturing.candidates import Candidate
from deals.exposing.exposure import LimitRow
from deals.exposing.positions import positions_of
from deals.exposing.stopping import reduces_position, stop_losses
from deals.exposing.totals import counts_in_total, moved_by, total_of
from deals.exposing.valuing import Market
from deals.models import Flow
from deals.rules import ResolvedDeal
from deals.services import SOURCE
from limits.models import Reservation
from limits.rules import Allotment, Headroom, LimitRequest, allot
from limits.services import LimitExceeded, LockedLimit, lock_headrooms
from refdata.firm_days import firm_day
from refdata.selectors import ReferenceData

_NOTHING = Decimal(0)
_ALLOWED = """
SELECT cap - reserved + limits_override_in_force(id, %s) FROM limits_limit WHERE id = %s
"""


class Exactly(NamedTuple):
    """A total without a deal and with it, as it is and not as it may be at most."""

    before: Decimal
    after: Decimal

    @property
    def more(self) -> Decimal:
        return max(self.after - self.before, _NOTHING)

    def short(self, allowed: Decimal) -> Decimal:
        """By how much it is beyond what is allowed; what does not add to it never is."""
        return max(self.after - allowed, _NOTHING) if self.more else _NOTHING


@dataclass(slots=True)
class Looks:
    """Exact looks at totals; the positions of each entity are read once.

    `captured` are not stored yet; the deals `instead_of` which something is captured count no more.
    """

    captured: Callable[[], Sequence[ResolvedDeal]] = list
    instead_of: Sequence[int] = ()
    _all: dict[int, dict[int, Decimal]] = field(default_factory=dict)
    _known: dict[int, dict[int, Decimal]] = field(default_factory=dict)
    _market: Market | None = None
    _priced: frozenset[int] = frozenset()

    def at(self, limit: LimitRow, deal: ResolvedDeal, day: date) -> Exactly:
        """Raises NoRate."""
        entity = limit.entity_id
        if entity not in self._known:
            self._known[entity] = self._positions(entity)
        earlier = [
            moved
            for each in self.captured()
            if each.book.entity_id == entity and each.terms.capacity == "OWN"
            for moved in moved_by(each.flows)
        ]
        known = self._known[entity]
        before = total_of(limit, day, also=earlier, market_of=self._of, known=known)
        also = [*earlier, *moved_by(deal.flows)]
        after = total_of(limit, day, also=also, market_of=self._of, known=known)
        return Exactly(before, after)

    def replacing(self, limit: LimitRow, deal: ResolvedDeal, day: date) -> Exactly:
        """The total with the deals that go, and with this one instead. Raises NoRate."""
        after = self.at(limit, deal, day).after
        known = self._all[limit.entity_id]
        return Exactly(total_of(limit, day, market_of=self._of, known=known), after)

    def _positions(self, entity_id: int) -> dict[int, Decimal]:
        """The deals that go are in the books or not there yet: either way they are in the sum once."""
        self._all[entity_id] = positions_of(entity_id)
        found = dict(self._all[entity_id])
        if self.instead_of:
            gone = Flow.objects.filter(
                deal_id__in=self.instead_of, version=F("deal__version"),
                deal__capacity="OWN", deal__entity=entity_id,
            )  # fmt: skip
            for asset_id, quantity in moved_by(gone):
                found[asset_id] = found.get(asset_id, _NOTHING) - quantity
        return found

    def _of(self, reference: ReferenceData, day: date, asset_ids: set[int]) -> Market:
        """The prices and rates of the day, read once while nothing else is asked for."""
        if self._market is None or self._market.day != day or not asset_ids <= self._priced:
            self._priced |= asset_ids
            self._market = Market(reference, day, self._priced)
        return self._market


def once_more(
    candidate: Candidate, found: Allotment, rooms: Mapping[int, Headroom], looks: Looks
) -> tuple[Candidate, Allotment]:
    """The decision about a deal that was short of something, and the deal with what it takes now."""
    needs = {need.limit.id: need for need in candidate.needs}
    totals = [id for id in found.short if counts_in_total(needs[id].limit.kind)]
    if found.granted:
        return _relieved(candidate, found, rooms, looks, totals) if totals else (candidate, found)
    stops = stop_losses(candidate.needs)
    if not found.short.keys() <= {*stops, *totals}:
        return candidate, found
    if found.short.keys() & stops and not reduces_position(candidate.deal):
        return candidate, found
    amounts, short = {}, {}
    for id in totals:
        exact = looks.at(needs[id].limit, candidate.deal, firm_day(candidate.at))
        beyond = exact.short(_allowed(id, candidate))
        if beyond:
            short[id] = beyond
        amounts[id] = min(exact.more, max(rooms[id].available, _NOTHING))
    if short:
        return candidate, Allotment(granted=False, short=short)
    candidate = _taking(candidate, amounts)
    passed = {*stops, *(id for id, amount in amounts.items() if not amount)}
    rest = [need.as_need() for need in candidate.needs if need.limit.id not in passed]
    (allotment,) = allot(rooms, [LimitRequest(rest)])
    return candidate, allotment


def exactly(candidate: Candidate, *, instead_of: Sequence[int]) -> Candidate:
    """A deal that takes the place of others, with what it takes of totals beyond them, looked at as a whole.

    It takes over what they still count by themselves: that the next look makes part of the total. All
    their limits and its own are locked. Raises LimitExceeded where a proposed one would take a total beyond
    what is allowed.
    """
    totals = [need for need in candidate.needs if counts_in_total(need.limit.kind)]
    if not totals:
        return candidate
    locked, there = _locked_with(candidate, instead_of)
    looks, amounts = Looks(instead_of=instead_of), {}
    for need in totals:
        id = need.limit.id
        exact = looks.replacing(need.limit, candidate.deal, firm_day(candidate.at))
        beyond = exact.short(_allowed(id, candidate))
        if beyond and not candidate.deal.executed:
            reference = f"L-{id}"
            raise LimitExceeded(
                limit=reference, short=f"{beyond.normalize():f}", currency=need.limit.currency,
                limits=[reference],
            )  # fmt: skip
        more = exact.more if beyond else min(exact.more, max(locked[id].available, _NOTHING))
        amounts[id] = more + there.get(id, _NOTHING)
    taking = _taking(candidate, amounts)
    request = replace(candidate.request, needs=[need.as_need() for need in taking.needs])
    return replace(taking, request=request)


def _locked_with(
    candidate: Candidate, instead_of: Sequence[int]
) -> tuple[dict[int, LockedLimit], dict[int, Decimal]]:
    """The limits of a deal and of those it replaces, locked, and what these count under each by then."""
    held = Reservation.objects.filter(
        source_type=SOURCE, source_id__in=instead_of, state="COMMITTED"
    )  # fmt: skip
    ids = {*held.values_list("limit_id", flat=True), *(need.limit.id for need in candidate.needs)}
    locked = lock_headrooms(ids, at=candidate.at)
    return locked, dict(held.values_list("limit_id").annotate(Sum("amount")))


def _relieved(
    candidate: Candidate, found: Allotment, rooms: Mapping[int, Headroom], looks: Looks,
    totals: Sequence[int],
) -> tuple[Candidate, Allotment]:  # fmt: skip
    """An executed deal, which is taken anyway: it takes what it moves the total by, and is beyond by that."""
    needs = {need.limit.id: need for need in candidate.needs}
    short, amounts = dict(found.short), {}
    for id in totals:
        exact = looks.at(needs[id].limit, candidate.deal, firm_day(candidate.at))
        amounts[id] = min(exact.more, needs[id].amount)
        rooms[id].relieve(needs[id].amount - amounts[id])
        short[id] = exact.short(_allowed(id, candidate))
    kept = {id: beyond for id, beyond in short.items() if beyond}
    return _taking(candidate, amounts), Allotment(granted=True, short=kept)


def _taking(candidate: Candidate, amounts: Mapping[int, Decimal]) -> Candidate:
    needs = [
        need._replace(amount=amounts.get(need.limit.id, need.amount)) for need in candidate.needs
    ]
    return replace(candidate, needs=needs)


def _allowed(limit_id: int, candidate: Candidate) -> Decimal:
    with connection.cursor() as cursor:
        cursor.execute(_ALLOWED, [candidate.at, limit_id])
        return Decimal(cursor.fetchone()[0])
