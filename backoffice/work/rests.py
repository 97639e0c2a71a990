"""What waits for a clerk because a part of a deal is settled and the rest was cancelled at its place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.events.consumers import Happened, subjects_of
from backoffice.workflow.services import NewItem, close_items, open_items
from deals.confirming.reading import end_of_day
from deals.models import Deal
from settlements.changing.rest import waiting_rests
from settlements.models import Settlement

REST = "rest-cancelled"


def tell_of_rests(events: Sequence[Happened], *, at: datetime) -> None:
    """A deal of which a part is settled and the rest cancelled waits for a clerk, by what it is now."""
    about = subjects_of([e for e in events if e.subject_type == "settlement"])
    rows = Settlement.objects.filter(pk__in=about, source_type="deal")
    concerned = {
        *subjects_of([e for e in events if e.subject_type == "deal"]),
        *rows.values_list("source_id", flat=True),
    }
    broken = Settlement.objects.filter(
        source_type="deal", source_id__in=concerned, cancellation="AGREED"
    )
    deal_ids = sorted(set(broken.values_list("source_id", flat=True)))
    waiting = waiting_rests(deal_ids)
    over = [id for id in deal_ids if id not in waiting]
    close_items(subject_type="deal", subject_ids=over, kinds=[REST], at=at)
    items = [
        NewItem(
            kind=REST, queue="clerk", subject_type="deal", subject_id=deal.pk,
            entity_id=deal.entity_id, reason=_how_it_stands(deal.pk), due_at=end_of_day(at),
        )
        for deal in Deal.objects.filter(pk__in=waiting).order_by("pk")
    ]  # fmt: skip
    open_items(items, at=at)


def _how_it_stands(deal_id: int) -> str:
    """Each settlement with what became of it: `S-1 SETTLED, S-2 CANCELLED`."""
    rows = Settlement.objects.filter(source_type="deal", source_id=deal_id).order_by("pk")
    return ", ".join(f"S-{id} {status}" for id, status in rows.values_list("pk", "status"))[:500]
