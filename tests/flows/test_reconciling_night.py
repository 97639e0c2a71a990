"""The night holds statements against the books before it values, and cannot end with what differs unexplained."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backoffice.night_watch import begin_due_nights, take_steps
from ledger.days import open_day
from ledger.models import BusinessDay, NightStep, OpenPoint
from refdata.models import Entity
from reporting.tasks import compute_reports
from settlements.tasks import continue_runs
from tests.following import follow_events, until_known
from tests.reconciliation.matching.stage import (
    DAY,
    booked,
    live,
    matched,
    nostro,
    pair,
    statement,
    told,
)

pytestmark = pytest.mark.usefixtures("own_database")

NEXT = DAY + timedelta(days=1)


def work(day: date) -> None:
    at = datetime.combine(day, time(19, 5), tzinfo=ZoneInfo("Europe/Moscow"))
    for _ in range(6):
        until_known()
        begin_due_nights(at)
        take_steps(at)
        continue_runs()
        compute_reports()
        follow_events()


def test_what_is_missing_and_what_differs_are_open_points_until_explained(api: Any) -> None:
    BusinessDay.objects.all().delete()
    day = open_day(entity_id=Entity.objects.get(code="RUS").pk, day=NEXT)
    entry = booked("100", source=("settlement", 900_001))
    lines = statement(
        [told("100", "S-900001"), told("-15")]
    )  # of the day before; none of the day itself
    statement(of=nostro("CNY"))  # of an account of the same number

    work(NEXT)

    assert matched() == {pair(lines[0], entry): "REFERENCE"}
    steps = {s.name: s for s in NightStep.objects.filter(night__day=day, night__stage="FLASH")}
    assert {steps[name].state for name in ("statements", "reconcile", "valuation")} == {"DONE"}
    assert steps["statements"].facts["missing"] == 2
    done, begun = steps["reconcile"].finished_at, steps["valuation"].started_at
    assert done is not None
    assert begun is not None
    assert done <= begun
    points = {
        (p.kind, p.key, p.currency): p.amount
        for p in OpenPoint.objects.filter(day=day, kind__in=("break", "statement-missing"))
    }
    missing = {
        ("statement-missing", f"CORR CORR-RUS-CASH {each} {NEXT}", ""): None
        for each in ("USD", "CNY")
    }
    assert points == {("break", "CORR BANK", "USD"): 15, **missing}

    for row in live():
        answer = api("clerk").post(f"/breaks/{row}/explain/", {"reason": "known to the bank"})
        assert answer.status_code == 200, answer.json()
    work(NEXT + timedelta(days=1))  # by when the statements of a day have come

    open_points = OpenPoint.objects.filter(day=day, kind__in=("break", "statement-missing"))
    assert {p.state for p in open_points} == {"GONE"}
