"""The workload to come: what is expected, who is there for it, what would be late, and how forecasts turned out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import View

from backoffice.access.models import User
from backoffice.access.permissions import PermissionRequired
from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.charts import Banded, BandPicture, banded
from backoffice.desk.words import ITEM_TITLES
from backoffice.desk.workload_words import DRIVERS, remedy_words, shown, written
from backoffice.kernel.errors import Refusal
from backoffice.templatetags import desk
from backoffice.templatetags.charts import without_year
from backoffice.work.comparing import Compared, compared
from backoffice.work.outlook import QueueDay, QueueOutlook, outlook
from backoffice.work.workload import make_forecast
from backoffice.workflow.workload.measuring import Verdict
from backoffice.workflow.workload.models import ForecastFigure
from backoffice.workflow.workload.rules import AGES
from backoffice.workflow.workload.selectors import figures_of, last_forecast
from backoffice.workflow.workload.state import Occasion

SHOWN_DAYS = 20  # of the comparison
VIEW = "workflow.view_forecast"


class Line(NamedTuple):
    """A day of a queue, as its reader sees it."""

    day: date
    expected: str
    band: str
    left: str
    present: int
    needed: int
    late: str


class Kind(NamedTuple):
    """One kind of a queue: how many on each day, and how many minutes one takes, from how many that were measured."""

    title: Any
    numbers: Sequence[str]
    minutes: str
    measured: int


@dataclass(frozen=True, slots=True)
class QueuePart:
    """One queue: its picture, its days, its kinds, and what to do where it is too much."""

    name: str
    picture: BandPicture
    lines: Sequence[Line]
    kinds: Sequence[Kind]
    waiting: int
    ages: Sequence[tuple[str, int]]
    inside: str
    remedy: str


class Measure(NamedTuple):
    """A verdict in percent; `ahead` days before, none: of all."""

    ahead: int | None
    ours: str
    naive: str
    level: str
    within: str


class WorkloadForecast(Page):
    permission = VIEW
    template_name = "backoffice/forecast.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        forecast, at = last_forecast(), timezone.now()
        held = compared(at=at)
        context: dict[str, Any] = {
            "forecast": forecast, "may_make": self.user.has_perm("workflow.make_forecast"),
            "measures": _measures(held) if held else [], "held": _held(held) if held else None,
        }  # fmt: skip
        if forecast is None:
            return context
        figures, queues = figures_of(forecast), outlook(forecast, at=at)
        days = sorted({row.day for row in figures})
        return context | {
            "parts": [_part(queue, figures, days) for queue in queues or []], "days": days,
            "no_terms": queues is None, "halves": _half_hours(figures),
            "drivers": [(DRIVERS.get(name, name), each) for name, each in forecast.drivers.items() if any(each)],
        }  # fmt: skip


def _part(
    queue: QueueOutlook, figures: Sequence[ForecastFigure], days: Sequence[date]
) -> QueuePart:
    points = [
        Banded(_under(each.day), shown(each.expected.number), *each.expected) for each in queue.days
    ]
    return QueuePart(
        queue.queue, banded(points), [_line(each) for each in queue.days],
        _kinds(queue, figures, days), queue.waiting, list(zip(_age_words(), queue.ages, strict=True)),
        "" if queue.inside is None else written(100 * queue.inside),
        remedy_words(queue.remedy, late=queue.late) if queue.remedy else "",
    )  # fmt: skip


def _line(each: QueueDay) -> Line:
    expected = each.expected
    late = each.evening.late
    return Line(
        each.day, shown(expected.number), f"{written(expected.low)}–{written(expected.high)}",
        written(each.evening.end), each.present, each.needed, written(max(late, Decimal(1))) if late else "",
    )  # fmt: skip


def _kinds(
    queue: QueueOutlook, figures: Sequence[ForecastFigure], days: Sequence[date]
) -> list[Kind]:
    """The kinds of a queue over the days, the most first; those of which nothing is expected are left out."""
    by_kind: defaultdict[str, dict[date, Decimal]] = defaultdict(dict)
    handling = {each.kind: each for each in queue.handling}
    for row in figures:
        if row.queue == queue.queue and row.kind and row.half_hour is None:
            by_kind[row.kind][row.day] = row.expected
    ranked = sorted(by_kind.items(), key=lambda each: -sum(each[1].values()))
    return [
        Kind(
            ITEM_TITLES.get(kind, kind),
            [written(numbers.get(day, 0), 1) for day in days],
            written(handling[kind].seconds / 60, 1),
            handling[kind].measured,
        )
        for kind, numbers in ranked
        if sum(numbers.values()) >= Decimal("0.5")
    ]


def _half_hours(figures: Sequence[ForecastFigure]) -> list[tuple[str, BandPicture]]:
    """Each queue over the half hours of today, from the first to the last in which anything is expected."""
    found = []
    for queue in sorted({row.queue for row in figures}):
        rows = [row for row in figures if row.queue == queue and row.half_hour is not None]
        busy = [row.half_hour or 0 for row in rows if row.expected >= Decimal("0.05")]
        points = [
            Banded(
                _clock(row.half_hour or 0),
                shown(row.expected),
                float(row.expected),
                float(row.low),
                float(row.high),
            )
            for row in rows
            if busy and min(busy) <= (row.half_hour or 0) <= max(busy)
        ]
        if points:
            found.append((queue, banded(points)))
    return found


def _measures(held: Compared) -> list[Measure]:
    rows: list[tuple[int | None, Verdict]] = [(None, held.whole)]
    rows += [(number, each) for number, each in enumerate(held.ahead) if each.days]
    return [
        Measure(ahead, *(written(100 * share) for share in (v.ours, v.naive, v.level, v.within)))
        for ahead, v in rows
    ]


def _held(held: Compared) -> BandPicture:
    return banded(
        [
            Banded(_under(day), shown(said), said, said, said, came)
            for day, said, came in held.days[-SHOWN_DAYS:]
        ]
    )


def _age_words() -> list[str]:
    edges = ("0", *map(str, AGES))
    return [f"{low}–{high}" for low, high in pairwise(edges)] + [f"{AGES[-1]}+"]


def _under(day: date) -> str:
    return without_year(desk.day(day))


def _clock(half_hour: int) -> str:
    return f"{half_hour // 2}:{half_hour % 2 * 3}0"


class MakeForecast(PermissionRequired, View):
    """Asked for now; the one of the morning stays what is compared."""

    permission = "workflow.make_forecast"

    def post(self, request: HttpRequest) -> HttpResponse:
        assert isinstance(request.user, User)
        try:
            make_forecast(occasion=Occasion.ASKED, actor=request.user, at=timezone.now())
        except Refusal as refusal:
            tell_refusal(request, refusal)
        return HttpResponseRedirect(reverse("workload-forecast"))
