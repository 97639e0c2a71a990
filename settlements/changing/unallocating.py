"""Taking an allocation back, until something of its parts has left: they are cancelled, the block is restored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.events.retrying import retried
from backoffice.kernel.errors import NotFound
from backoffice.kernel.lifecycle import TransitionNotAllowed
from backoffice.kernel.references import number_in
from backoffice.workflow.transitions import Outcome, each_by_itself
from deals.allocating.restoring import PartsChanged, restore_block
from deals.amending.consequences import TABLE, Act, consequence_of
from deals.models import Deal
from deals.selectors import deals
from deals.services import confirm_deals
from deals.state import DealState
from settlements.changing.rest import PENDING
from settlements.changing.services import CancellationPending, withdraw_instructions
from settlements.changing.situations import Standing, locked_standings, standings
from settlements.exposures import EXPOSURE

CHANGED = ("deal.amend", "deal.allocate", "deal.cancel", "deal.group")
_AGREED = (DealState.CONFIRMED, DealState.SETTLING)


@retried()
@transaction.atomic
def undo_allocations(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Put blocks in the place of their parts again, each by itself.

    What the counterparty had confirmed of a block is recorded for it anew, and other eyes approve it.
    Refused with TransitionNotAllowed, CancellationPending, PartsChanged and what a capture is refused with.
    """
    return each_by_itself(ids, lambda id: _undo(id, reason, actor, at))


def _undo(id: int, reason: str, actor: User, at: datetime) -> None:
    last = allocation_of(id)
    parts = parts_in(last) if last else []
    found = locked_standings([id, *parts])
    if id not in found:
        raise NotFound(what="deal", reference=f"D-{id}")
    if last is None or found[id].state != DealState.REPLACED or allocation_of(id) != last:
        raise TransitionNotAllowed(
            action="undo_allocation", subject="deal", state=found[id].state, allowed="-"
        )
    _require_same(parts)
    for each in parts:
        _require_free(found[each])
    row: Any = deals(visible_to=actor).select_related("captured_by").get(pk=id)
    if deals(visible_to=actor).filter(pk__in=parts).count() < len(parts):
        raise NotFound(what="deal", reference=", ".join(f"D-{each}" for each in parts))
    left = [i for each in parts for i in found[each].instructions]
    withdrawn = withdraw_instructions(left, reason, actor, at)
    restore_block(row, parts, reason=reason, actor=actor, at=at, ended={EXPOSURE: withdrawn})
    if last.source in _AGREED:
        evidence = f"{row}, version {row.version}"
        confirm_deals(
            ids=[id], how="affirmed", evidence=evidence, actor=actor, at=at
        ).raise_single()


def allocation_of(deal_id: int) -> Event | None:
    """The last time that a deal was shared out."""
    rows = Event.objects.filter(subject_type="deal", subject_id=deal_id, kind="deal.allocate")
    return rows.order_by("tx", "id").last()


def parts_in(allocation: Event) -> list[int]:
    return sorted(number_in(each, "D", "deal") for each in allocation.facts["deals"])


def _require_same(parts: Sequence[int]) -> None:
    """What was amended, cancelled or shared out since does not come to the block any more."""
    rows = Event.objects.filter(subject_type="deal", subject_id__in=parts, kind__in=CHANGED)
    changed = sorted(set(rows.values_list("subject_id", flat=True)))
    if changed:
        raise PartsChanged(parts=", ".join(f"D-{each}" for each in changed))


def _require_free(part: Standing) -> None:
    consequence_of(part.situation, Act.UNDO_ALLOCATION)
    if part.cancellation in PENDING:
        raise CancellationPending(deal=f"D-{part.id}")


def may_undo(deal: Deal) -> bool:
    """Whether the table lets the allocation of a block be taken back now."""
    last = allocation_of(deal.pk) if deal.state == DealState.REPLACED else None
    if last is None:
        return False
    found = standings(parts_in(last)).values()
    return all(
        TABLE[part.situation][Act.UNDO_ALLOCATION].allowed and part.cancellation not in PENDING
        for part in found
    )
