"""A client's withdrawal that waits for other eyes, and what becomes of its payment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.events.consumers import Happened, subjects_of
from backoffice.workflow.services import NewItem, close_items, open_items
from settlements.withdrawing.booking import SOURCE
from settlements.withdrawing.models import Withdrawal
from settlements.withdrawing.state import WITHDRAWAL_LIFECYCLE, WithdrawalState

PROPOSED, CAME_BACK = "withdrawal", "withdrawal-came-back"
WITHDRAWAL_EVENTS = (
    f"{SOURCE}.propose",
    *(f"{SOURCE}.{name}" for name in WITHDRAWAL_LIFECYCLE.transitions),
)
WAITS: dict[str, tuple[str, str]] = {
    WithdrawalState.PROPOSED.value: (PROPOSED, "checker"),
    WithdrawalState.TAKEN_BACK.value: (CAME_BACK, "clerk"),
}


def tell_of_withdrawals(events: Sequence[Happened], *, at: datetime) -> None:
    """A proposed one waits for other eyes; of one whose payment was cancelled a clerk tells the client."""
    ids = subjects_of(events)
    rows = Withdrawal.objects.filter(pk__in=ids, state__in=WAITS).order_by("pk")
    waiting = {row.pk: row for row in rows}
    for kind, _ in WAITS.values():
        over = [id for id in ids if id not in waiting or WAITS[waiting[id].state][0] != kind]
        close_items(subject_type=SOURCE, subject_ids=over, kinds=[kind], at=at)
    open_items(
        [
            NewItem(
                kind=WAITS[row.state][0], queue=WAITS[row.state][1], subject_type=SOURCE,
                subject_id=row.pk, entity_id=row.entity_id,
            )
            for row in rows
        ],
        at=at,
    )  # fmt: skip
