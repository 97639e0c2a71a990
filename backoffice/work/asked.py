"""What waits for a clerk because the other side asks to cancel: to cancel too, or to let it stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from backoffice.events.consumers import Happened
from backoffice.workflow.services import NewItem, close_items, open_items
from deals.confirming.reading import end_of_day

ASKED = "cancel-asked"
# After these nothing is left to be answered: we ask as well, or it is over.
ANSWERS = (
    "settlement.request_cancel", "settlement.agree_cancel", "settlement.settle",
)  # fmt: skip


def tell_of_asked_cancels(events: Sequence[Happened], *, at: datetime) -> None:
    """Both sides have to ask before a matched one is cancelled (rules 2, L4); until then it settles."""
    last = {event.subject_id: event for event in events}
    waiting = {id: event for id, event in last.items() if event.kind not in ANSWERS}
    items = [
        NewItem(
            kind=ASKED, queue="clerk", subject_type="settlement", subject_id=id,
            entity_id=event.entity_id, reason=event.reason, amount=Decimal(event.facts["amount"]),
            currency=event.facts["currency"], due_at=end_of_day(event.recorded_at),
        )
        for id, event in waiting.items()
    ]  # fmt: skip
    open_items(items, at=at)
    over = sorted(last.keys() - waiting.keys())
    close_items(subject_type="settlement", subject_ids=over, kinds=[ASKED], at=at)
