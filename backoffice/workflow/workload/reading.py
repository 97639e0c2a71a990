"""What came to people and when it was late, as known at a moment: from work items alone."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from backoffice.events.selectors import KnownAt
from backoffice.workflow.workload.forecasting import DAYS_AHEAD, Stream

HISTORY_DAYS = 120  # business days that a forecast is learnt from
HALF_HOURS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Mornings:
    """The business days that are read, and what was known on each: at the same hour as now, today the last.

    `days` go on into those ahead. A day of the past without a watermark before it is left out, and all before it.
    """

    days: Sequence[date]
    horizons: Sequence[int]
    at: datetime
    zone: ZoneInfo

    @property
    def today(self) -> int:
        """The number of today among the days."""
        return len(self.horizons) - 1

    def day_of(self, calendar_day: date) -> int | None:
        """The number of a day, or of the business day after it; None: outside of what is read."""
        if not self.days[0] <= calendar_day <= self.days[-1]:
            return None
        return bisect_left(self.days, calendar_day)


def mornings_until(
    at: datetime, *, known: KnownAt, following: Callable[[date], date], zone: ZoneInfo
) -> Mornings:
    """The mornings of history until today; `following` gives a business day, or the next after another day."""
    today = at.astimezone(zone)
    days = _business_days(today.date(), following)
    first = len(days) - DAYS_AHEAD - 1  # how many are past
    clock = today.timetz().replace(tzinfo=None)
    moments = [datetime.combine(day, clock, tzinfo=zone) for day in days[:first]]
    horizons = [*_horizons(moments, known), known.horizon]
    return Mornings(days=days[first + 1 - len(horizons) :], horizons=horizons, at=at, zone=zone)


def _business_days(today: date, following: Callable[[date], date]) -> list[date]:
    """So many before today, today or the next business day, those ahead, and one more."""
    days = [following(today)]
    day = days[0]
    while len(days) <= HISTORY_DAYS and day.year > 1:
        day -= timedelta(1)
        if following(day) == day:
            days.insert(0, day)
    while len(days) < HISTORY_DAYS + DAYS_AHEAD + 1:
        days.append(following(days[-1] + timedelta(1)))
    return days


_HORIZONS = """
SELECT w.horizon FROM unnest(%s::timestamptz[]) WITH ORDINALITY AS m(moment, n)
  LEFT JOIN LATERAL (SELECT horizon FROM events_watermark WHERE at <= m.moment AND horizon <= %s
                      ORDER BY at DESC, id DESC LIMIT 1) w ON true
 ORDER BY m.n
"""


def _horizons(moments: Sequence[datetime], known: KnownAt) -> list[int]:
    """Of each moment since the first watermark, ascending."""
    with connection.cursor() as cursor:
        cursor.execute(_HORIZONS, [list(moments), known.horizon])
        return [horizon for (horizon,) in cursor.fetchall() if horizon is not None]


_ARRIVALS = """
SELECT queue, kind, (opened_at AT TIME ZONE %(zone)s)::date,
       (extract(hour FROM opened_at AT TIME ZONE %(zone)s) * 2
        + floor(extract(minute FROM opened_at AT TIME ZONE %(zone)s) / 30))::int,
       width_bucket(recorded_tx, %(horizons)s::bigint[]), count(*)
  FROM workflow_workitem
 WHERE recorded_tx < %(horizon)s AND opened_at >= %(since)s AND opened_at <= %(at)s
 GROUP BY 1, 2, 3, 4, 5
"""


@dataclass(slots=True)
class Arrived:
    """How many came of each kind: by business day, until the morning of each, and by half hours of all days."""

    days: int
    arrivals: dict[Stream, list[int]] = field(default_factory=dict)
    so_far: dict[Stream, list[int]] = field(default_factory=dict)
    half_hours: dict[Stream, list[int]] = field(default_factory=dict)

    def add(self, stream: Stream, day: int, half_hour: int, known_from: int, count: int) -> None:
        if stream not in self.arrivals:
            self.arrivals[stream] = [0] * self.days
            self.so_far[stream] = [0] * (self.days + 1)
            self.half_hours[stream] = [0] * HALF_HOURS
        if known_from <= day:
            self.so_far[stream][day] += count
        if day < self.days:
            self.arrivals[stream][day] += count
            self.half_hours[stream][half_hour] += count


def arrived(mornings: Mornings, *, known: KnownAt) -> Arrived:
    """Items that were opened and known then, on the business day on which people found them."""
    since = datetime.combine(mornings.days[0], datetime.min.time(), tzinfo=mornings.zone)
    facts: dict[str, Any] = {
        "zone": mornings.zone.key, "horizons": list(mornings.horizons), "horizon": known.horizon,
        "since": since, "at": mornings.at,
    }  # fmt: skip
    found = Arrived(mornings.today)
    with connection.cursor() as cursor:
        cursor.execute(_ARRIVALS, facts)
        for queue, kind, opened, half_hour, known_from, count in cursor.fetchall():
            day = mornings.day_of(opened)
            if day is not None:
                found.add(Stream(queue, kind), day, half_hour, known_from, count)
    return found


_LAGS = """
SELECT queue, kind, (opened_at AT TIME ZONE %(zone)s)::date, (due_at AT TIME ZONE %(zone)s)::date, count(*)
  FROM workflow_workitem
 WHERE recorded_tx < %(horizon)s AND opened_at >= %(since)s AND due_at IS NOT NULL
 GROUP BY 1, 2, 3, 4
"""


def usual_lags(mornings: Mornings, *, known: KnownAt) -> dict[Stream, int]:
    """How many business days after it comes a kind is late: the mean, rounded. What has no deadline is absent."""
    since = datetime.combine(mornings.days[0], datetime.min.time(), tzinfo=mornings.zone)
    found: dict[Stream, list[int]] = defaultdict(lambda: [0, 0])
    with connection.cursor() as cursor:
        cursor.execute(_LAGS, {"zone": mornings.zone.key, "horizon": known.horizon, "since": since})
        for queue, kind, opened, due, count in cursor.fetchall():
            first, last = mornings.day_of(opened), mornings.day_of(due)
            if first is not None and last is not None:
                sums = found[Stream(queue, kind)]
                sums[0] += max(last - first, 0) * count
                sums[1] += count
    return {stream: round(days / count) for stream, (days, count) in found.items()}
