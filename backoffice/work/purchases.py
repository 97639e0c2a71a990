"""Work for purchases from individuals: the next step of each waits for the role that takes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.events.consumers import Happened, subjects_of
from backoffice.workflow.services import NewItem, close_items, open_items
from deals.confirming.reading import evening_of
from deals.state import DealState
from refdata.processes.cases import OpenCase, open_cases
from settlements.purchases.models import Purchase
from settlements.purchases.processing.kinds import BUYING
from settlements.purchases.state import STEPS, Advance, PurchaseState
from settlements.purchases.wanted import WANTED

ADVANCE = "purchase-advance"
KINDS = (*(f"purchase-{step}" for step in STEPS), ADVANCE)
PURCHASE_EVENTS = (
    "purchase.open", *(f"purchase.{step}" for step in STEPS), "purchase.ask_advance",
    "purchase.allow_advance", "purchase.refuse_advance", "purchase.take_step", "process.begin",
)  # fmt: skip


def tell_of_purchases(events: Sequence[Happened], *, at: datetime) -> None:
    """The next step of a purchase waits for who takes it, an advance for who decides; cancelled, nothing does."""
    begun = [e for e in events if e.kind == "process.begin" and e.facts["subject"] == "purchase"]
    bought = [
        *subjects_of([e for e in events if e.subject_type == "purchase"]),
        *(int(e.facts["id"]) for e in begun),
    ]
    deals = subjects_of([e for e in events if e.subject_type == "deal"])
    rows = Purchase.objects.select_related("deal")
    rows = (rows.filter(pk__in=bought) | rows.filter(deal__in=deals)).order_by("pk")
    cases = open_cases(BUYING.name, BUYING.subject, [row.pk for row in rows])
    wanted = {row.pk: _waiting(row, cases.get(row.pk)) for row in rows}
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


def _waiting(row: Purchase, case: OpenCase | None) -> dict[str, str]:
    """What waits, and in whose queue; where its process has another step first, that is told as one."""
    if row.deal.state == DealState.CANCELLED or row.state == PurchaseState.PAID:
        return {}
    step = STEPS[list(PurchaseState).index(PurchaseState(row.state))]
    is_next = case is None or case.next.key == step
    found = {f"purchase-{step}": WANTED[step].role} if is_next else {}
    if row.advance == Advance.ASKED:
        found[ADVANCE] = "checker"
    return found
