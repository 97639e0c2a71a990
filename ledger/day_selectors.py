"""Reading business days: which there are, who sees them, their nights, steps and open points."""

from __future__ import annotations

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from ledger.models import BusinessDay, NightStep, OpenPoint, Valuation
from refdata.scopes import visible


def days(*, visible_to: User) -> QuerySet[BusinessDay]:
    """The business days of the entities a person may see."""
    return visible(BusinessDay.objects.select_related("entity"), visible_to)


def day_of(reference: str, *, visible_to: User) -> BusinessDay:
    """The business day of a reference such as `BD-3`, with nights and points. Raises NotFound."""
    rows = days(visible_to=visible_to).prefetch_related("nights__steps", "open_points")
    row = rows.filter(pk=number_in(reference, "BD", "business day")).first()
    if row is None:
        raise NotFound(what="business day", reference=reference)
    return row


def step_id_of(reference: str, *, visible_to: User) -> int:
    """The step of a night of a reference such as `NS-12`. Raises NotFound."""
    id = number_in(reference, "NS", "night step")
    if not NightStep.objects.filter(pk=id, night__day__in=days(visible_to=visible_to)).exists():
        raise NotFound(what="night step", reference=reference)
    return id


def point_id_of(reference: str, *, visible_to: User) -> int:
    """The open point of a reference such as `OP-12`. Raises NotFound."""
    id = number_in(reference, "OP", "open point")
    if not OpenPoint.objects.filter(pk=id, day__in=days(visible_to=visible_to)).exists():
        raise NotFound(what="open point", reference=reference)
    return id


def valuations(*, visible_to: User) -> QuerySet[Valuation]:
    """What positions were worth at each close, of the entities of which a person sees everything."""
    rows = Valuation.objects.select_related("entity", "owner", "asset", "night__day")
    return visible(rows, visible_to)
