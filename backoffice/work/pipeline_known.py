"""What was known to be on its way, as known on each of many mornings: settlements, deals, corporate actions.

A subject is known from the transaction of the event that begins it until that of the event that ends it; of both
only what stands below the horizon is read, so no later fact can change an answer.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from backoffice.events.selectors import KnownAt
from backoffice.workflow.workload.forecasting import DAYS_AHEAD
from backoffice.workflow.workload.reading import Mornings


class Driver(NamedTuple):
    """What brings work on a day: rows of a table, the day of each, and which events begin and end them."""

    name: str
    subject: str
    table: str
    day: str
    begins: tuple[str, ...]
    ends: tuple[str, ...]
    which: str = "true"


_SETTLEMENT = (("settlement.prepare", "settlement.take_on"), ("settlement.agree_cancel",))
_ACTION = (
    ("recordevent.propose",),
    ("recordevent.decline", "recordevent.overtake", "recordevent.replace", "recordevent.cancel"),
)  # fmt: skip
DRIVERS = (
    # A net stands for its members, which are counted: who was in it when does not matter then.
    Driver("due", "settlement", "settlements_settlement", "due_date", *_SETTLEMENT, "source_type <> 'set'"),
    Driver("awaited", "deal", "deals_deal", "trade_date", ("deal.capture", "deal.take_on"),
           ("deal.affirm", "deal.approve", "deal.cancel")),
    Driver("record", "recordevent", "settlements_recordevent", "record_date", *_ACTION),
    Driver("payment", "recordevent", "settlements_recordevent", "payment_date", *_ACTION),
    Driver("deadline", "recordevent", "settlements_recordevent",
           "(deadline_at AT TIME ZONE %(zone)s)::date", *_ACTION, "deadline_at IS NOT NULL"),
)  # fmt: skip


def _sql(driver: Driver) -> str:
    return f"""
SELECT s.day, width_bucket(e.born, %(horizons)s::bigint[]), width_bucket(e.gone, %(horizons)s::bigint[]), count(*)
  FROM (SELECT id, {driver.day} AS day FROM {driver.table} WHERE {driver.which}) s
 CROSS JOIN LATERAL (
       SELECT min(tx) FILTER (WHERE kind = ANY(%(begins)s)) AS born,
              min(tx) FILTER (WHERE kind = ANY(%(ends)s)) AS gone
         FROM events_event
        WHERE subject_type = %(subject)s AND subject_id = s.id AND tx < %(horizon)s) e
 WHERE s.day >= %(first)s AND s.day <= %(last)s AND e.born IS NOT NULL
 GROUP BY 1, 2, 3
"""  # noqa: S608 - the names are ours


def drivers_known(mornings: Mornings, *, known: KnownAt) -> dict[str, NDArray[np.int64]]:
    """By driver a row for each morning: the day before it, itself and those ahead, as known then."""
    return {driver.name: _known(driver, mornings, known) for driver in DRIVERS}


def _known(driver: Driver, mornings: Mornings, known: KnownAt) -> NDArray[np.int64]:
    facts: dict[str, Any] = {
        "horizons": list(mornings.horizons), "horizon": known.horizon, "zone": mornings.zone.key,
        "begins": list(driver.begins), "ends": list(driver.ends), "subject": driver.subject,
        "first": mornings.days[0], "last": mornings.days[-1],
    }  # fmt: skip
    count = len(mornings.horizons)
    stood = np.zeros((count, len(mornings.days)), dtype=np.int64)
    with connection.cursor() as cursor:
        cursor.execute(_sql(driver), facts)
        for day, born, gone, number in cursor.fetchall():
            stood[born : count if gone is None else gone, mornings.day_of(day)] += number
    found = np.zeros((count, DAYS_AHEAD + 1), dtype=np.int64)
    for morning in range(count):
        first = max(morning - 1, 0)
        row = stood[morning, first : morning + DAYS_AHEAD]
        found[morning, DAYS_AHEAD + 1 - len(row) :] = row
    return found
