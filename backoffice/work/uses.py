"""What waits for people about clients' assets in our use: other eyes, and giving back where the right has ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import F

from backoffice.events.consumers import Happened, subjects_of
from backoffice.workflow.models import WorkItem
from backoffice.workflow.services import NewItem, close_items, open_items
from settlements.using.booking import SOURCE
from settlements.using.models import AssetUse
from settlements.using.state import ASSET_USE_LIFECYCLE, UseState

PROPOSED, ENDED = "asset-use", "asset-use-ended"
USE_EVENTS = (
    f"{SOURCE}.propose",
    *(f"{SOURCE}.{name}" for name in ASSET_USE_LIFECYCLE.transitions),
)


def tell_of_uses(events: Sequence[Happened], *, at: datetime) -> None:
    """A use that is proposed waits for other eyes, until it has begun or is declined."""
    ids = subjects_of(events)
    rows = AssetUse.objects.filter(pk__in=ids, state=UseState.PROPOSED).order_by("pk")
    waiting = {row.pk: row.entity_id for row in rows}
    over = [id for id in ids if id not in waiting]
    close_items(subject_type=SOURCE, subject_ids=over, kinds=[PROPOSED], at=at)
    open_items(
        [
            NewItem(
                kind=PROPOSED, queue="checker", subject_type=SOURCE, subject_id=id, entity_id=entity_id
            )
            for id, entity_id in waiting.items()
        ],
        at=at,
    )  # fmt: skip


def tell_ended_rights(*, today: date, at: datetime) -> int:
    """What is in our use by a right that has ended is to be given back: work for a clerk; how much there is.

    Running twice does nothing.
    """
    rows = AssetUse.objects.filter(state=UseState.IN_USE, right__valid_until__lte=today)
    ended = list(rows.order_by("pk").annotate(until=F("right__valid_until")))
    told = WorkItem.objects.filter(kind=ENDED, closed_at=None).exclude(
        subject_id__in=[row.pk for row in ended]
    )
    over = list(told.values_list("subject_id", flat=True))
    close_items(subject_type=SOURCE, subject_ids=over, kinds=[ENDED], at=at)
    open_items(
        [
            NewItem(
                kind=ENDED, queue="clerk", subject_type=SOURCE, subject_id=row.pk,
                entity_id=row.entity_id, reason=row.until.isoformat(),
            )
            for row in ended
        ],
        at=at,
    )  # fmt: skip
    return len(ended)
