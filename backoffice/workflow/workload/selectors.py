"""Reading rosters, absences, what waits, and forecasts as they were stored."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from backoffice.workflow.workload.capacity import Person, Week
from backoffice.workflow.workload.models import Absence, Forecast, ForecastFigure, Roster
from backoffice.workflow.workload.state import Occasion


def people(*, since: date) -> list[Person]:
    """Everybody who may sign in and has a roster, with what is away from a day on."""
    weeks: defaultdict[int, list[Week]] = defaultdict(list)
    for row in Roster.objects.order_by("user_id", "valid_from", "id"):
        weeks[row.user_id].append(Week(row.valid_from, row.queue, tuple(row.hours)))
    away: defaultdict[int, list[tuple[date, date]]] = defaultdict(list)
    for absence in absences(since=since):
        away[absence.user_id].append((absence.first_date, absence.last_date))
    users = User.objects.filter(pk__in=weeks, is_active=True).prefetch_related("groups")
    return [
        Person(
            id=user.pk, name=user.username, roles=frozenset(group.name for group in user.groups.all()),
            weeks=weeks[user.pk], away=away[user.pk],
        )
        for user in users.order_by("username")
    ]  # fmt: skip


def absences(*, since: date) -> QuerySet[Absence]:
    """Those that count and are not over, the earliest first."""
    rows = Absence.objects.filter(last_date__gte=since, takes_back=None, taken_back_by=None)
    return rows.select_related("user").order_by("first_date", "id")


def rosters() -> list[Roster]:
    """What holds of each person, and what is to come: of rows from the same day the last."""
    found: dict[tuple[int, date], Roster] = {}
    for row in Roster.objects.select_related("user").order_by("user__username", "valid_from", "id"):
        found[row.user_id, row.valid_from] = row
    return list(found.values())


def absence_id_of(reference: str) -> int:
    """The absence of a reference such as `AB-3`. Raises NotFound."""
    id = number_in(reference, "AB", "absence")
    if not Absence.objects.filter(pk=id).exists():
        raise NotFound(what="absence", reference=reference)
    return id


def last_forecast() -> Forecast | None:
    """What was said last, in the morning or since."""
    return Forecast.objects.select_related("made_by").order_by("-at", "-id").first()


def has_morning(day: date) -> bool:
    return Forecast.objects.filter(day=day, occasion=Occasion.MORNING).exists()


def figures_of(forecast: Forecast) -> list[ForecastFigure]:
    """Of queues before those of their kinds, by day and half hour."""
    return list(forecast.figures.order_by("queue", "kind", "day", "half_hour"))


def morning_figures(*, since: date, until: date) -> QuerySet[ForecastFigure]:
    """What mornings said of kinds and whole days between two dates."""
    rows = ForecastFigure.objects.filter(
        forecast__occasion=Occasion.MORNING, day__gte=since, day__lte=until, half_hour=None
    )
    return rows.exclude(kind="").select_related("forecast").order_by("forecast__day", "day", "id")
