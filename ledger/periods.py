"""Months and years of an entity: open with their first day, closing when a later day is, sealed, signed off.

Their days are closed one by one, and what is posted late goes to the next open day; a month adds nothing to that but
what is looked at of all of its days together, once (`backoffice/night_periods.py`).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime
from itertools import chain

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from backoffice.access.models import User
from backoffice.events.models import SequencedEvent
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.sealing import SEED
from backoffice.workflow.transitions import Alike, Outcome, Step, advance
from ledger.locking import close_books
from ledger.models import BusinessDay, BusinessPeriod, NightStep
from ledger.state import DayState, PeriodKind, PeriodState


class DaysNotSignedOff(Conflict):
    code = "days-not-signed-off"
    title = gettext_noop("A day of the period is not signed off")
    detail = gettext_noop(
        "%(entity)s: %(period)s cannot be sealed while %(day)s is not signed off."
    )
    hint = gettext_noop("Finish the close of that day.")


def bounds(kind: PeriodKind, day: date) -> tuple[date, date]:
    """The first and last calendar day of the month or year that a day is in."""
    if kind == PeriodKind.YEAR:
        return day.replace(month=1, day=1), day.replace(month=12, day=31)
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def open_periods(*, entity_id: int, day: date) -> None:
    """Open the month and the year of a day; once."""
    for kind in PeriodKind:
        first, last = bounds(kind, day)
        BusinessPeriod.objects.get_or_create(
            entity_id=entity_id, kind=kind, first_day=first, defaults={"last_day": last}
        )


@transaction.atomic
def close_due_periods(*, at: datetime) -> None:
    """End what is over: a day after it is open, or was."""
    days = BusinessDay.objects.filter(entity=OuterRef("entity"))
    over = BusinessPeriod.objects.filter(
        Exists(days.filter(day__gt=OuterRef("last_day"))),
        Exists(days.filter(day__range=(OuterRef("first_day"), OuterRef("last_day")))),
        state=PeriodState.OPEN,
    )
    ids = list(over.order_by("pk").values_list("pk", flat=True))
    advance(BusinessPeriod, "close", Alike(ids), actor=None, at=at)


def days_of(period: BusinessPeriod) -> QuerySet[BusinessDay]:
    """Its business days, in order."""
    rows = BusinessDay.objects.filter(
        entity_id=period.entity_id, day__range=(period.first_day, period.last_day)
    )
    return rows.order_by("day")


def last_day_of(period: BusinessPeriod) -> BusinessDay:
    """The last business day of it, whose nights include its own."""
    return days_of(period).select_related("entity").latest("day")


def first_unsigned(period: BusinessPeriod) -> date | None:
    """The first day of it that nobody has signed off yet, or that is open again."""
    unsigned = days_of(period).exclude(state=DayState.SIGNED_OFF)
    return unsigned.values_list("day", flat=True).first()


def seal_of(id: int) -> Step:
    """The step that seals a day or a period: under the last numbered event and its hash."""
    last = SequencedEvent.objects.order_by("-number").first()
    number, digest = (last.number, last.hash) if last else (0, SEED)
    return Step(
        id, facts={"number": number, "hash": digest},
        columns={"sealed_number": number, "sealed_hash": digest},
    )  # fmt: skip


@transaction.atomic
def seal_period(*, period_id: int, at: datetime) -> BusinessPeriod:
    """Seal a month or year; sealed already it stays as it is. Raises DaysNotSignedOff."""
    row = BusinessPeriod.objects.select_related("entity").get(pk=period_id)
    close_books(row.entity_id)
    if (day := first_unsigned(row)) is not None:
        raise DaysNotSignedOff(entity=row.entity.code, period=row.name, day=day.isoformat())
    advance(BusinessPeriod, "seal", [seal_of(period_id)], actor=None, at=at)
    return BusinessPeriod.objects.get(pk=period_id)


@transaction.atomic
def sign_off_periods(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Sign off sealed months and years, as other eyes than those that restarted a step of their close."""
    for row in BusinessPeriod.objects.select_for_update().filter(pk__in=ids).order_by("pk"):
        steps = NightStep.objects.filter(night__day=last_day_of(row), night__stage=row.kind)
        makers = sorted(set(chain.from_iterable(steps.values_list("makers", flat=True))))
        BusinessPeriod.objects.filter(pk=row.pk).update(makers=makers)
    steps_off = [Step(id, reason) for id in ids]
    return advance(BusinessPeriod, "sign_off", steps_off, actor=actor, at=at)
