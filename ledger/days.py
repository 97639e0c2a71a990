"""Business days of an entity: opened one after the other, cut off, sealed, signed off; opened again: `reopening`.

While a day is CLOSING late entries still come in; once it is sealed no entry is effective on it or
on any day before. Posting takes the entity's lock shared and sealing takes it alone, so that no
entry can slip into a day that is being sealed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max, Q

from backoffice.access.models import User
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from ledger.day_steps import begin_case, take_sign_off
from ledger.locking import close_books
from ledger.models import BusinessDay, DaySchedule, NightStep, OpenPoint
from ledger.periods import open_periods, seal_of
from ledger.state import CLOSED_FOR_ENTRIES, DayState
from refdata.selectors import business_days


class EarlierDayOpen(Conflict):
    code = "earlier-day-open"
    title = gettext_noop("An earlier day has to be closed first")
    detail = gettext_noop("%(entity)s: %(day)s cannot be sealed while %(earlier)s is not.")
    hint = gettext_noop("Finish the night of the earlier day.")


class NoSchedule(Conflict):
    code = "no-day-schedule"
    title = gettext_noop("Nobody has said when this entity's days end")
    detail = gettext_noop("Entity %(entity)s has no day schedule in force on %(day)s.")
    hint = gettext_noop("Add a day schedule for the entity in the administration.")


def schedule_of(entity_id: int, day: date) -> DaySchedule:
    """The schedule in force on a day. Raises NoSchedule."""
    in_force = Q(valid_until__isnull=True) | Q(valid_until__gt=day)
    rows = DaySchedule.objects.filter(in_force, entity_id=entity_id, valid_from__lte=day)
    row = rows.select_related("calendar").order_by("-valid_from").first()
    if row is None:
        raise NoSchedule(entity=entity_id, day=day.isoformat())
    return row


@transaction.atomic
def open_day(*, entity_id: int, day: date) -> BusinessDay:
    """Open a day for ordinary business, with the moment of its cut-off, and the month and year that it is in; once."""
    schedule = schedule_of(entity_id, day)
    cut_off_at = datetime.combine(day, schedule.cut_off, tzinfo=ZoneInfo(schedule.timezone))
    row, _ = BusinessDay.objects.get_or_create(
        entity_id=entity_id, day=day,
        defaults={"cut_off_at": cut_off_at, "final_from_at": cut_off_at + schedule.final_after},
    )  # fmt: skip
    open_periods(entity_id=entity_id, day=day)
    return row


@transaction.atomic
def cut_off_day(*, day_id: int, at: datetime) -> BusinessDay:
    """End ordinary business of a day, and open the next business day of its calendar."""
    advance(BusinessDay, "close", [Step(day_id)], actor=None, at=at)
    row = BusinessDay.objects.get(pk=day_id)
    calendar = business_days(schedule_of(row.entity_id, row.day).calendar.code)
    return open_day(entity_id=row.entity_id, day=calendar.following(row.day + timedelta(days=1)))


def days_past_cut_off(at: datetime) -> list[BusinessDay]:
    """The first open day of each entity, where its cut-off has passed and no day before is closing.

    A day whose FLASH is not through keeps the next one waiting: nights of an entity follow each other.
    """
    rows = BusinessDay.objects.filter(state=DayState.OPEN).order_by("entity_id", "day")
    due = [day for day in rows.distinct("entity_id") if day.cut_off_at and day.cut_off_at <= at]
    waiting = set(
        BusinessDay.objects.filter(
            state=DayState.CLOSING, nights__stage="FLASH", nights__state__in=["RUNNING", "BROKEN"]
        ).values_list("entity_id", flat=True)
    )
    return [day for day in due if day.entity_id not in waiting]


def closed_until(entity_ids: Iterable[int]) -> dict[int, date]:
    """The last closed day of each entity that has one; earlier days are closed with it."""
    rows = BusinessDay.objects.filter(
        entity_id__in=set(entity_ids), state__in=CLOSED_FOR_ENTRIES
    ).order_by()
    return dict(rows.values("entity_id").annotate(last=Max("day")).values_list("entity_id", "last"))


def oldest_open_day(entity_id: int) -> date | None:
    """The first business day of an entity that still takes entries."""
    rows = BusinessDay.objects.filter(entity_id=entity_id).exclude(state__in=CLOSED_FOR_ENTRIES)
    last = closed_until([entity_id]).get(entity_id)
    if last is not None:
        rows = rows.filter(day__gt=last)
    return rows.order_by("day").values_list("day", flat=True).first()


@transaction.atomic
def seal_day(*, day_id: int, at: datetime) -> BusinessDay:
    """Close a day's books for good, naming the last numbered event and its hash.

    Raises EarlierDayOpen. A day that is sealed already stays as it is.
    """
    row = BusinessDay.objects.select_related("entity").get(pk=day_id)
    close_books(row.entity_id)
    earlier = BusinessDay.objects.filter(entity_id=row.entity_id, day__lt=row.day)
    first = earlier.exclude(state__in=CLOSED_FOR_ENTRIES).order_by("day").first()
    if first is not None:
        raise EarlierDayOpen(entity=row.entity.code, day=row.day, earlier=first.day)
    sealed = advance(BusinessDay, "seal", [seal_of(day_id)], actor=None, at=at).done
    row = BusinessDay.objects.select_related("entity").get(pk=day_id)
    if sealed:
        begin_case(row, at=at)
    return row


@transaction.atomic
def sign_off_days(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Sign off closed days, as other eyes than those that explained or restarted anything of them.

    Nor those that had them opened again, nor those that took a step which its process adds before.
    """
    return each_by_itself(ids, lambda id: _sign_off(id, reason, actor, at))


def _sign_off(id: int, reason: str, actor: User, at: datetime) -> None:
    row = BusinessDay.objects.select_for_update().filter(pk=id).first()
    if row is not None:
        row.makers = sorted(_hands_on(row))
        BusinessDay.objects.filter(pk=id).update(makers=row.makers)
        take_sign_off(row, actor=actor, at=at)
    advance(BusinessDay, "sign_off", [Step(id, reason)], actor=actor, at=at).raise_single()


def _hands_on(day: BusinessDay) -> set[int]:
    """Everybody who explained an open point of the day, restarted a step of its nights or had it opened again."""
    points = OpenPoint.objects.filter(day=day).values_list("makers", flat=True)
    steps = NightStep.objects.filter(night__day=day).values_list("makers", flat=True)
    return {maker for makers in [day.makers, *points, *steps] for maker in makers}
