"""What waits for a clerk: a message that cannot leave, a place that says something else, an instruction against us."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from backoffice.connectors.channels.state import MESSAGE_LIFECYCLE
from backoffice.connectors.places.state import ALLEGEMENT_LIFECYCLE
from backoffice.events.consumers import Happened, subjects_of
from backoffice.workflow.services import NewItem, close_items, open_items
from deals.confirming.reading import end_of_day

# The event that opens work, and the kind of work that it opens.
OPENS = {
    "message.stop": "message-stopped", "message.refuse": "message-refused",
    "message.mark_outside": "message-outside", "allegement.receive": "allegement",
    "settlement.differ": "place-differs", "settlement.deny_command": "place-differs",
}  # fmt: skip
QUEUES = {"message-outside": "checker"}
OF_MESSAGES = ("message-stopped", "message-refused", "message-outside")
CLOSES = ("settlement.settle", "settlement.agree_cancel")
_MOVES = (
    "stop",
    "retry",
    "refuse",
    "acknowledge",
    "mark_outside",
    "take_back",
    "confirm_outside",
    "write",
    "drop",
)
MESSAGE_EVENTS = (
    *(f"message.{name}" for name in MESSAGE_LIFECYCLE.transitions if name in _MOVES),
    *(f"allegement.{name}" for name in ALLEGEMENT_LIFECYCLE.transitions), "allegement.receive",
    "settlement.differ", "settlement.deny_command", *CLOSES,
)  # fmt: skip


def tell_of_messages(events: Sequence[Happened], *, at: datetime) -> None:
    """By the last event about each: what waits is opened, and what does not wait any more is closed."""
    last = {(e.subject_type, e.subject_id): e for e in events}
    opened = [e for e in last.values() if e.kind in OPENS]
    for subject, kinds in (
        ("message", OF_MESSAGES), ("allegement", ("allegement",)), ("settlement", ("place-differs",)),
    ):  # fmt: skip
        for kind in kinds:
            over = [
                e for e in last.values() if e.subject_type == subject and OPENS.get(e.kind) != kind
            ]
            close_items(subject_type=subject, subject_ids=subjects_of(over), kinds=[kind], at=at)
    open_items([_item(e) for e in opened], at=at)


def _item(e: Happened) -> NewItem:
    kind = OPENS[e.kind]
    amount = e.facts.get("amount")
    return NewItem(
        kind=kind, queue=QUEUES.get(kind, "clerk"), subject_type=e.subject_type,
        subject_id=e.subject_id, entity_id=e.entity_id, reason=e.reason,
        amount=Decimal(amount) if amount else None, currency=e.facts.get("currency", ""),
        due_at=end_of_day(e.recorded_at),
    )  # fmt: skip
