"""Reading months and years: which there are, who sees them, and the nights that close them."""

from __future__ import annotations

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from ledger.models import BusinessPeriod, Night
from refdata.scopes import visible


def periods(*, visible_to: User) -> QuerySet[BusinessPeriod]:
    """The months and years of the entities a person may see."""
    return visible(BusinessPeriod.objects.select_related("entity"), visible_to)


def period_of(reference: str, *, visible_to: User) -> BusinessPeriod:
    """The month or year of a reference such as `BP-3`. Raises NotFound."""
    id = number_in(reference, "BP", "period")
    row = periods(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="period", reference=reference)
    return row


def nights_of(period: BusinessPeriod) -> list[Night]:
    """The nights that close or closed it, one for each round, with their steps."""
    rows = Night.objects.filter(
        entity_id=period.entity_id, stage=period.kind,
        day__day__range=(period.first_day, period.last_day),
    )  # fmt: skip
    return list(rows.prefetch_related("steps").select_related("day", "entity").order_by("pk"))
