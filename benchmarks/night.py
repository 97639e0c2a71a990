"""`night.pack`: a whole night over so many deals, step by step, and every report of the pack, beside one pass over
all postings.

The deals are those of `night.report`, with their lots. What a night asks a person for (an explanation, a signature)
is given at once. A step counts as long as the process works on it; a run of a report is a line of its own.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from backoffice import night_watch
from backoffice.access.models import User
from backoffice.events.sequencer import sequence_events
from benchmarks.measure import Result, Round
from benchmarks.report import LAST, prepare
from benchmarks.stage import copy_of, use
from ledger.days import open_day, sign_off_days
from ledger.models import BusinessDay, Night, OpenPoint
from ledger.points import explain_points
from ledger.state import DayState, PointState
from refdata.models import Entity, Price
from reporting.models import ReportRun
from reporting.services import work_on_report
from reporting.state import RunState
from settlements.tasks import continue_runs

AT = datetime(LAST.year, LAST.month, LAST.day, 19, 5, tzinfo=ZoneInfo("Europe/Moscow"))
LATER = AT + timedelta(minutes=30)  # FINAL may begin
MOST_LOOKS = 60


def run(sizes: tuple[int, ...]) -> list[Result]:
    nights = [(size, _night(size)) for size in sizes]
    names = dict.fromkeys(name for _size, (_scan, took) in nights for name in took)
    return [
        Result(
            f"night.pack.{name}", size, "s", "one pass over all postings",
            [Round(scan, took.get(name, 0.0), scan)], 0,
        )
        for name in names for size, (scan, took) in nights
    ]  # fmt: skip


def _night(size: int) -> tuple[float, dict[str, float]]:
    use(copy_of(prepare(size), f"bench_night_{size}"))
    entity = Entity.objects.get(code="RUS")
    BusinessDay.objects.all().delete()
    day = open_day(entity_id=entity.pk, day=LAST)
    _quote()
    scan, took = _pass_over_postings(), _Took()
    with took.steps():
        for at in (AT, LATER):
            for _ in range(MOST_LOOKS):
                if not _go_on(day, at, took):
                    break
    states = dict(Night.objects.values_list("stage", "state"))
    assert states == {"FLASH": "COMPLETED", "FINAL": "COMPLETED"}, states
    found = dict(took.seconds)
    found["whole"] = sum(found.values())
    connection.close()
    return scan, found


class _Took:
    """Seconds by step, by report, and of what a night waits for."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def add(self, name: str, started: float) -> None:
        self.seconds[name] += time.perf_counter() - started

    @contextmanager
    def steps(self) -> Iterator[None]:
        """Meanwhile every look at a step counts."""
        look = night_watch._look_at

        def timed(planned: Any, step: Any, night: Any, at: datetime) -> bool:
            started = time.perf_counter()
            try:
                return look(planned, step, night, at)
            finally:
                self.add(f"{night.stage.lower()}.{planned.name}", started)

        night_watch._look_at = timed
        try:
            yield
        finally:
            night_watch._look_at = look


def _go_on(day: BusinessDay, at: datetime, took: _Took) -> bool:
    """Whether anything is left of the nights that have begun by then."""
    sequence_events()
    night_watch.begin_due_nights(at)
    night_watch.take_steps(at)
    started = time.perf_counter()
    continue_runs()
    took.add("flash.last-run", started)
    for run in ReportRun.objects.filter(state=RunState.QUEUED).order_by("pk"):
        started = time.perf_counter()
        sequence_events()
        work_on_report(run.pk, at=at)
        took.add(f"{run.stage.lower()}.report.{run.report}", started)
    people = {name: User.objects.get(username=name) for name in ("accountant", "manager")}
    open_ones = list(OpenPoint.objects.filter(state=PointState.OPEN).values_list("pk", flat=True))
    if open_ones and at == LATER:
        explain_points(ids=open_ones, explanation="a benchmark", actor=people["accountant"], at=at)
    day.refresh_from_db()
    if day.state == DayState.CLOSED:
        sign_off_days(
            ids=[day.pk], reason="a benchmark", actor=people["manager"], at=at
        ).raise_single()
    broken = Night.objects.filter(state="BROKEN").first()
    assert broken is None, [(s.name, s.error) for s in broken.steps.exclude(error="")]
    return Night.objects.filter(state="RUNNING").exists() or Night.objects.count() < 2


def _quote() -> None:
    """The last price of each security is that of the day: nothing is stale."""
    for price in Price.objects.order_by("instrument_id", "-price_date").distinct("instrument_id"):
        Price.objects.get_or_create(
            instrument_id=price.instrument_id, price_date=LAST, source=price.source, kind=price.kind,
            value=price.value, currency=price.currency, percent=price.percent,
        )  # fmt: skip


def _pass_over_postings() -> float:
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT debit_account_id, credit_account_id, asset_id, count(*), sum(quantity) FROM ledger_posting"
            " GROUP BY 1, 2, 3"
        )
        cursor.fetchall()
    return time.perf_counter() - started
