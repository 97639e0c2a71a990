"""Work for purchases from individuals: the next step of each waits for the role that takes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.events.consumers import Happened, subjects_of
from backoffice.workflow.services import NewItem, close_items, open_items
from deals.confirming.reading import evening_of
from deals.state import DealState
from settlements.purchases.models import Purchase
from settlements.purchases.selectors import WANTED
from settlements.purchases.state import STEPS, Advance, PurchaseState

ADVANCE = "purchase-advance"
KINDS = (*(f"purchase-{step}" for step in STEPS), ADVANCE)
PURCHASE_EVENTS = (
    "purchase.open", *(f"purchase.{step}" for step in STEPS), "purchase.ask_advance",
    "purchase.allow_advance", "purchase.refuse_advance",
)  # fmt: skip


def tell_of_purchases(events: Sequence[Happened], *, at: datetime) -> None:
    """The next step of a purchase waits for who takes it, an advance for who decides; cancelled, nothing does."""
    bought = subjects_of([e for e in events if e.subject_type == "purchase"])
    deals = subjects_of([e for e in events if e.subject_type == "deal"])
    rows = Purchase.objects.select_related("deal")
    rows = (rows.filter(pk__in=bought) | rows.filter(deal__in=deals)).order_by("pk")
    wanted = {row.pk: _waiting(row) for row in rows}
    for kind in KINDS:
        over = [id for id, items in wanted.items() if kind not in items]
        close_items(subject_type="purchase", subject_ids=over, kinds=[kind], at=at)
    items = [
        NewItem(
            kind=kind, queue=queue, subject_type="purchase", subject_id=row.pk,
            entity_id=row.entity_id, due_at=evening_of(row.deal.due_date),
        )
        for row in rows
        for kind, queue in wanted[row.pk].items()
    ]  # fmt: skip
    open_items(items, at=at)


def _waiting(row: Purchase) -> dict[str, str]:
    """What waits, and in whose queue."""
    if row.deal.state == DealState.CANCELLED or row.state == PurchaseState.PAID:
        return {}
    step = STEPS[list(PurchaseState).index(PurchaseState(row.state))]
    found = {f"purchase-{step}": WANTED[step].role}
    if row.advance == Advance.ASKED:
        found[ADVANCE] = "checker"
    return found
