"""Cycles that are due become runs: each once, whoever looks, and after an outage the last one of the day.

What was to settle in a cycle that nobody started is looked at by the next: runs take up all that is due.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby

from django.db import transaction
from django.db.models import Max

from backoffice.events.faults import reached
from backoffice.events.leases import leased
from backoffice.events.models import Event
from ledger.models import BusinessDay
from ledger.state import CLOSED_FOR_ENTRIES
from settlements.cycling.selectors import Schedule, schedules_at
from settlements.models import RunCycle, SettlementRun
from settlements.running.services import request_run
from settlements.running.state import RunMode

_LEASE = 7000019


def start_due_cycles(*, at: datetime) -> list[SettlementRun]:
    """Ask for the run of each cycle that is due by now, of each entity whose day is not closed yet.

    Of several that fell due since the last look, as after an outage, one run is asked for. Days that have
    passed at the place are not caught up: what they left goes with the next cycle. What was due before its
    schedule was put in force is not.
    """
    due = [each for each in schedules_at(at) if any(moment <= at for moment in each.moments)]
    if not due:
        return []
    with leased(_LEASE) as mine:
        return _start(due, at) if mine else []


def _start(due: Sequence[Schedule], at: datetime) -> list[SettlementRun]:
    days = BusinessDay.objects.filter(day__in={each.day for each in due})
    open_days = days.exclude(state__in=CLOSED_FOR_ENTRIES).order_by("day", "entity_id")
    entities = {
        day: [row.entity_id for row in rows]
        for day, rows in groupby(open_days, lambda row: row.day)
    }
    done = _done({each.day for each in due})
    started = []
    for each in due:
        for entity_id in entities.get(each.day, ()):
            last = done.get((entity_id, each.place_id, each.day))
            moments = [m for m in each.moments if m <= at and (last is None or m > last)]
            if moments and (since := _in_force_since(each)) is not None:
                moments = [moment for moment in moments if moment >= since]
            if moments:
                started.append(_start_one(each, entity_id, moments, at))
    return started


def _done(days: set[date]) -> dict[tuple[int, int | None, date], datetime]:
    """The last cycle of each entity and place that was started, of each of these days."""
    rows = RunCycle.objects.filter(business_date__in=days).order_by()
    found = rows.values_list("entity_id", "place_id", "business_date").annotate(last=Max("due_at"))
    return {(entity, place, day): last for entity, place, day, last in found}


def _in_force_since(each: Schedule) -> datetime | None:
    """When somebody put the schedule in force; None of one that was loaded so."""
    steps = Event.objects.filter(subject_type="rule", subject_id=each.rule_id, kind="rule.activate")
    return steps.order_by("-id").values_list("recorded_at", flat=True).first()


@transaction.atomic
def _start_one(
    each: Schedule, entity_id: int, moments: Sequence[datetime], at: datetime
) -> SettlementRun:
    """The run and the cycles that it is, in one transaction: who dies between them has done nothing."""
    mode = RunMode.BOTH if each.place_id else each.cycles.mode
    run = request_run(
        business_date=each.day, mode=mode, place_id=each.place_id, entity_id=entity_id,
        actor=None, at=at,
    )  # fmt: skip
    reached("cycle.asked")
    RunCycle.objects.bulk_create(
        RunCycle(
            entity_id=entity_id, place_id=each.place_id, business_date=each.day, due_at=moment,
            rule=each.rule, run=run,
        )
        for moment in moments
    )  # fmt: skip
    return run
