"""Batches that wait until they are in the books of the firm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.events.consumers import Happened, subjects_of
from backoffice.workflow.services import NewItem, close_items, open_items
from reporting.handover.models import LedgerBatch
from reporting.handover.services import SUBJECT
from reporting.handover.state import BATCH_LIFECYCLE, BatchState

WAITING = "ledger-batch"
BATCH_EVENTS = (
    f"{SUBJECT}.prepare",
    *(f"{SUBJECT}.{name}" for name in BATCH_LIFECYCLE.transitions),
)


def tell_of_ledger_batches(events: Sequence[Happened], *, at: datetime) -> None:
    """It waits for an accountant until the bookkeeping has taken it in."""
    ids = subjects_of(events)
    rows = LedgerBatch.objects.filter(pk__in=ids).exclude(state=BatchState.ACCEPTED).order_by("pk")
    waiting = {row.pk: row.entity_id for row in rows}
    over = [id for id in ids if id not in waiting]
    close_items(subject_type=SUBJECT, subject_ids=over, kinds=[WAITING], at=at)
    open_items(
        [
            NewItem(
                kind=WAITING, queue="accountant", subject_type=SUBJECT, subject_id=id, entity_id=entity_id
            )
            for id, entity_id in waiting.items()
        ],
        at=at,
    )  # fmt: skip
