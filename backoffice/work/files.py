"""What waits for people because a file came in of which something could not be taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.connectors.models import InboundFile
from backoffice.connectors.state import LEFT_OPEN
from backoffice.events.consumers import Happened, subjects_of
from backoffice.workflow.services import NewItem, close_items, open_items
from deals.confirming.reading import end_of_day

PROBLEMS = "file-problems"
FILE_EVENTS = ("inboundfile.receive", "inboundfile.retake", "inboundfile.set_aside")


def tell_of_files(events: Sequence[Happened], *, at: datetime) -> None:
    """A file with problems waits for a clerk until all of it is taken, or it is set aside."""
    ids = subjects_of(events)
    rows = list(InboundFile.objects.filter(pk__in=ids, outcome__in=LEFT_OPEN).order_by("pk"))
    over = sorted({*ids} - {row.pk for row in rows})
    close_items(subject_type="inboundfile", subject_ids=over, kinds=[PROBLEMS], at=at)
    open_items(
        [
            NewItem(
                kind=PROBLEMS, queue="clerk", subject_type="inboundfile", subject_id=row.pk,
                entity_id=row.entity_id, reason=row.name, due_at=end_of_day(row.received_at),
            )
            for row in rows
        ],
        at=at,
    )  # fmt: skip
