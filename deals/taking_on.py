"""Deals that another system kept until now: told by their terms and where they stand, and taken on under their numbers.

They come in the state that they have, with one event that says so: nothing is done about them that was done before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from deals.capturing.candidates import Candidate, CapturedDeal
from deals.capturing.storing import Standing, put_deals
from deals.exposing.exposure import needs_of
from deals.models import Deal, Revaluation
from deals.rules import ResolvedDeal
from deals.selectors import posted_terms, with_economics
from deals.state import UNSETTLED, DealState
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


# Deals of which lots, or this year's results, are still made: those of a pool since it was last empty before the year.
# What corporate actions converted, or exchanged at cost, is never taken to have been empty.
_OF_LOTS = """
WITH change AS (
  SELECT c.pool_id, c.source_type, c.source_id, c.trade_date,
         row_number() OVER pool AS place,
         sum(CASE WHEN c.incoming THEN c.quantity ELSE -c.quantity END) OVER pool AS left_over,
         bool_or(c.at_cost) OVER (PARTITION BY c.pool_id) OR EXISTS (
           SELECT FROM ledger_lotconversion k JOIN ledger_lotpool p ON p.id = c.pool_id
            WHERE k.entity_id = p.entity_id AND p.asset_id IN (k.asset_id, k.outturn_id)) AS whole
    FROM ledger_lotchange c
   WHERE c.entity_id = ANY(%(entities)s) AND c.reverses_id IS NULL
     AND NOT EXISTS (SELECT FROM ledger_lotchange r WHERE r.reverses_id = c.id)
  WINDOW pool AS (PARTITION BY c.pool_id ORDER BY c.trade_date, c.executed_at, c.sequence, c.id)),
     empty AS (
  SELECT pool_id, max(place) AS place FROM change
   WHERE left_over = 0 AND NOT whole AND trade_date < make_date(%(year)s, 1, 1) GROUP BY pool_id)
SELECT c.source_id FROM change c LEFT JOIN empty e ON e.pool_id = c.pool_id
 WHERE c.source_type = 'deal' AND c.place > coalesce(e.place, 0)
"""


def still_of_use(entity_ids: Sequence[int], year: int) -> list[int]:
    """The deals that are open, and those that lots or results of a year are still made of, in ascending order."""
    rows = Deal.objects.filter(entity_id__in=entity_ids)
    found = set(rows.filter(state__in=UNSETTLED).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_OF_LOTS, {"entities": list(entity_ids), "year": year})
        of_lots = {row[0] for row in cursor.fetchall()}
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
