"""What a stop-loss that is reached still lets through: deals that make the position smaller.

Looked at only where a deal has been refused for it, so that capture pays nothing elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from deals.exposing.exposure import DealNeed
from deals.exposing.needs import FlowFacts
from deals.rules import ResolvedDeal
from ledger.models import LedgerAccount
from ledger.state import AccountKind
from limits.models import Limit
from limits.rules import Allotment
from limits.selectors import with_overrides
from limits.state import LimitKind


class StopLossReached(Conflict):
    code = "stop-loss-reached"
    title = gettext_noop("The loss of the day has reached its limit")
    detail = gettext_noop("%(limit)s: only what makes the position smaller is dealt today.")
    hint = gettext_noop("Close positions, or ask risk for an override.")


# What a book has of one thing, by its accounts (they are credited with it, decision 0005) and by what is
# not booked yet. As one statement, a deal that is booked meanwhile counts once.
_HAS = """
SELECT coalesce(sum(quantity), 0) FROM (
  SELECT -m.amount AS quantity FROM ledger_movement m
   WHERE m.account_id = ANY(%(accounts)s::bigint[]) AND m.asset_id = %(asset)s
   UNION ALL
  SELECT -l.amount FROM ledger_line l
   WHERE l.account_id = ANY(%(accounts)s::bigint[]) AND l.asset_id = %(asset)s
     AND l.recorded_tx >= (SELECT coalesce(max(horizon), 0) FROM ledger_fold)
   UNION ALL
  SELECT CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END
    FROM deals_deal d JOIN deals_flow f ON f.deal_id = d.id AND f.version = d.version
   WHERE d.entity_id = %(entity)s AND d.book_id = %(book)s AND f.asset_id = %(asset)s
     AND d.capacity = 'OWN' AND d.stage = 'proposed' AND d.state IN ('CAPTURED', 'PENDING_APPROVAL')
) AS parts
"""


def stop_losses(needs: Sequence[DealNeed]) -> frozenset[int]:
    """Which of these are stop-losses."""
    return frozenset(n.limit.id for n in needs if n.limit.kind == LimitKind.STOP_LOSS.value)


def reached(needs: Sequence[DealNeed], refused: Allotment) -> StopLossReached | None:
    """The refusal where nothing else than a stop-loss is in the way."""
    if not refused.short or not refused.short.keys() <= stop_losses(needs):
        return None
    ids = sorted(refused.short)
    return StopLossReached(limit=f"L-{ids[0]}", limits=[f"L-{id}" for id in ids])


def require_room_for_more(
    deal: ResolvedDeal, needs: Sequence[DealNeed], *, more: Decimal, at: datetime
) -> None:
    """Refuse an amendment that deals `more` of a thing under a stop-loss that is reached.

    What makes the position smaller goes through, and so does whatever else is amended. Raises
    StopLossReached; an executed deal is a legal obligation, and is amended all the same.
    """
    stops = stop_losses(needs)
    if deal.executed or not more or not stops:
        return
    rows = with_overrides(Limit.objects.filter(pk__in=stops), at=at).order_by("pk")
    ids = [row.pk for row in rows if is_reached(row)]
    if ids and not reduces_position(deal, moved=more):
        raise StopLossReached(limit=f"L-{ids[0]}", limits=[f"L-{id}" for id in ids])


def moved_of(flows: Iterable[FlowFacts], asset_id: int) -> Decimal:
    """How much of a thing comes in over all flows, below nothing where it goes out."""
    signed = (
        f.quantity if f.direction == "RECEIVE" else -f.quantity
        for f in flows
        if f.asset_id == asset_id
    )
    return sum(signed, Decimal(0))


def missing(limit: Any) -> Decimal:
    """By how much a limit of `with_overrides` is exceeded; below nothing where something is left."""
    over: Decimal = limit.used + limit.reserved - limit.cap - limit.in_force
    return over


def is_reached(limit: Any) -> bool:
    """Whether it is a stop-loss, and the loss has reached it."""
    return bool(limit.kind == LimitKind.STOP_LOSS and missing(limit) > 0)


def reduces_position(deal: ResolvedDeal, *, moved: Decimal | None = None) -> bool:
    """Whether a deal makes what its book has of the thing dealt smaller, without turning it round.

    `moved` is how much of it is dealt more than the book knows of already; else all of the deal.
    """
    asset_id, book = deal.traded.asset_id, deal.book
    if moved is None:
        moved = moved_of(deal.flows, asset_id)
    accounts = LedgerAccount.objects.filter(
        kind=AccountKind.POSITION, book_id=book.id, owner_id=book.own_party_id
    )
    values: dict[str, Any] = {
        "accounts": list(accounts.values_list("pk", flat=True)), "asset": asset_id,
        "entity": book.entity_id, "book": book.id,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_HAS, values)
        has = Decimal(cursor.fetchone()[0])
    return moved != 0 and (moved > 0) != (has > 0) and abs(moved) <= abs(has)
