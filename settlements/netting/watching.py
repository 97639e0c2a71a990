"""What waits for a clerk about netting sets: to agree with the other side before the cut-off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from backoffice.workflow.services import NewItem, close_items, open_items
from backoffice.workflow.transitions import Step, advance
from settlements.models import NettingSet, Settlement
from settlements.netting.state import SetState

AGREE = "netting-agree"


@transaction.atomic
def watch_sets(*, ids: Sequence[int], at: datetime) -> None:
    """Open and close what waits for these, by what they are now; an open one is told anew."""
    rows = list(NettingSet.objects.filter(pk__in=ids).select_related("money_asset").order_by("pk"))
    close_items(subject_type="nettingset", subject_ids=list(ids), kinds=[AGREE], at=at)
    items = [
        NewItem(
            kind=AGREE, queue="clerk", subject_type="nettingset", subject_id=row.pk,
            entity_id=row.entity_id, reason=str(row.count), amount=row.saved_amount,
            currency=row.money_asset.code, due_at=row.cut_off_at,
        )
        for row in rows if row.state == SetState.OPEN
    ]  # fmt: skip
    open_items(items, at=at)


@transaction.atomic
def follow_set_releases(*, settlement_ids: Sequence[int], at: datetime) -> None:
    """A set of which a net is released is instructed."""
    rows = Settlement.objects.filter(
        pk__in=settlement_ids, source_type="set", approval="APPROVED"
    ).exclude(cancellation="AGREED")
    agreed = NettingSet.objects.filter(pk__in=rows.values("source_id"), state=SetState.AGREED)
    steps = [Step(id) for id in agreed.order_by("pk").values_list("pk", flat=True)]
    advance(NettingSet, "instruct", steps, actor=None, at=at)
