"""Months and years: which days they have, when they are over, who seals and signs them off."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from backoffice.access.models import User
from backoffice.kernel.lifecycle import OtherEyesRequired, TransitionNotAllowed
from ledger.days import cut_off_day, open_day, seal_day, sign_off_days
from ledger.models import BusinessDay, BusinessPeriod
from ledger.nights import begin_night, break_off_step, restart_steps, start_step
from ledger.periods import (
    DaysNotSignedOff,
    bounds,
    close_due_periods,
    last_day_of,
    seal_period,
    sign_off_periods,
)
from ledger.reopening import NoReasonToReopen, approve_reopening, ask_to_reopen, opens_with
from ledger.state import PeriodKind
from refdata.models import Entity

pytestmark = pytest.mark.django_db

AT = datetime(2026, 12, 1, 20, tzinfo=ZoneInfo("Europe/Moscow"))
FRIDAY, MONDAY, TUESDAY = date(2026, 11, 27), date(2026, 11, 30), date(2026, 12, 1)


def user(name: str) -> User:
    return User.objects.get(username=name)


@pytest.fixture
def friday() -> BusinessDay:
    BusinessDay.objects.all().delete()
    BusinessPeriod.objects.all().delete()
    return open_day(entity_id=Entity.objects.get(code="RUS").pk, day=FRIDAY)


def signed_off(day: BusinessDay) -> BusinessDay:
    """The day after it, once it is closed."""
    following = cut_off_day(day_id=day.pk, at=AT)
    seal_day(day_id=day.pk, at=AT)
    sign_off_days(ids=[day.pk], reason="", actor=user("manager"), at=AT).raise_single()
    return following


def november() -> BusinessPeriod:
    return BusinessPeriod.objects.get(kind=PeriodKind.MONTH, first_day=date(2026, 11, 1))


@pytest.fixture
def over(friday: BusinessDay) -> BusinessPeriod:
    """November, whose two days are signed off; the first of December is open."""
    signed_off(signed_off(friday))
    close_due_periods(at=AT)
    return november()


@pytest.mark.parametrize(
    ("kind", "day", "expected"),
    [
        ("MONTH", date(2028, 2, 11), (date(2028, 2, 1), date(2028, 2, 29))),
        ("MONTH", date(2026, 12, 31), (date(2026, 12, 1), date(2026, 12, 31))),
        ("YEAR", date(2026, 6, 30), (date(2026, 1, 1), date(2026, 12, 31))),
    ],
)
def test_bounds(kind: str, day: date, expected: tuple[date, date]) -> None:
    assert bounds(PeriodKind(kind), day) == expected


def test_a_month_and_a_year_begin_with_their_first_day(friday: BusinessDay) -> None:
    signed_off(friday)  # opens Monday, of the same month
    rows = BusinessPeriod.objects.order_by("kind")
    assert [(row.name, row.state) for row in rows] == [("2026-11", "OPEN"), ("2026", "OPEN")]


def test_a_month_is_over_once_a_later_day_is_open(friday: BusinessDay) -> None:
    monday = signed_off(friday)
    close_due_periods(at=AT)
    assert november().state == "OPEN"
    cut_off_day(day_id=monday.pk, at=AT)
    close_due_periods(at=AT)
    close_due_periods(at=AT)
    assert november().state == "CLOSING"
    assert last_day_of(november()).day == MONDAY
    assert BusinessPeriod.objects.filter(state="OPEN").count() == 2  # December and the year


def test_it_is_not_sealed_before_its_days_are_signed_off(friday: BusinessDay) -> None:
    monday = signed_off(friday)
    cut_off_day(day_id=monday.pk, at=AT)
    close_due_periods(at=AT)
    with pytest.raises(DaysNotSignedOff):
        seal_period(period_id=november().pk, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        BusinessPeriod.objects.update(state="CLOSED")  # without a seal


def test_who_restarted_a_step_of_its_close_does_not_sign_it_off(over: BusinessPeriod) -> None:
    night = begin_night(day=last_day_of(over), stage="MONTH", steps=["one"], at=AT)
    (step,) = night.steps.all()
    start_step(step, at=AT)
    break_off_step(step, error="x", at=AT)
    restart_steps(ids=[step.pk], reason="", actor=user("manager"), at=AT).raise_single()
    seal_period(period_id=over.pk, at=AT)
    with pytest.raises(OtherEyesRequired):
        sign_off_periods(ids=[over.pk], reason="", actor=user("manager"), at=AT).raise_single()
    sign_off_periods(ids=[over.pk], reason="", actor=user("checker"), at=AT).raise_single()
    over.refresh_from_db()
    assert over.state == "SIGNED_OFF"


class TestReopening:
    def day(self, day: date) -> BusinessDay:
        return BusinessDay.objects.get(day=day)

    def test_opens_all_that_stands_on_it(self, over: BusinessPeriod) -> None:
        seal_period(period_id=over.pk, at=AT)
        found = opens_with(self.day(FRIDAY))
        assert [day.day for day in found.days] == [MONDAY]
        assert [period.name for period in found.periods] == ["2026-11"]
        ids = [self.day(FRIDAY).pk]
        ask_to_reopen(ids=ids, reason="A fee.", actor=user("accountant"), at=AT).raise_single()
        approve_reopening(ids=ids, reason="", actor=user("manager"), at=AT).raise_single()
        rows = BusinessDay.objects.order_by("day").values_list("state", "round", "sealed_number")
        assert list(rows) == [("CLOSING", 2, None), ("CLOSING", 2, None), ("OPEN", 1, None)]
        assert (november().state, november().round, november().sealed_number) == (
            "CLOSING",
            2,
            None,
        )

    def test_of_the_last_day_leaves_the_earlier_ones_closed(self, over: BusinessPeriod) -> None:
        ids = [self.day(MONDAY).pk]
        ask_to_reopen(ids=ids, reason="A fee.", actor=user("accountant"), at=AT).raise_single()
        approve_reopening(ids=ids, reason="", actor=user("manager"), at=AT).raise_single()
        assert self.day(FRIDAY).state == "SIGNED_OFF"
        assert november().round == 2

    def test_says_why_and_is_another_persons_to_approve(self, over: BusinessPeriod) -> None:
        ids = [self.day(MONDAY).pk]
        with pytest.raises(NoReasonToReopen):
            ask_to_reopen(ids=ids, reason=" ", actor=user("accountant"), at=AT)
        ask_to_reopen(ids=ids, reason="A fee.", actor=user("manager"), at=AT).raise_single()
        with pytest.raises(OtherEyesRequired):
            approve_reopening(ids=ids, reason="", actor=user("manager"), at=AT).raise_single()
        assert self.day(MONDAY).state == "REOPENING"

    def test_who_asked_does_not_sign_it_off_again(self, over: BusinessPeriod) -> None:
        ids = [self.day(MONDAY).pk]
        ask_to_reopen(ids=ids, reason="A fee.", actor=user("manager"), at=AT).raise_single()
        approve_reopening(ids=ids, reason="", actor=user("checker"), at=AT).raise_single()
        seal_day(day_id=ids[0], at=AT)
        with pytest.raises(OtherEyesRequired):
            sign_off_days(ids=ids, reason="", actor=user("manager"), at=AT).raise_single()

    def test_an_open_day_has_nothing_to_open(self, over: BusinessPeriod) -> None:
        with pytest.raises(TransitionNotAllowed):
            ask_to_reopen(
                ids=[self.day(TUESDAY).pk], reason="x", actor=user("accountant"), at=AT
            ).raise_single()
        with pytest.raises(TransitionNotAllowed):  # nobody has asked
            approve_reopening(
                ids=[self.day(MONDAY).pk], reason="x", actor=user("manager"), at=AT
            ).raise_single()
