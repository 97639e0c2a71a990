"""The process of buying from an individual: its steps are those of the checklist, and who hears of one that is late."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from backoffice.workflow.processes.conditions import Measure
from backoffice.workflow.processes.definition import Anchor, Process, ProcessKind
from deals.processing.measuring import measured
from deals.state import DealState
from refdata.processes.kinds import declare_process
from refdata.processes.reacting import AT_ONCE, Lasting, react_to_all, weekdays_since
from settlements.purchases.models import Purchase
from settlements.purchases.selectors import WANTED
from settlements.purchases.state import STEPS, PurchaseState

BUYING = ProcessKind(
    name="process.buy_from_individual",
    title=_("Buy from an individual"),
    subject="purchase",
    anchors=tuple(Anchor(step, WANTED[step].role, other_eyes=step == "act") for step in STEPS),
    measures=(
        Measure("amount", _("Amount in base currency"), number=True),
        Measure(
            "state", _("How far it has come"),
            choices=tuple((each.value, each.label) for each in PurchaseState),
        ),
    ),
    reacts=True,
)  # fmt: skip


class BuyFromIndividual(Process, frozen=True, forbid_unknown_fields=True):
    kind: ClassVar[ProcessKind] = BUYING


BUY_FROM_INDIVIDUAL = declare_process(BuyFromIndividual)


def react_to_purchases(*, on: date, at: datetime) -> int:
    """Do what the process asks for about what is not paid after its date; running twice does nothing more."""

    def page(after: int) -> list[Lasting]:
        rows = Purchase.objects.filter(pk__gt=after, deal__due_date__lt=on)
        rows = rows.exclude(state=PurchaseState.PAID).exclude(deal__state=DealState.CANCELLED)
        return _lasting(list(rows.select_related("deal").order_by("pk")[:AT_ONCE]), on)

    return react_to_all(BUY_FROM_INDIVIDUAL, page, at=at)


def _lasting(rows: list[Any], on: date) -> list[Lasting]:
    worth = {deal.id: deal.facts["amount"] for deal in measured([row.deal_id for row in rows])}
    return [
        Lasting(
            subject_id=row.pk, entity_id=row.entity_id, begun_on=row.deal.due_date,
            days=weekdays_since(row.deal.due_date, on),
            facts={"amount": worth[row.deal_id], "state": row.state},
        )
        for row in rows
    ]  # fmt: skip
