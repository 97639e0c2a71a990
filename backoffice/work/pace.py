"""How long work takes, said once: by the dated rule, moved towards what was measured; and how much of it has come in.

Queues are ordered by it and forecasts turned into people by it. What was measured is remembered for a while.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from backoffice.events.selectors import KnownAt, known_now
from backoffice.work.clock import WorkClock
from backoffice.work.kinds import HANDLING, HandlingTimes, Pace
from backoffice.workflow.ordering import oldest_in_turn
from backoffice.workflow.workload.handled import Handled, handled_by_kind
from refdata.dated_rules.selectors import rule_in_force
from refdata.firm_days import FIRM_ZONE, firm_day

MEASURED_AGAIN, COUNTED_AGAIN = 600.0, 60.0  # seconds after which it is looked at anew

_CAME = """
SELECT date_trunc('hour', opened_at), kind, count(*) FROM workflow_workitem
 WHERE queue = %(queue)s AND opened_at > %(since)s GROUP BY 1, 2 ORDER BY 1
"""

_paces: list[tuple[float, Mapping[str, Handled]]] = []
_ages: dict[str, tuple[float, float]] = {}


@dataclass(frozen=True, slots=True)
class Paces:
    """What each kind takes, by the rule of a day and what was measured by then."""

    rule: HandlingTimes
    measured: Mapping[str, Handled]

    def of(self, kind: str) -> Pace:
        """What the rule says, moved towards what was measured as far as that is many."""
        found = self.measured.get(kind)
        if found is None:
            return self.rule.of(kind)
        return self.rule.moved(kind, found.items, found.mean / 60, found.spread / 60)


def paces(at: datetime, *, known: KnownAt) -> Paces:
    """How long work takes, as known at a moment. Raises NoRuleInForce."""
    rule = rule_in_force(HANDLING, firm_day(at))
    return Paces(rule, _measured(rule, at, known))


def paces_now(at: datetime) -> Paces:
    """The same by everything that is known, measured anew every ten minutes. Raises NoRuleInForce."""
    rule, now = rule_in_force(HANDLING, firm_day(at)), time.monotonic()
    if not _paces or now - _paces[0][0] > MEASURED_AGAIN:
        _paces[:] = [(now, _measured(rule, at, known_now()))]
    return Paces(rule, _paces[0][1])


def _measured(rule: HandlingTimes, at: datetime, known: KnownAt) -> Mapping[str, Handled]:
    return handled_by_kind(at - timedelta(days=rule.days), known=known, zone=FIRM_ZONE.key)


def in_turn(
    queue: str, *, people: int, paces: Paces, clock: WorkClock, days: int, at: datetime
) -> float:
    """How old the oldest of a queue would have become within so many working days, first in, first out."""
    now = time.monotonic()
    known = _ages.get(queue)
    if known is None or now - known[0] > COUNTED_AGAIN:
        since = at - timedelta(days=days * 7 / 5)
        with connection.cursor() as cursor:
            cursor.execute(_CAME, {"queue": queue, "since": since})
            came = [
                (clock.minute(hour), count * paces.of(kind).minutes)
                for hour, kind, count in cursor.fetchall()
            ]
        known = _ages[queue] = (now, oldest_in_turn(came, people=people))
    return known[1]


def forget_paces() -> None:
    """Measure anew next time; tests change their database."""
    _paces.clear()
    _ages.clear()
