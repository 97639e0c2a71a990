"""The queue of a run, read from the database at one moment: candidates, what is at hand, links, values.

Everything of it is in decimals and ids here; `integers` makes of it what the optimiser works on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db import connection

from backoffice.events.looking import one_look
from backoffice.kernel.errors import Refusal
from deals.exposing.exposure import NoRate
from deals.exposing.valuing import Market
from limits.services import LimitExceeded
from refdata.firm_days import firm_day
from refdata.models import Entity
from refdata.selectors import reference_data
from settlements.deadlines.selectors import PastCutOff
from settlements.fails.saving import saved_by_settling
from settlements.linking.selectors import waiting_for
from settlements.models import SettlementRun
from settlements.parting.rules import Share, share_of
from settlements.room import lacking_room
from settlements.running.at_hand import Candidate, Spot, at_hand_for
from settlements.running.state import RunMode, RunObjective
from settlements.running.ties import Tie, left_with, tied_to_place, ties_between
from settlements.selectors import FREE
from settlements.standing import LinkedRefused, reason_of, stopped_with_partners
from settlements.state import Reason

_NOTHING = Decimal(0)


class Left(NamedTuple):
    """Why a candidate is not in the queue; `facts` are what its sentence is made of."""

    reason: str
    short: Decimal = _NOTHING
    refusal: Refusal | None = None
    facts: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a run saw. `left` may move in no case; `values` are in `currency`."""

    candidates: Sequence[Candidate]
    left: Mapping[int, Left]
    at_hand: Mapping[Spot, Decimal]
    ties: Sequence[Tie]
    currency: str
    values: Mapping[int, Decimal]
    unvalued: int
    penalties: Mapping[int, Decimal] | None  # what a day of each fail costs, where the run asks
    set_apart: Mapping[Spot, Mapping[str, Decimal]] = field(default_factory=dict)
    minor_units: Mapping[int, int]  # of the assets that are money
    names: Mapping[str, Mapping[int, str]]  # codes of parties, places and assets

    @property
    def queued(self) -> list[Candidate]:
        return [each for each in self.candidates if each.id not in self.left]


WHAT = """
SELECT s.id, s.entity_id, s.owner_id, s.counterparty_id, s.place_id, p.finality = 'INTERNAL',
       s.delivers, s.asset_id, s.quantity - s.settled_quantity, s.money_asset_id,
       s.amount - s.settled_amount, s.priority, s.skipped_runs, s.due_date, s.owner_id <> e.own_party_id,
       CASE WHEN s.partial_allowed AND p.finality = 'INTERNAL' THEN coalesce(s.minimum, s.lot) END, s.lot,
       CASE WHEN s.hold = 'OURS' THEN greatest(s.released_quantity - s.settled_quantity, 0) END
  FROM settlements_settlement s
  JOIN refdata_place p ON p.id = s.place_id
  JOIN refdata_entity e ON e.id = s.entity_id
"""
ORDER = " ORDER BY s.priority, s.due_date, s.id"
# What may move now: approved, matched or at least sendable, on nobody's hold, alive and due.
_LET_GO = f"s.approval = 'APPROVED' AND {FREE}"
_MAY_MOVE = (
    WHAT
    + """
 WHERE {which} AND s.cancellation IN ('NONE', 'DENIED')
   AND s.netted_by_id IS NULL
   AND s.settlement IN ('PENDING', 'FAILING', 'PARTIAL') AND s.due_date <= %(business_date)s
   AND (%(entity)s::bigint IS NULL OR s.entity_id = %(entity)s::bigint)
   AND p.finality = ANY(%(finalities)s)
   AND (%(place)s::bigint IS NULL OR s.place_id = %(place)s::bigint OR s.id = ANY(%(tied)s::bigint[]))
   AND CASE p.finality WHEN 'INTERNAL' THEN s.matching = 'MATCHED' ELSE s.transmission = 'NONE' AND {free} END
"""
    + ORDER
)
_CANDIDATES = _MAY_MOVE.format(which=_LET_GO, free="s.hold = 'NONE'")
_ALSO = "OR s.id = ANY(%(also)s::bigint[])"
_WITH_OTHERS = _MAY_MOVE.format(which=f"({_LET_GO} {_ALSO})", free=f"(s.hold = 'NONE' {_ALSO})")
_OF_IDS = WHAT + " WHERE s.id = ANY(%(ids)s)" + ORDER
_FINALITIES = {
    RunMode.SETTLE: ["INTERNAL"], RunMode.RELEASE: ["EXTERNAL"],
    RunMode.BOTH: ["INTERNAL", "EXTERNAL"],
}  # fmt: skip


