"""How long handling takes and how much has come in: measured from items that are done, and remembered for a while."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from backoffice.work.clock import WorkClock
from backoffice.work.kinds import Costs
from backoffice.workflow.ordering import oldest_in_turn

MEASURED = timedelta(days=90)
PRIOR = 20  # so many done items weigh as much as what the rule says
MEASURED_AGAIN, COUNTED_AGAIN = 600.0, 60.0  # seconds after which it is looked at anew
_QUARTILES = 1.349  # of a normal distribution, apart in standard deviations


class Pace(NamedTuple):
    """What handling an item of a kind takes: the mean and the standard deviation, in minutes."""

    minutes: float
    spread: float
    measured: int


# From claimed to done within a day: what went on longer stood still in between.
_HANDLED = """
SELECT kind, count(*), percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY minutes)
  FROM (SELECT kind, greatest(extract(epoch FROM closed_at - claimed_at)::float8 / 60, 0.5) AS minutes
          FROM workflow_workitem
         WHERE closed_at > %(since)s AND claimed_at IS NOT NULL
           AND closed_at - claimed_at BETWEEN interval '0' AND interval '12 hours') AS done
 GROUP BY kind
"""
_CAME = """
SELECT date_trunc('hour', opened_at), kind, count(*) FROM workflow_workitem
 WHERE queue = %(queue)s AND opened_at > %(since)s GROUP BY 1, 2 ORDER BY 1
"""

_paces: list[tuple[float, Mapping[str, tuple[int, float, float]]]] = []
_ages: dict[str, tuple[float, float]] = {}


def measured(at: datetime) -> Mapping[str, tuple[int, float, float]]:
    """By kind: how many were handled, the mean and the standard deviation of a lognormal with their quartiles."""
    now = time.monotonic()
    if not _paces or now - _paces[0][0] > MEASURED_AGAIN:
        with connection.cursor() as cursor:
            cursor.execute(_HANDLED, {"since": at - MEASURED})
            found = {kind: (count, *_lognormal(*three)) for kind, count, three in cursor.fetchall()}
        _paces[:] = [(now, found)]
    return _paces[0][1]


def pace_of(kind: str, costs: Costs, at: datetime) -> Pace:
    """What the rule says, moved towards what was measured as far as that is many."""
    rule = costs.of(kind)
    minutes, spread = float(rule.minutes), float(rule.minutes) * float(rule.spread)
    count, mean, deviation = measured(at).get(kind, (0, 0.0, 0.0))
    weight = count / (count + PRIOR)
    return Pace(
        minutes + weight * (mean - minutes), spread + weight * (deviation - spread), measured=count
    )


def in_turn(
    queue: str, *, people: int, costs: Costs, clock: WorkClock, days: int, at: datetime
) -> float:
    """How old the oldest of a queue would have become within so many working days, first in, first out."""
    now = time.monotonic()
    known = _ages.get(queue)
    if known is None or now - known[0] > COUNTED_AGAIN:
        since = at - timedelta(days=days * 7 / 5)
        with connection.cursor() as cursor:
            cursor.execute(_CAME, {"queue": queue, "since": since})
            came = [
                (clock.minute(hour), count * pace_of(kind, costs, at).minutes)
                for hour, kind, count in cursor.fetchall()
            ]
        known = _ages[queue] = (now, oldest_in_turn(came, people=people))
    return known[1]


def forget_paces() -> None:
    """Measure anew next time; tests change their database."""
    _paces.clear()
    _ages.clear()


def _lognormal(low: float, median: float, high: float) -> tuple[float, float]:
    """Mean and deviation: quartiles do not care how long the longest took."""
    sigma = math.log(high / low) / _QUARTILES
    mean = median * math.exp(sigma * sigma / 2)
    return mean, mean * math.sqrt(math.expm1(sigma * sigma))
