"""What waits for people about record-date events: other eyes, and payments in another currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from backoffice.workflow.services import NewItem, close_items, open_items
from settlements.models import NettingSet, RecordEvent, Settlement
from settlements.transforming.state import IN_FORCE, EventState

APPROVE, OUTTURN, WITHDRAWN = "record-event", "outturn-currency", "event-withdrawn"


@transaction.atomic
def watch_events(
    *, ids: Sequence[int], at: datetime, withdrawn: Mapping[int, str] | None = None
) -> None:
    """Open and close what waits about these, by what they are now; `withdrawn`: why a place took some back."""
    rows = RecordEvent.objects.filter(pk__in=ids).select_related("instrument").order_by("pk")
    close_items(subject_type="recordevent", subject_ids=list(ids), kinds=[APPROVE], at=at)
    items = [
        NewItem(
            kind=APPROVE, queue="checker", subject_type="recordevent", subject_id=row.pk,
            entity_id=None, reason=f"{row.instrument.code} {row.record_date.isoformat()}",
        )
        for row in rows if row.state == EventState.PROPOSED
    ]  # fmt: skip
    over = [row.pk for row in rows if row.state not in IN_FORCE]
    close_items(subject_type="recordevent", subject_ids=over, kinds=[WITHDRAWN], at=at)
    told = withdrawn or {}
    items += [
        NewItem(
            kind=WITHDRAWN, queue="checker", subject_type="recordevent", subject_id=row.pk,
            entity_id=None, reason=told[row.pk],
        )
        for row in rows if row.pk in told and row.state in IN_FORCE
    ]  # fmt: skip
    open_items(items, at=at)


def watch_outturns(
    *, set_ids: Sequence[int], money_id: int | None, reason: str, at: datetime
) -> None:
    """Payments in another currency than what they replace wait for a clerk: by which account, to which details.

    In the caller's transaction.
    """
    rows = Settlement.objects.filter(
        source_type="set", source_id__in=set_ids, method="PFOD", money_asset_id=money_id
    )
    own = NettingSet.objects.filter(pk__in=set_ids, money_asset_id=money_id)
    rows = rows.exclude(source_id__in=own.values("pk")).select_related("money_asset")
    items = [
        NewItem(
            kind=OUTTURN, queue="clerk", subject_type="settlement", subject_id=row.pk,
            entity_id=row.entity_id, reason=reason, amount=row.amount, currency=row.money_asset.code,
        )
        for row in rows.order_by("pk")
    ]  # fmt: skip
    open_items(items, at=at)


@transaction.atomic
def close_outturns(*, settlement_ids: Sequence[int], at: datetime) -> None:
    """Released or withdrawn, they wait no more."""
    close_items(subject_type="settlement", subject_ids=settlement_ids, kinds=[OUTTURN], at=at)
