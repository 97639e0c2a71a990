"""Reading alerts: the list, and one by its reference."""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from expenses.watching.models import AlertDriver, ExpenseAlert
from refdata.scopes import visible


def alerts(*, visible_to: User) -> QuerySet[ExpenseAlert]:
    """Those of the entities that a person sees whole, newest first."""
    drivers = AlertDriver.objects.order_by("number")
    rows = ExpenseAlert.objects.select_related("entity").prefetch_related(
        Prefetch("drivers", queryset=drivers)
    )
    return visible(rows.order_by("-id"), visible_to)


def alerts_between(
    entity_id: int, first: date, last: date, *, horizon: int
) -> QuerySet[ExpenseAlert]:
    """Those of the months from one until another, raised below a transaction."""
    raised = Event.objects.filter(
        subject_type="expensealert", subject_id=OuterRef("pk"), kind="expensealert.raise",
        tx__lt=horizon,
    )  # fmt: skip
    drivers = Prefetch("drivers", queryset=AlertDriver.objects.order_by("number"))
    rows = ExpenseAlert.objects.filter(
        Exists(raised), entity_id=entity_id, month__range=(first, last)
    )
    return rows.order_by("month", "pk").prefetch_related(drivers)


def alert(reference: str, *, visible_to: User) -> ExpenseAlert:
    """The alert of a reference such as `EX-2`. Raises NotFound."""
    row = alerts(visible_to=visible_to).filter(pk=number_in(reference, "EX", "alert")).first()
    if row is None:
        raise NotFound(what="alert", reference=reference)
    return row
