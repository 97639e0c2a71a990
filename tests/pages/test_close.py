"""The close on pages: explained, restarted, signed off; refused, the page says why."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from backoffice.access.models import User
from backoffice.night import NIGHT
from ledger.day_selectors import usual_durations
from ledger.days import cut_off_day, open_day, seal_day, sign_off_days
from ledger.models import BusinessDay, BusinessPeriod, Night, NightStep, OpenPoint
from ledger.nights import begin_night, break_off_step, start_step
from ledger.periods import close_due_periods, seal_period
from ledger.points import FoundPoint, list_points
from refdata.models import Entity

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 20, 20, tzinfo=ZoneInfo("Europe/Moscow"))


@pytest.fixture
def day() -> BusinessDay:
    """A day that is closing: one step of its night has failed, one point is open."""
    BusinessDay.objects.all().delete()
    entity = Entity.objects.get(code="RUS")
    day = open_day(entity_id=entity.pk, day=date(2026, 11, 20))
    cut_off_day(day_id=day.pk, at=AT)
    night = begin_night(day=day, stage="FLASH", steps=[s.name for s in NIGHT["FLASH"]], at=AT)
    step = night.steps.get(name="valuation")
    start_step(step, at=AT)
    break_off_step(step, error="No rate of NOK.", at=AT)
    list_points(day, [FoundPoint("failing", "Demo Bank One", 3, Decimal(100), "RUB")], at=AT)
    return day


def browser(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def test_a_point_is_explained_and_silence_is_refused(day: BusinessDay) -> None:
    accountant, point = browser("accountant"), OpenPoint.objects.get(day=day)
    address = f"/open-points/{point}/explain/"
    shown = accountant.post(address, {"explanation": " "}, follow=True).content.decode()
    assert "The explanation is empty." in shown
    answer = accountant.post(address, {"explanation": "They pay on Monday."}, follow=True)
    assert answer.redirect_chain[-1][0] == f"/close/{day}/"
    assert "They pay on Monday." in answer.content.decode()
    assert browser("dealer").post(address, {"explanation": "x"}).status_code == 403
    assert accountant.post(f"/open-points/{point}/forget/").status_code in (403, 404)
    assert accountant.get(address).status_code == 405


def test_a_failed_step_is_restarted(day: BusinessDay) -> None:
    step = NightStep.objects.get(name="valuation")
    accountant = browser("accountant")
    page = accountant.get(f"/close/{day}/").content.decode()
    assert "No rate of NOK." in page
    assert f"/night-steps/{step}/restart/" in page
    accountant.post(f"/night-steps/{step}/restart/", {"reason": "Loaded."})
    step.refresh_from_db()
    assert step.state == "PENDING"


def test_a_sealed_day_is_signed_off_by_the_manager(day: BusinessDay) -> None:
    seal_day(day_id=day.pk, at=AT)
    assert browser("accountant").post(f"/close/{day}/sign_off/").status_code == 403
    browser("manager").post(f"/close/{day}/sign_off/", {"reason": "Agreed."})
    day.refresh_from_db()
    assert day.state == "SIGNED_OFF"


def test_it_says_how_long_each_step_usually_takes(day: BusinessDay) -> None:
    """By the middle of the nights before: 10, 30 and 200 seconds; FINAL apart, and of later ones nothing."""
    earlier = []
    for number, took in enumerate((10, 30, 200), 1):
        past = BusinessDay.objects.create(
            entity=day.entity, day=date(2026, 11, 1 + number), cut_off_at=AT, final_from_at=AT, state="CLOSING"
        )  # fmt: skip
        for stage, seconds in (("FLASH", took), ("FINAL", 7)):
            night = Night.objects.create(
                day=past, entity=day.entity, stage=stage, state="COMPLETED", started_at=AT
            )
            NightStep.objects.create(
                night=night, entity=day.entity, name="valuation", position=9, state="DONE",
                started_at=AT, finished_at=AT + timedelta(seconds=seconds),
            )  # fmt: skip
            earlier.append(night)
    now = begin_night(day=day, stage="FINAL", steps=["valuation"], at=AT)
    assert usual_durations(now) == {"valuation": timedelta(seconds=7)}
    this = Night.objects.create(
        day=BusinessDay.objects.create(
            entity=day.entity, day=date(2026, 11, 10), cut_off_at=AT, final_from_at=AT, state="CLOSING"
        ),
        entity=day.entity, stage="FLASH", started_at=AT,
    )  # fmt: skip
    NightStep.objects.create(
        night=this, entity=day.entity, name="valuation", position=9, state="PENDING"
    )
    assert usual_durations(this) == {"valuation": timedelta(seconds=30)}
    shown = browser("accountant").get(f"/close/{this.day}/").content.decode()
    assert "30 s" in shown
    assert usual_durations(earlier[0]) == {}


class TestMonth:
    @pytest.fixture
    def november(self) -> BusinessPeriod:
        """A month of one day, the 30th; both are sealed, and the day is signed off."""
        BusinessDay.objects.all().delete()
        BusinessPeriod.objects.all().delete()
        entity = Entity.objects.get(code="RUS")
        day = open_day(entity_id=entity.pk, day=date(2026, 11, 30))
        cut_off_day(day_id=day.pk, at=AT)
        seal_day(day_id=day.pk, at=AT)
        manager = User.objects.get(username="manager")
        sign_off_days(ids=[day.pk], reason="", actor=manager, at=AT).raise_single()
        close_due_periods(at=AT)
        month = BusinessPeriod.objects.get(kind="MONTH", first_day=date(2026, 11, 1))
        steps = [step.name for step in NIGHT["MONTH"]]
        begin_night(day=day, stage="MONTH", steps=steps, at=AT)
        return seal_period(period_id=month.pk, at=AT)

    def test_is_listed_shown_and_signed_off_by_the_manager(self, november: BusinessPeriod) -> None:
        listed = browser("accountant").get("/close/periods/").content.decode()
        assert "2026-11" in listed
        assert f"/close/periods/{november}/" in listed
        page = browser("accountant").get(f"/close/periods/{november}/").content.decode()
        assert "November 2026" in page
        assert "Taken in by the bookkeeping, and in agreement" in page
        address = f"/close/periods/{november}/sign_off/"
        assert address not in page  # of an accountant
        assert browser("accountant").post(address).status_code == 403
        browser("manager").post(address, {"reason": "Agreed."})
        november.refresh_from_db()
        assert november.state == "SIGNED_OFF"

    def test_opens_again_with_its_day_which_says_so_first(self, november: BusinessPeriod) -> None:
        day = BusinessDay.objects.get(day=date(2026, 11, 30))
        accountant, manager = browser("accountant"), browser("manager")
        silent = accountant.post(f"/close/{day}/ask_reopen/", {"reason": " "}, follow=True)
        assert "The reason is empty." in silent.content.decode()
        accountant.post(f"/close/{day}/ask_reopen/", {"reason": "A fee was forgotten."})
        assert browser("accountant").post(f"/close/{day}/approve_reopen/").status_code == 403
        page = manager.get(f"/close/{day}/").content.decode()
        assert "What opens with it" in page
        assert f"/close/periods/{november}/" in page
        assert "A fee was forgotten." in page
        manager.post(f"/close/{day}/approve_reopen/", {"reason": ""})
        day.refresh_from_db()
        november.refresh_from_db()
        assert (day.state, day.round, november.state, november.round) == (
            "CLOSING",
            2,
            "CLOSING",
            2,
        )
        assert "this is round 2" in manager.get(f"/close/{day}/").content.decode()
