"""Reading withdrawals, and what a client could take out."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.scopes import Scope, visible
from settlements.inventory.selectors import Asked, lines
from settlements.withdrawing.models import Withdrawal

LONG = timedelta(days=366)  # no settlement is due later


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
    """What the client could pay there on a day, less all that open settlements take from there until long after.

    What they bring is not counted before it came: a withdrawal never spends what deals still need.
    """
    held, taken = (
        lines(
            Asked(on=on, place=row.place.code, owner=row.client.code, asset=row.money_asset.code),
            scope=Scope(entities=(row.entity_id,)),
        )
        for on in (day, day + LONG)
    )
    free = sum((line.held.free for line in held), Decimal(0))
    return max(free - sum((line.expected.goes for line in taken), Decimal(0)), Decimal(0))