def read_queue(run: SettlementRun, *, at: datetime, also: Sequence[int] = ()) -> Look:
    """Everything that a run decides about, of one moment; nothing is locked and nothing written.

    `also` are open settlements that are taken as if they were let go already.
    """
    with one_look():
        found = candidates(
            business_date=run.business_date,
            entity_id=run.entity_id,
            mode=RunMode(run.mode),
            place_id=run.place_id,
            also=also,
        )
        left = _left_out(found, at, run.business_date)
        queued = [each for each in found if each.id not in left]
        values, unvalued, currency = _values(queued, run)
        at_hand = at_hand_for(queued, run.business_date)
        return Look(
            candidates=found, left=left, at_hand=at_hand.free, set_apart=at_hand.set_apart,
            ties=ties_between(_where(queued)), currency=currency, values=values, unvalued=unvalued,
            penalties=_penalties(queued, run, currency), minor_units=reference_data().minor_units, names=_names(queued),
        )  # fmt: skip


def look_at(run: SettlementRun, ids: Sequence[int], at_hand: Mapping[Spot, Decimal]) -> Look:
    """The same of some settlements that are locked by the caller, from what is named as at hand."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_IDS, {"ids": list(ids)})
        found = candidates_in(cursor.fetchall())
    values, unvalued, currency = _values(found, run)
    return Look(
        candidates=found, left={}, at_hand=at_hand, ties=ties_between(_where(found)), currency=currency, values=values,
        unvalued=unvalued, penalties=_penalties(found, run, currency), minor_units=reference_data().minor_units,
        names=_names(found),
    )  # fmt: skip


def candidates(
    *, business_date: date, entity_id: int | None, mode: RunMode = RunMode.BOTH,
    place_id: int | None = None, also: Sequence[int] = (),
) -> list[Candidate]:  # fmt: skip
    """What a run of that business date looks at, in the order of arrival: priority, due date, key.

    Of one place: what is to settle there, and what is linked with that elsewhere.
    """
    facts = {
        "business_date": business_date, "entity": entity_id, "finalities": _FINALITIES[mode],
        "place": place_id, "also": list(also),
        "tied": [] if place_id is None else tied_to_place(place_id),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_WITH_OTHERS if also else _CANDIDATES, facts)
        return candidates_in(cursor.fetchall(), also)


def candidates_in(rows: Sequence[Sequence[Any]], also: Sequence[int] = ()) -> list[Candidate]:
    """The rows of `WHAT`. Of one that we hold and released in part, that part with its share of the money."""
    units, found = reference_data().minor_units, []
    for each in rows:
        row, released = Candidate._make(each[:-1]), each[-1]
        if released is not None and released < row.quantity and row.id not in also:
            left = Share(row.quantity, row.amount, _NOTHING)
            part = share_of(left, released, minor_unit=units.get(row.money_id, 4))
            row = row._replace(quantity=part.quantity, amount=part.amount)
        found.append(row)
    return found


def _left_out(found: Sequence[Candidate], at: datetime, day: date) -> dict[int, Left]:
    """Those that their instruction, screening, a cut-off or a settlement-day limit stops, and who goes only
    with one of them.
    """
    stopped = stopped_with_partners([each.id for each in found], on=firm_day(at), at=at, day=day)
    left = {id: _left(why) for id, why in stopped.items()}
    outside = [each.id for each in found if not each.internal and each.id not in stopped]
    for id, why in lacking_room(outside, at=at).items():
        if isinstance(why, LimitExceeded):
            left[id] = Left(Reason.LIMT.value, Decimal(why.facts["short"]), why)
    for id in left_with(left, [each.id for each in found]):
        left.setdefault(id, Left(Reason.LAAW.value))
    return left | _waiting(found, left)


def _left(why: Refusal) -> Left:
    """A cut-off is told with its time; what is linked with a stopped one, with that."""
    if isinstance(why, PastCutOff):
        return Left(reason_of(why).value, facts=why.facts)
    if isinstance(why, LinkedRefused):
        return Left(reason_of(why).value, facts={"others": [why.facts["settlement"]]})
    return Left(reason_of(why).value)


def _waiting(found: Sequence[Candidate], left: Mapping[int, Left]) -> dict[int, Left]:
    """Those that settle after another one which does not settle here: they wait, and who waits for them."""
    ahead = waiting_for([each.id for each in found if each.internal and each.id not in left])
    there = {each.id for each in found if each.internal and each.id not in left}
    late: dict[int, Left] = {}
    while more := [
        id for id, others in ahead.items() if id in there and not there.issuperset(others)
    ]:
        there.difference_update(more)
        late |= dict.fromkeys(more, Left(Reason.LAAW.value))
    return late


def _values(queued: Sequence[Candidate], run: SettlementRun) -> tuple[dict[int, Decimal], int, str]:
    """What each counts in one currency: its money, without any its securities at the last price.

    The currency is the run's entity's, of several the first one's. What no rate or price is known for
    counts as it is, or nothing, and is counted.
    """
    entities = Entity.objects.order_by("pk")
    if run.entity_id is not None:
        entities = entities.filter(pk=run.entity_id)
    currency = entities.values_list("base_currency", flat=True)[0]
    reference = reference_data()
    codes = {row.asset_id: code for code, row in reference.currencies.items()}
    free = {each.asset_id for each in queued if not each.amount and each.quantity}
    market = Market(reference, run.business_date, free)
    values: dict[int, Decimal] = {}
    unvalued = 0
    for each in queued:
        try:
            values[each.id] = _value(each, codes[each.money_id], currency, market)
        except NoRate:
            values[each.id] = each.amount
            unvalued += 1
        if not values[each.id] and each.quantity:
            unvalued += 1
    return values, unvalued, currency


def _penalties(
    queued: Sequence[Candidate], run: SettlementRun, currency: str
) -> dict[int, Decimal] | None:
    """What settling each saves of penalties, in the currency of comparison; what has no rate counts as it is."""
    if run.objective != RunObjective.PENALTY:
        return None
    saved = saved_by_settling([each.id for each in queued], day=run.business_date)
    market = Market(reference_data(), run.business_date, ())
    found = {}
    for id, each in saved.items():
        try:
            found[id] = market.converted(
                each.amount, each.currency, currency, market.today(None, False)
            )
        except NoRate:
            found[id] = each.amount
    return found


def _value(each: Candidate, money: str, currency: str, market: Market) -> Decimal:
    if each.amount:
        if money == currency:
            return each.amount
        return market.converted(each.amount, money, currency, market.today(None, False))
    basis = market.today(each.asset_id, True)
    if not each.quantity or basis.price is None:
        return _NOTHING
    return market.worth(each.quantity, currency, basis)


def _where(queued: Sequence[Candidate]) -> dict[int, bool]:
    return {each.id: each.internal for each in queued}


def _names(queued: Sequence[Candidate]) -> dict[str, dict[int, str]]:
    wanted: dict[str, set[int]] = {
        "refdata_party": {id for each in queued for id in (each.owner_id, each.counterparty_id)},
        "refdata_place": {each.place_id for each in queued},
        "refdata_asset": {id for each in queued for id in (each.asset_id, each.money_id)},
    }
    found: dict[str, dict[int, str]] = {}
    with connection.cursor() as cursor:
        for table, ids in wanted.items():
            cursor.execute(f"SELECT id, code FROM {table} WHERE id = ANY(%s)", [sorted(ids)])  # noqa: S608
            rows: list[Any] = cursor.fetchall()
            found[table.removeprefix("refdata_")] = dict(rows)
    return found
