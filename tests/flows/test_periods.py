"""A month closes and is reported; a day of it opens again, a forgotten entry is booked, and all closes anew.

Then the end of a year, which waits for its months and for the tax of individuals.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from backoffice.access.models import User
from backoffice.kernel.errors import Refusal
from backoffice.night_periods import PERIOD_REPORTS
from backoffice.night_watch import begin_due_nights, take_steps
from backoffice.workflow.models import WorkItem
from ledger.days import open_day, sign_off_days
from ledger.models import BusinessDay, BusinessPeriod, Night, NightStep, OpenPoint
from ledger.periods import sign_off_periods
from ledger.points import explain_points
from ledger.services import (
    AccountKey,
    NewEntry,
    NewPosting,
    PeriodClosed,
    account_ids,
    post_entries,
    require_open_days,
)
from ledger.state import Stage
from refdata.models import Asset, Entity, Place
from reporting.handover.models import LedgerBatch
from reporting.handover.services import accept_batches, hand_over_batches
from reporting.models import ReportRun
from reporting.services import verify_run
from reporting.tasks import compute_reports
from settlements.ndfl.ending import approve_tax_years, propose_tax_year
from settlements.tasks import continue_runs
from tests.following import follow_events, until_known
from tests.reporting.running import told

pytestmark = [pytest.mark.usefixtures("own_database"), pytest.mark.slow]

MOSCOW = ZoneInfo("Europe/Moscow")
LAST, FIRST = date(2026, 11, 30), date(2026, 12, 1)  # of one month, and of the next
FORGOTTEN = Decimal("1234.56")


def moscow(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=MOSCOW)


def person(name: str) -> User:
    return User.objects.get(username=name)


def rus() -> Entity:
    return Entity.objects.get(code="RUS")


def begin_on(day: date) -> BusinessDay:
    """The books of the Russian entity begin with a day; the other entity stays out of the story."""
    BusinessDay.objects.all().delete()
    BusinessPeriod.objects.all().delete()
    return open_day(entity_id=rus().pk, day=day)


def work(at: datetime) -> None:
    """Everything the workers do, until nothing moves any more."""
    for _ in range(6):
        until_known()
        begin_due_nights(at)
        take_steps(at)
        continue_runs()
        compute_reports()
        follow_events()


def day_of(day: date) -> BusinessDay:
    return BusinessDay.objects.get(entity=rus(), day=day)


def period(kind: str, name: str) -> BusinessPeriod:
    return next(
        row for row in BusinessPeriod.objects.filter(entity=rus(), kind=kind) if row.name == name
    )


def close(day: date, at: datetime) -> None:
    """The night of a day to its end, with people explaining and signing off."""
    work(at)
    ids = list(OpenPoint.objects.filter(day=day_of(day), state="OPEN").values_list("pk", flat=True))
    explain_points(ids=ids, explanation="Known.", actor=person("accountant"), at=at)
    work(at)
    assert day_of(day).state == "CLOSED", [
        (s.name, s.state, s.error) for s in NightStep.objects.filter(night__day=day_of(day))
    ]
    sign_off_days(ids=[day_of(day).pk], reason="", actor=person("manager"), at=at).raise_single()
    work(at)


def take_in_batches() -> None:
    """The bookkeeping takes in whatever was prepared."""
    ids = list(
        LedgerBatch.objects.filter(state="PREPARED").order_by("pk").values_list("pk", flat=True)
    )
    at = timezone.now()
    hand_over_batches(ids=ids, actor=person("accountant"), at=at)
    for id in ids:
        accept_batches(
            ids=[id], reason=f"1C {id}", actor=person("accountant"), at=at
        ).raise_single()


def step_of(name: str, stage: str, round: int = 1) -> str:
    rows = NightStep.objects.filter(night__day__entity=rus())
    return rows.get(night__stage=stage, night__round=round, name=name).state


def sign_off(row: BusinessPeriod, name: str = "manager") -> None:
    sign_off_periods(ids=[row.pk], reason="", actor=person(name), at=timezone.now()).raise_single()


def month_is_closed() -> None:
    """Two days of two months are signed off, and the first month with them."""
    begin_on(LAST)
    assert (period("MONTH", "2026-11").state, period("YEAR", "2026").state) == ("OPEN", "OPEN")
    work(moscow(LAST, 19, 5))
    assert period("MONTH", "2026-11").state == "CLOSING"
    assert step_of("days", "MONTH") == "RUNNING"
    close(LAST, moscow(LAST, 19, 35))
    assert step_of("days", "MONTH") == "DONE"
    assert step_of("handed-over", "MONTH") == "RUNNING"  # nobody has taken the batch in
    assert LedgerBatch.objects.count() == 1
    take_in_batches()
    work(moscow(LAST, 20))
    assert period("MONTH", "2026-11").state == "CLOSED"
    assert WorkItem.objects.get(kind="period-sign-off", closed_at=None).queue == "manager"
    sign_off(period("MONTH", "2026-11"))
    work(moscow(LAST, 20, 5))
    close(FIRST, moscow(FIRST, 19, 35))
    take_in_batches()


def forgotten(day: date) -> int:
    """An entry that should have been booked on that day: money of ours that nobody had told of."""
    entity, money = rus(), Asset.objects.get(code="RUB")
    keys = [
        AccountKey(entity.pk, "CASH", entity.own_party_id, Place.objects.get(code="HOUSE").pk),
        AccountKey(entity.pk, "FEES", entity.own_party_id),
    ]
    ids = account_ids(keys)
    require_open_days({(entity.pk, day)})
    entry = NewEntry(
        entity_id=entity.pk, kind="opening", source_type="forgotten", source_id=1, effective_date=day,
        postings=[NewPosting(ids[keys[0]], ids[keys[1]], money.pk, FORGOTTEN)],
    )  # fmt: skip
    return post_entries([entry], at=timezone.now())[0]


def last_run(report: str, stage: str) -> ReportRun:
    return ReportRun.objects.filter(report=report, stage=stage, state="COMPLETED").latest("pk")


def moved(run: ReportRun) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(row.items()) for row in told(run))


class TestMonth:
    def test_closes_and_opens_again_with_a_day_of_it(self, api: Any) -> None:
        month_is_closed()
        november = period("MONTH", "2026-11")
        assert (november.state, november.round) == ("SIGNED_OFF", 1)
        reports = ReportRun.objects.filter(stage="MONTH")
        assert {run.report for run in reports} == set(PERIOD_REPORTS[Stage.MONTH])
        journal = last_run("general-journal", "MONTH")
        given = journal.parameters
        assert (given["effective_from"], given["effective_until"]) == ("2026-11-01", "2026-11-30")
        with pytest.raises(PeriodClosed):
            forgotten(LAST)

        self._asked_and_approved(api)
        work(moscow(FIRST, 20))
        waiting = OpenPoint.objects.get(day=day_of(LAST), state="OPEN")
        assert waiting.kind == "reopened"  # until somebody says what was booked
        assert day_of(LAST).state == "CLOSING"
        entry = forgotten(LAST)
        self._closes_anew(entry, journal)

    def _asked_and_approved(self, api: Any) -> None:
        day = day_of(LAST)
        address, body = f"/business-days/{day}", {"reason": "A fee of November was forgotten."}
        assert api("clerk").post(f"{address}/ask-reopen/", body).status_code == 403
        silent = api("accountant").post(f"{address}/ask-reopen/", {"reason": " "})
        assert silent.status_code in (400, 422), silent.content
        assert api("accountant").post(f"{address}/ask-reopen/", body).status_code == 200
        follow_events()
        assert WorkItem.objects.get(kind="reopening", closed_at=None).subject_id == day.pk
        with pytest.raises(PeriodClosed):
            forgotten(LAST)  # asking opens nothing
        assert api("accountant").post(f"{address}/approve-reopen/", {}).status_code == 403
        answer = api("manager").post(f"{address}/approve-reopen/", {"reason": "Right."})
        assert (answer.status_code, answer.json()["status"]) == (200, "CLOSING"), answer.content
        follow_events()
        assert not WorkItem.objects.filter(kind="reopening", closed_at=None).exists()
        assert [(d.day, d.state, d.round, d.sealed_number) for d in BusinessDay.objects.order_by("day")][:2] == [
            (LAST, "CLOSING", 2, None), (FIRST, "CLOSING", 2, None),
        ]  # fmt: skip
        assert (period("MONTH", "2026-11").state, period("MONTH", "2026-11").round) == (
            "CLOSING",
            2,
        )
        assert period("MONTH", "2026-12").state == "OPEN"

    def _closes_anew(self, entry: int, before: ReportRun) -> None:
        at = moscow(FIRST, 20)
        close(LAST, at)
        assert step_of("days", "MONTH", 2) == "DONE"
        close(FIRST, at)
        work(at)
        november = period("MONTH", "2026-11")
        assert (november.state, november.round) == ("CLOSED", 2)
        sign_off(november)
        work(at)
        assert Night.objects.filter(stage="FINAL").count() == 4
        assert (
            not Night.objects.filter(state__in=["RUNNING", "BROKEN"]).exclude(stage="YEAR").exists()
        )

        assert verify_run(before).equal  # as it was known then
        after = last_run("general-journal", "MONTH")
        assert after.pk != before.pk
        assert moved(before) - moved(after) == Counter()
        (more,) = (moved(after) - moved(before)).keys()
        assert dict(more)["entry"] == f"E-{entry}"
        # The bookkeeping has the batch of that day already: what came late goes with the next.
        told_of = [
            row["entry"]
            for batch in LedgerBatch.objects.all()
            for row in told(batch.run, section="entries")
        ]
        assert f"E-{entry}" not in told_of
        december = date(2026, 12, 2)
        close(december, moscow(december, 19, 35))
        batch = LedgerBatch.objects.latest("number")
        assert f"E-{entry}" in [row["entry"] for row in told(batch.run, section="entries")]

    def test_what_is_under_way_of_later_days_is_overtaken(self) -> None:
        begin_on(LAST)
        close(LAST, moscow(LAST, 19, 35))
        work(moscow(FIRST, 19, 35))  # its FINAL waits for people
        final = Night.objects.get(day=day_of(FIRST), stage="FINAL")
        assert final.state == "RUNNING"
        reopen(LAST)
        final.refresh_from_db()
        assert (final.state, day_of(FIRST).round) == ("OVERTAKEN", 2)
        month = Night.objects.get(stage="MONTH")
        assert month.state == "OVERTAKEN"
        close(LAST, moscow(FIRST, 20))
        close(FIRST, moscow(FIRST, 20))
        assert Night.objects.get(day=day_of(FIRST), stage="FINAL", round=2).state == "COMPLETED"
        assert [night.round for night in Night.objects.filter(stage="MONTH").order_by("pk")] == [
            1,
            2,
        ]

    def test_declined_it_stays_closed(self, api: Any) -> None:
        begin_on(LAST)
        close(LAST, moscow(LAST, 19, 35))
        address = f"/business-days/{day_of(LAST)}"
        sealed = day_of(LAST).sealed_number
        api("accountant").post(f"{address}/ask-reopen/", {"reason": "Perhaps."})
        assert (
            api("manager").post(f"{address}/decline-reopen/", {"reason": "No."}).status_code == 200
        )
        assert (day_of(LAST).state, day_of(LAST).sealed_number) == ("SIGNED_OFF", sealed)
        follow_events()
        assert not WorkItem.objects.filter(kind="reopening", closed_at=None).exists()


def reopen(day: date) -> None:
    from ledger.reopening import approve_reopening, ask_to_reopen

    ids, at = [day_of(day).pk], timezone.now()
    ask_to_reopen(ids=ids, reason="Forgotten.", actor=person("accountant"), at=at).raise_single()
    with pytest.raises(Refusal, match="other-eyes"):
        approve_reopening(ids=ids, reason="", actor=person("accountant"), at=at).raise_single()
    approve_reopening(ids=ids, reason="", actor=person("manager"), at=at).raise_single()


class TestYear:
    def test_waits_for_its_months_and_the_tax_of_individuals(self) -> None:
        silvester, new_year = date(2026, 12, 31), datetime(2027, 1, 12, 12, tzinfo=MOSCOW)
        begin_on(silvester)
        close(silvester, moscow(silvester, 19, 35))
        take_in_batches()
        work(new_year)
        assert step_of("months", "YEAR") == "RUNNING"
        sign_off(period("MONTH", "2026-12"))
        work(new_year)
        assert (step_of("months", "YEAR"), step_of("tax-year", "YEAR")) == ("DONE", "RUNNING")
        row = propose_tax_year(entity="RUS", year=2026, actor=person("accountant"), at=new_year)
        approve_tax_years(ids=[row.pk], actor=person("manager"), at=new_year).raise_single()
        work(new_year)
        year = period("YEAR", "2026")
        assert year.state == "CLOSED"
        assert {run.report for run in ReportRun.objects.filter(stage="YEAR")} == set(
            PERIOD_REPORTS[Stage.YEAR]
        )
        sign_off(year)
        work(new_year)
        assert period("YEAR", "2026").state == "SIGNED_OFF"
        assert Night.objects.get(stage="YEAR").state == "COMPLETED"
