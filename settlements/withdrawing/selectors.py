"""Reading withdrawals, and what a client could take out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.scopes import visible
from settlements.inventory.selectors import spendable
from settlements.withdrawing.models import Withdrawal


def withdrawals(*, visible_to: User) -> QuerySet[Withdrawal]:
    """Those of the entities that a person sees whole, newest first."""
    rows = Withdrawal.objects.select_related(
        "entity", "client", "place", "money_asset", "settlement", "proposed_by"
    )
    return visible(rows.order_by("-id"), visible_to)


def withdrawal(reference: str, *, visible_to: User) -> Withdrawal:
    """The withdrawal of a reference such as `WD-2`. Raises NotFound."""
    id = number_in(reference, "WD", "withdrawal")
    row = withdrawals(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="withdrawal", reference=reference)
    return row


def free_money(row: Withdrawal, *, day: date) -> Decimal:
    """What the client could pay there on a day, and no deal still needs."""
    found = spendable(
        entity_id=row.entity_id, owner=row.client.code, asset=row.money_asset.code, day=day,
        place=row.place.code,
    )  # fmt: skip
    return found.get(row.client.code, {}).get(row.place.code, Decimal(0))
