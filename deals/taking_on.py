"""Deals that another system kept until now: told by their terms and where they stand, and taken on under their numbers.

They come in the state that they have, with one event that says so: nothing is done about them that was done before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from deals.booking.lots import SOURCE
from deals.booking.rest import REST
from deals.capturing.candidates import Candidate, CapturedDeal
from deals.capturing.storing import Standing, put_deals
from deals.exposing.exposure import needs_of
from deals.models import Deal, Revaluation
from deals.rules import ResolvedDeal
from deals.selectors import posted_terms, with_economics
from deals.state import UNSETTLED, DealState
from ledger.lots.of_use import changes_of_use
from ledger.models import JournalEntry
from limits.rules import Allotment, LimitRequest, allot
from limits.services import lock_headrooms, take
from refdata.selectors import reference_data

TAKE_ON = "deal.take_on"


class TakenOn(NamedTuple):
    """A deal of which everything was found: its number, its version and where it stands."""

    id: int
    version: int
    state: str
    captured_at: datetime
    deal: ResolvedDeal

    @property
    def is_open(self) -> bool:
        return self.state in UNSETTLED


def still_of_use(entity_ids: Sequence[int], year: int) -> list[int]:
    """The deals that are open, and those that lots or results of a year are still made of, in ascending order.

    Of what settled in part and was cancelled for the rest lots are told, not the deal: by its terms it would be whole.
    """
    rows = Deal.objects.filter(entity_id__in=entity_ids)
    found = set(rows.filter(state__in=UNSETTLED).values_list("pk", flat=True))
    of_lots = {
        each.source_id for each in changes_of_use(entity_ids, year) if each.source_type == SOURCE
    }
    gone = JournalEntry.objects.filter(source_type=SOURCE, kind=REST, source_id__in=of_lots)
    of_lots -= set(gone.values_list("source_id", flat=True))
    known = rows.filter(pk__in=of_lots).exclude(state__in=(DealState.CANCELLED, DealState.REPLACED))
    return sorted(found | set(known.values_list("pk", flat=True)))


def told_deals(ids: Sequence[int]) -> list[dict[str, Any]]:
    """Deals by their terms, as they would be posted, and where they stand."""
    rows = with_economics(Deal.objects.filter(pk__in=ids)).order_by("pk")
    return [
        {
            "number": row.pk, "version": row.version, "state": row.state,
            "captured_at": row.captured_at.isoformat(), "terms": posted_terms(row),
        }
        for row in rows
    ]  # fmt: skip


@transaction.atomic
def take_on_deals(deals: Sequence[TakenOn], *, system: str, actor: User, at: datetime) -> None:
    """Write deals as another system had them; those that are open take what they need of limits, never refused.

    All that the limits are used by is worked out anew. Raises NoRate.
    """
    captured = [_captured(each, actor, at) for each in deals]
    _reserve(captured, at)
    standing = [
        Standing(c, each.state, each.version, each.captured_at.isoformat())
        for each, c in zip(deals, captured, strict=True)
    ]
    put_deals(standing, at=at.isoformat())
    record_events(
        [
            NewEvent(
                kind=TAKE_ON, subject_type="deal", subject_id=each.id, target=each.state,
                entity_id=each.deal.book.entity_id, facts={"version": each.version, "from": system},
            )
            for each in deals
        ],
        actor_id=actor.pk, at=at,
    )  # fmt: skip
    Revaluation.objects.create(everything=True)


def _captured(each: TakenOn, actor: User, at: datetime) -> CapturedDeal:
    needs = []
    if each.is_open:
        needs = needs_of(
            each.deal, reference_data(), trader=each.deal.terms.trader or actor.username
        )
    request = LimitRequest([need.as_need() for need in needs], binding=True)
    candidate = Candidate(deal=each.deal, needs=needs, request=request, actor=actor, at=at)
    return CapturedDeal(each.id, candidate, Allotment(granted=True), {})


def _reserve(captured: Sequence[CapturedDeal], at: datetime) -> None:
    wanted = {need.limit.id for c in captured for need in c.candidate.needs}
    rooms = {id: limit.headroom() for id, limit in lock_headrooms(wanted, at=at).items()}
    allot(rooms, [c.candidate.request for c in captured])
    take(rooms, held=False)
