"""What happens by itself about purchases that are not paid after their date."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from deals.processing.measuring import measured
from deals.state import DealState
from refdata.processes.reacting import AT_ONCE, Lasting, react_to_all, weekdays_since
from settlements.purchases.models import Purchase
from settlements.purchases.processing.kinds import BUY_FROM_INDIVIDUAL
from settlements.purchases.processing.steps import facts_of
from settlements.purchases.state import PurchaseState


def react_to_purchases(*, on: date, at: datetime) -> int:
    """Do what the process asks for about what is not paid after its date; running twice does nothing more."""

    def page(after: int) -> list[Lasting]:
        rows = Purchase.objects.filter(pk__gt=after, deal__due_date__lt=on)
        rows = rows.exclude(state=PurchaseState.PAID).exclude(deal__state=DealState.CANCELLED)
        return _lasting(list(rows.select_related("deal").order_by("pk")[:AT_ONCE]), on)

    return react_to_all(BUY_FROM_INDIVIDUAL, page, at=at)


def _lasting(rows: list[Any], on: date) -> list[Lasting]:
    known = {deal.id: deal.facts for deal in measured([row.deal_id for row in rows])}
    return [
        Lasting(
            subject_id=row.pk, entity_id=row.entity_id, begun_on=row.deal.due_date,
            days=weekdays_since(row.deal.due_date, on),
            facts=facts_of(known[row.deal_id], row.state),
        )
        for row in rows
    ]  # fmt: skip
