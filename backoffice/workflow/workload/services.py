"""Keeping rosters and absences, and storing forecasts. Nothing is edited: what holds is the last row that says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.copying import copy_rows
from backoffice.events.selectors import KnownAt
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.workload.forecasting import Expected
from backoffice.workflow.workload.models import Absence, Forecast, ForecastFigure, Roster
from backoffice.workflow.workload.state import Occasion

LONGEST_DAY = Decimal(24)
FigureKey = tuple[str, str, date, int | None]  # queue, kind, day, half hour


class QueueNotHeld(Conflict):
    code = "queue-not-held"
    title = gettext_noop("The person cannot work on this queue")
    detail = gettext_noop("%(username)s does not hold the role %(queue)s.")
    hint = gettext_noop("Have the role granted first, or choose a queue whose role is held.")


class WrongHours(Invalid):
    code = "wrong-hours"
    title = gettext_noop("These are no hours of a week")
    detail = gettext_noop("A week has seven days of 0 to 24 hours each.")
    hint = gettext_noop("Give seven numbers, Monday first; 0 for a day off.")


class AbsenceTakenBack(Conflict):
    code = "absence-taken-back"
    title = gettext_noop("The absence counts no more")
    detail = gettext_noop("%(reference)s was taken back already, or takes another back itself.")
    hint = gettext_noop("Note the days anew if the person is away after all.")


class AbsenceBackwards(Invalid):
    code = "absence-backwards"
    title = gettext_noop("The absence would end before it begins")
    detail = gettext_noop("%(last)s is before %(first)s.")
    hint = gettext_noop("Give the first and the last day on which the person is away.")


@transaction.atomic
def keep_roster(
    *, user: User, queue: str, hours: Sequence[Decimal], starts: time, valid_from: date, actor: User,
    at: datetime,
) -> Roster:  # fmt: skip
    """The usual week of a person from a day on. Raises QueueNotHeld, WrongHours."""
    if len(hours) != 7 or not all(0 <= each <= LONGEST_DAY for each in hours):
        raise WrongHours()
    if any(hours) and not user.groups.filter(name=queue).exists():
        raise QueueNotHeld(username=user.username, queue=queue)
    row = Roster.objects.create(
        user=user, queue=queue, hours=list(hours), starts=starts, valid_from=valid_from, kept_by=actor,
        recorded_at=at,
    )  # fmt: skip
    facts = {"user": user.username, "queue": queue, "valid_from": valid_from.isoformat()}
    _tell("roster.keep", "roster", row.pk, facts, actor, at)
    return row


@transaction.atomic
def note_absence(
    *, user: User, kind: str, first_date: date, last_date: date, actor: User, at: datetime
) -> Absence:
    """Days on which somebody is away; why is not told by the event. Raises AbsenceBackwards."""
    if last_date < first_date:
        raise AbsenceBackwards(first=first_date.isoformat(), last=last_date.isoformat())
    row = Absence.objects.create(
        user=user,
        kind=kind,
        first_date=first_date,
        last_date=last_date,
        kept_by=actor,
        recorded_at=at,
    )
    _tell("absence.note", "absence", row.pk, {"user": user.username}, actor, at)
    return row


@transaction.atomic
def take_back_absence(*, id: int, actor: User, at: datetime) -> Absence:
    """The person is there after all. Raises AbsenceTakenBack."""
    row = Absence.objects.select_for_update(of=("self",)).select_related("user").get(pk=id)
    if row.takes_back_id is not None or Absence.objects.filter(takes_back=row).exists():
        raise AbsenceTakenBack(reference=str(row))
    undone = Absence.objects.create(
        user=row.user, kind=row.kind, first_date=row.first_date, last_date=row.last_date, takes_back=row,
        kept_by=actor, recorded_at=at,
    )  # fmt: skip
    _tell("absence.take_back", "absence", row.pk, {"user": row.user.username}, actor, at)
    return undone


@transaction.atomic
def store_forecast(
    *, day: date, occasion: Occasion, known: KnownAt, mornings: int, drivers: Mapping[str, Sequence[int]],
    figures: Mapping[FigureKey, Expected], actor: User | None, at: datetime,
) -> Forecast:  # fmt: skip
    """Keep what was said, with what it was made from."""
    row = Forecast.objects.create(
        day=day, occasion=occasion, at=at, number=known.number, horizon=known.horizon, mornings=mornings,
        drivers={name: list(values) for name, values in drivers.items()}, made_by=actor,
    )  # fmt: skip
    columns = "forecast_id, queue, kind, day, half_hour, expected, low, high"
    copy_rows(ForecastFigure._meta.db_table, columns, _figure_rows(row.pk, figures))
    facts = {"day": day.isoformat(), "number": known.number, "mornings": mornings}
    _tell("forecast.make", "forecast", row.pk, facts, actor, at)
    return row


def _figure_rows(id: int, figures: Mapping[FigureKey, Expected]) -> Iterable[tuple[Any, ...]]:
    for (queue, kind, day, half_hour), expected in figures.items():
        yield (id, queue, kind, day, half_hour, *(f"{number:.2f}" for number in expected))


def _tell(
    kind: str, subject: str, id: int, facts: Mapping[str, Any], actor: User | None, at: datetime
) -> None:
    event = NewEvent(kind=kind, subject_type=subject, subject_id=id, facts=facts)
    record_events([event], actor_id=actor.pk if actor else None, at=at)
