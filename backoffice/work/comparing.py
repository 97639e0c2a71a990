"""What mornings said of days that are over, held against what came: the firm's own measure of its forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from backoffice.events.selectors import known_now
from backoffice.work.workload import firm_mornings
from backoffice.workflow.workload.forecasting import LEVEL_DAYS, Stream
from backoffice.workflow.workload.measuring import Said, Verdict, by_days_ahead, verdict
from backoffice.workflow.workload.models import ForecastFigure
from backoffice.workflow.workload.reading import arrived
from backoffice.workflow.workload.selectors import morning_figures

COMPARED_DAYS = 60  # calendar days back


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """All of it, by how many days ahead, and of each day what its own morning said of all kinds beside what came."""

    whole: Verdict
    ahead: Sequence[Verdict]
    days: Sequence[tuple[date, float, int]]


def compared(*, at: datetime) -> Compared | None:
    """Of the last weeks; None: no day is over of which a morning has said anything."""
    known = known_now()
    mornings = firm_mornings(known, at=at)
    came = arrived(mornings, known=known).arrivals
    over = {day: number for number, day in enumerate(mornings.days[: mornings.today])}
    since = mornings.days[mornings.today] - timedelta(days=COMPARED_DAYS)
    said: list[Said] = []
    by_day: dict[date, tuple[float, int]] = {}
    for row in morning_figures(since=since, until=mornings.days[mornings.today]):
        number, made = over.get(row.day), over.get(row.forecast.day)
        if number is None or made is None:
            continue
        counts = came.get(Stream(row.queue, row.kind), [0] * mornings.today)
        said.append(_said(row, counts, number, made, mornings.days))
        if number == made:
            expected, items = by_day.get(row.day, (0.0, 0))
            by_day[row.day] = (expected + float(row.expected), items + counts[number])
    if not said:
        return None
    days = [(day, *numbers) for day, numbers in sorted(by_day.items())]
    return Compared(whole=verdict(said), ahead=by_days_ahead(said), days=days)


def _said(
    row: ForecastFigure, counts: Sequence[int], number: int, made: int, days: Sequence[date]
) -> Said:
    """With what anybody could have said that morning: as on the same weekday last, and the mean of late."""
    weekday = days[number].weekday()
    naive = next((counts[n] for n in range(made - 1, -1, -1) if days[n].weekday() == weekday), 0)
    late = counts[max(made - LEVEL_DAYS[-1], 0) : made]
    level = sum(late) / len(late) if late else 0.0
    return Said(
        number - made,
        float(row.expected),
        float(row.low),
        float(row.high),
        float(naive),
        level,
        counts[number],
    )
