"""Confirmations as the events bring them on: matched again where something changed, and told to clerks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from backoffice.events.consumers import Happened, subjects_of
from backoffice.workflow.services import NewItem, close_items, open_items
from deals.confirming.clocks import Stage
from deals.confirming.models import ReceivedConfirmation
from deals.confirming.reading import due_by
from deals.confirming.services import follow_changes
from deals.confirming.state import ConfirmationState
from deals.confirming.watching import UNCONFIRMED, affirm_not_required
from deals.models import Inbound

# What waits for a clerk, by the state a confirmation stands in.
WAITING = {
    ConfirmationState.MATCHED: "confirmation-matched",
    ConfirmationState.MISMATCHED: "confirmation-mismatched",
    ConfirmationState.ALLEGED: "confirmation-alleged",
    ConfirmationState.AMBIGUOUS: "confirmation-ambiguous",
}


def follow_confirmations(events: Sequence[Happened], *, at: datetime) -> None:
    """What came in is matched; what a changed deal or another confirmation makes possible is looked at again."""
    captured = [e for e in events if e.kind == "deal.capture"]
    looked_at = subjects_of([e for e in events if e.kind == "inbound.take_step"])
    repaired = Inbound.objects.filter(pk__in=looked_at).values_list("deal_id", flat=True)
    affirm_not_required(deal_ids=[*subjects_of(captured), *repaired], at=at)
    deals = [e for e in events if e.subject_type == "deal"]
    follow_changes(
        deal_ids=subjects_of(deals),
        confirmation_ids=subjects_of([e for e in events if e.subject_type == "confirmation"]),
        at=at,
    )


def tell_clerks_of_confirmations(events: Sequence[Happened], *, at: datetime) -> None:
    """A confirmation that no rule settles waits for a clerk until it is settled, by what it is now."""
    about = subjects_of([e for e in events if e.subject_type == "confirmation"])
    deals = subjects_of([e for e in events if e.subject_type == "deal"])
    rows = ReceivedConfirmation.objects.select_related("deal", "instrument")
    rows = (rows.filter(pk__in=about) | rows.filter(deal__in=deals)).order_by("pk")
    waiting = {row.pk: kind for row in rows if (kind := _kind_of(row))}
    for kind in WAITING.values():
        done = [row.pk for row in rows if waiting.get(row.pk) != kind]
        close_items(subject_type="confirmation", subject_ids=done, kinds=[kind], at=at)
    open_items([_item(row, waiting[row.pk]) for row in rows if row.pk in waiting], at=at)
    agreed = [e for e in events if e.kind in ("deal.approve", "deal.affirm", "deal.cancel")]
    close_items(subject_type="deal", subject_ids=subjects_of(agreed), kinds=[UNCONFIRMED], at=at)


def _kind_of(row: ReceivedConfirmation) -> str | None:
    if row.state == ConfirmationState.MATCHED and (
        row.deal is None or row.deal.state != "CAPTURED"
    ):
        return None
    return WAITING.get(ConfirmationState(row.state))


def _item(row: ReceivedConfirmation, kind: str) -> NewItem:
    amount = row.amount if row.amount is not None else row.quantity * (row.price or Decimal(0))
    market = row.instrument.market if row.instrument else ""
    return NewItem(
        kind=kind, queue="clerk", subject_type="confirmation", subject_id=row.pk,
        entity_id=row.entity_id, reason=", ".join(row.causes), amount=amount.quantize(Decimal("0.0001")),
        currency=row.currency,
        due_at=due_by(Stage.AFFIRMATION, market=market, trade_date=row.trade_date),
    )  # fmt: skip
