"""Room under settlement-day limits for what is released and sent: who gets it, and who is told.

What an exposure is, and how it is worked out anew, stands in `exposures.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Refusal
from deals.exposing.exposure import NoRate
from deals.exposing.valuing import Market
from limits.selectors import available_under
from limits.services import LimitExceeded, give_back
from limits.taking import Wanted, take_exposures, would_exceed
from refdata.firm_days import firm_day
from refdata.selectors import reference_data
from settlements.exposures import EXPOSURE, amount_of, page_of, with_siblings
from settlements.models import Settlement
from settlements.selectors import stop_by_of


def take_room(ids: Sequence[int], *, siblings: Sequence[int], at: datetime) -> dict[int, Refusal]:
    """Take what these released settlements put at risk; return those for which there is no room.

    The caller holds `lock_with_siblings`. Against payment nothing is taken: prices alone move that.
    """
    return _asked(ids, siblings, at).answered(take_exposures, at)


def lacking_room(ids: Sequence[int], *, at: datetime) -> dict[int, Refusal]:
    """Those of these released settlements that limits would stop just now, in the order given."""
    return _asked(ids, with_siblings(ids), at).answered(would_exceed, at)


def give_room_back(siblings: Sequence[int], *, at: datetime) -> None:
    """Give back what these held whose own side is not released any more, and can still be stopped.

    The caller holds `lock_with_siblings`.
    """
    rows = [row for row in page_of(ids=siblings) if row.taken and not row.against_payment]
    stops = stop_by_of([id for row in rows if not row.released for id in row.waiting])
    ended = {
        row.id
        for row in rows
        if not row.released and not any(at >= stops[id] for id in row.waiting if id in stops)
    }
    if ended:
        give_back(EXPOSURE, sorted(ended), state="RELEASED")


class LimitUse(NamedTuple):
    """What a settlement takes, or would take, of a limit; `available` is what is left under it now.

    `needs` is empty where a rate is missing.
    """

    limit_id: int
    currency: str
    taken: Decimal | None
    needs: Decimal | None
    available: Decimal


def limit_uses(ids: Sequence[int], *, at: datetime) -> dict[int, list[LimitUse]]:
    """For each of some settlements the settlement-day limits it concerns, whichever side it is of."""
    rows = page_of(ids=with_siblings(ids))
    found: dict[int, list[LimitUse]] = {id: [] for id in ids}
    left = available_under([row.limit_id for row in rows], at=at)
    priced = [r.instrument_id for r in rows if r.against_payment and r.instrument_id is not None]
    market = Market(reference_data(), firm_day(at), priced)
    for row in rows:
        whole = row._replace(released=row.released or row.waiting)
        basis = market.today(row.instrument_id, row.against_payment)
        try:
            needs = amount_of(whole, market, basis, stop_by=None, at=at)
        except NoRate:
            needs = None
        use = LimitUse(row.limit_id, row.limit_currency, row.taken, needs, left[row.limit_id])
        for id in {row.id, *row.released, *row.waiting}.intersection(ids):
            found[id].append(use)
    return found


@dataclass(slots=True)
class _Asked:
    """What some settlements of ours put at risk: by deal, with the ids that answer for it."""

    requests: dict[int, list[Wanted]] = field(default_factory=dict)
    ours: dict[int, list[int]] = field(default_factory=dict)
    refused: dict[int, Refusal] = field(default_factory=dict)

    def answered(
        self, ask: Callable[..., dict[int, LimitExceeded]], at: datetime
    ) -> dict[int, Refusal]:
        refused = dict(self.refused)
        for source_id, why in (
            ask(EXPOSURE, self.requests, at=at) if self.requests else {}
        ).items():
            why.facts["settlement"] = f"S-{self.ours[source_id][0]}"
            refused |= dict.fromkeys(self.ours[source_id], why)
        return refused


def _asked(ids: Sequence[int], siblings: Sequence[int], at: datetime) -> _Asked:
    place = {id: number for number, id in enumerate(ids)}
    rows = [
        (sorted((id for id in row.released if id in place), key=place.__getitem__), row)
        for row in page_of(ids=siblings)
        if not row.against_payment
    ]
    asked = _Asked()
    market = Market(reference_data(), firm_day(at), ())
    for ours, row in sorted((pair for pair in rows if pair[0]), key=lambda pair: place[pair[0][0]]):
        asked.ours[row.source_id] = ours
        basis = market.today(None, False)
        try:
            amount = amount_of(row, market, basis, stop_by=None, at=at)
        except NoRate as missing:
            asked.refused |= dict.fromkeys(ours, missing)
            continue
        wanted = Wanted(row.id, row.limit_id, amount, basis.words(), row.due_date)
        asked.requests.setdefault(row.source_id, []).append(wanted)
    return asked


@transaction.atomic
def tell_of_limits(refused: Mapping[int, Any], *, actor: User | None, at: datetime) -> None:
    """Leave an event for each one that a settlement-day limit stops: risk works from them.

    Whoever undoes the transaction that refused it calls this again in one of its own.
    """
    stopped = {id: why for id, why in refused.items() if isinstance(why, LimitExceeded)}
    rows = Settlement.objects.filter(pk__in=stopped).order_by("pk")
    events = [
        NewEvent(
            kind="settlement.exceed_limit", subject_type="settlement", subject_id=id,
            entity_id=entity_id, facts=stopped[id].facts,
        )
        for id, entity_id in rows.values_list("pk", "entity_id")
    ]  # fmt: skip
    record_events(events, actor_id=actor.pk if actor else None, at=at)
