"""How long items were worked on, as known at a moment: by the steps of people in the log, and nothing else.

An item that is done was handled from each claim, and each taking up again by a person, until the step after it or
until it was done; what it was put aside does not count. It is measured where somebody had it in hand so at its
end: what was handed over or given by rule nobody has begun, and what came back by the clock nobody has taken up.
What lay over a night is not measured either: nobody worked on it all that time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from backoffice.events.selectors import KnownAt
from backoffice.workflow.state import ITEM_LIFECYCLE

STEPS = [f"{ITEM_LIFECYCLE.subject}.{name}" for name in ITEM_LIFECYCLE.transitions]
BEGINS = ["workitem.claim", "workitem.resume"]
SHORTEST = 30  # seconds: nothing counts for less, a click or a thousand done at once
_QUARTILES = 1.349  # of a normal distribution, apart in standard deviations

# Of `done` (id, closed_at): `handled` (id, seconds; null: not measured). Facts: %(steps)s, %(begins)s, %(horizon)s,
# %(zone)s. What is not measured is no condition: the planner would take it that next to nothing is.
HANDLED = f"""
spans AS (
  SELECT e.subject_id AS id, e.kind = ANY(%(begins)s) AND e.actor_id IS NOT NULL AS works, e.recorded_at AS begins,
         coalesce(lead(e.recorded_at) OVER steps, d.closed_at) AS ends, lead(e.id) OVER steps IS NULL AS last
    FROM done d
    JOIN events_event e ON e.subject_type = 'workitem' AND e.subject_id = d.id
   WHERE e.kind = ANY(%(steps)s) AND e.tx < %(horizon)s AND e.recorded_at <= d.closed_at
  WINDOW steps AS (PARTITION BY e.subject_id ORDER BY e.tx, e.id)),
handled AS MATERIALIZED (
  SELECT id, CASE WHEN bool_or(last)
                   AND bool_and((begins AT TIME ZONE %(zone)s)::date = (ends AT TIME ZONE %(zone)s)::date)
                  THEN greatest(sum(extract(epoch FROM ends - begins)), {SHORTEST})::float8 END AS seconds
    FROM spans WHERE works
   GROUP BY id)
"""  # noqa: S608
_BY_KIND = f"""
WITH done AS (
  SELECT id, kind, closed_at FROM workflow_workitem
   WHERE closed_at > %(since)s AND owner_id IS NOT NULL AND coalesce(closed_tx, 0) < %(horizon)s),
{HANDLED}
SELECT kind, count(*), percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY seconds)
  FROM handled JOIN done USING (id)
 WHERE seconds IS NOT NULL
 GROUP BY kind
"""  # noqa: S608


class Handled(NamedTuple):
    """Of a kind: how many were measured; the mean and the standard deviation, in seconds."""

    items: int
    mean: float
    spread: float


def facts_of(known: KnownAt, zone: str) -> dict[str, Any]:
    """What `HANDLED` is told; `zone` is the clock by which a night passes."""
    return {"steps": STEPS, "begins": BEGINS, "horizon": known.horizon, "zone": zone}


def handled_by_kind(since: datetime, *, known: KnownAt, zone: str) -> Mapping[str, Handled]:
    """What was done since a moment, by kind and never by person.

    Mean and deviation are those of a lognormal with the quartiles that were measured: how long the longest took does
    not matter.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BY_KIND, facts_of(known, zone) | {"since": since})
        return {kind: Handled(n, *_lognormal(*three)) for kind, n, three in cursor.fetchall()}


def _lognormal(low: float, median: float, high: float) -> tuple[float, float]:
    sigma = math.log(high / low) / _QUARTILES
    mean = median * math.exp(sigma * sigma / 2)
    return mean, mean * math.sqrt(math.expm1(sigma * sigma))
