"""Nights: when they begin, what a step leaves, how one that broke goes on, who may sign off."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.access.models import User
from backoffice.kernel.lifecycle import OtherEyesRequired
from backoffice.night import NIGHT
from ledger.days import (
    EarlierDayOpen,
    NoSchedule,
    cut_off_day,
    days_past_cut_off,
    open_day,
    seal_day,
    sign_off_days,
)
from ledger.models import BusinessDay, DaySchedule, Night, OpenPoint
from ledger.nights import begin_night, break_off_step, complete_step, restart_steps, start_step
from ledger.points import ExplanationMissing, FoundPoint, explain_points, list_points
from ledger.services import PeriodClosed, effective_dates, require_open_days
from ledger.state import DayState
from refdata.models import Entity

pytestmark = pytest.mark.django_db

MOSCOW = ZoneInfo("Europe/Moscow")
FRIDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)


@pytest.fixture
def entity() -> Entity:
    return Entity.objects.get(code="RUS")


@pytest.fixture
def friday(entity: Entity) -> BusinessDay:
    BusinessDay.objects.all().delete()
    return open_day(entity_id=entity.pk, day=FRIDAY)


def user(name: str) -> User:
    return User.objects.get(username=name)


def moscow(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=MOSCOW)


class TestOpenDay:
    def test_knows_its_cut_off_in_the_entitys_own_time(self, friday: BusinessDay) -> None:
        assert friday.cut_off_at == moscow(FRIDAY, 19)

    def test_once(self, friday: BusinessDay, entity: Entity) -> None:
        assert open_day(entity_id=entity.pk, day=FRIDAY).pk == friday.pk

    def test_needs_a_schedule_in_force(self, entity: Entity) -> None:
        DaySchedule.objects.filter(entity=entity).update(valid_from=MONDAY)
        with pytest.raises(NoSchedule):
            open_day(entity_id=entity.pk, day=FRIDAY)


class TestCutOffDay:
    def test_is_due_from_the_cut_off_on(self, friday: BusinessDay) -> None:
        assert days_past_cut_off(moscow(FRIDAY, 18, 59)) == []
        assert days_past_cut_off(moscow(FRIDAY, 19)) == [friday]

    def test_opens_the_next_business_day(self, friday: BusinessDay) -> None:
        following = cut_off_day(day_id=friday.pk, at=moscow(FRIDAY, 19))
        friday.refresh_from_db()
        assert (friday.state, following.day, following.state) == ("CLOSING", MONDAY, "OPEN")

    def test_twice_does_nothing_twice(self, friday: BusinessDay) -> None:
        first = cut_off_day(day_id=friday.pk, at=moscow(FRIDAY, 19))
        assert cut_off_day(day_id=friday.pk, at=moscow(FRIDAY, 20)).pk == first.pk

    def test_the_next_day_waits_for_the_flash_of_the_day_before(self, friday: BusinessDay) -> None:
        monday = cut_off_day(day_id=friday.pk, at=moscow(FRIDAY, 19))
        night = begin_night(day=friday, stage="FLASH", steps=["one"], at=moscow(FRIDAY, 19))
        late = moscow(MONDAY, 20)
        assert days_past_cut_off(late) == []
        (step,) = night.steps.all()
        start_step(step, at=late)
        complete_step(step, at=late)
        assert days_past_cut_off(late) == [monday]


class TestSealDay:
    def closing(self, friday: BusinessDay) -> BusinessDay:
        cut_off_day(day_id=friday.pk, at=moscow(FRIDAY, 19))
        return friday

    def test_takes_no_entry_on_it_or_before(self, friday: BusinessDay, entity: Entity) -> None:
        before = FRIDAY - timedelta(days=400)
        require_open_days({(entity.pk, FRIDAY), (entity.pk, before)})
        seal_day(day_id=self.closing(friday).pk, at=moscow(FRIDAY, 23))
        for day in (FRIDAY, before):
            with pytest.raises(PeriodClosed):
                require_open_days({(entity.pk, day)})
        require_open_days({(entity.pk, FRIDAY + timedelta(days=1))})

    def test_late_entries_go_to_the_oldest_open_day(
        self, friday: BusinessDay, entity: Entity
    ) -> None:
        seal_day(day_id=self.closing(friday).pk, at=moscow(FRIDAY, 23))
        late, open_one = (entity.pk, date(2025, 1, 1)), (entity.pk, MONDAY)
        assert effective_dates({late, open_one}) == {late: MONDAY, open_one: MONDAY}

    def test_names_the_last_numbered_event(self, friday: BusinessDay) -> None:
        sealed = seal_day(day_id=self.closing(friday).pk, at=moscow(FRIDAY, 23))
        assert sealed.sealed_number is not None
        assert len(sealed.sealed_hash) == 64

    def test_not_before_the_day_before_it(self, friday: BusinessDay) -> None:
        monday = cut_off_day(day_id=friday.pk, at=moscow(FRIDAY, 19))
        cut_off_day(day_id=monday.pk, at=moscow(MONDAY, 19))
        with pytest.raises(EarlierDayOpen):
            seal_day(day_id=monday.pk, at=moscow(MONDAY, 23))

    def test_the_database_knows_no_closed_day_without_its_seal(self, friday: BusinessDay) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            BusinessDay.objects.filter(pk=friday.pk).update(state=DayState.CLOSED)


class TestStep:
    @pytest.fixture
    def night(self, friday: BusinessDay) -> Night:
        return begin_night(day=friday, stage="FLASH", steps=["one", "two"], at=moscow(FRIDAY, 19))

    def test_a_night_begins_once(self, night: Night) -> None:
        again = begin_night(day=night.day, stage="FLASH", steps=["other"], at=moscow(FRIDAY, 20))
        assert again.pk == night.pk
        assert list(night.steps.order_by("position").values_list("name", flat=True)) == [
            "one",
            "two",
        ]

    def test_the_last_one_completes_the_night(self, night: Night) -> None:
        for step in night.steps.order_by("position"):
            night.refresh_from_db()
            assert night.state == "RUNNING"
            start_step(step, at=moscow(FRIDAY, 19))
            complete_step(step, at=moscow(FRIDAY, 19, 5))
        night.refresh_from_db()
        assert night.state == "COMPLETED"
        assert night.finished_at == moscow(FRIDAY, 19, 5)

    def test_that_breaks_says_why_and_goes_on_after_a_restart(self, night: Night) -> None:
        step = night.steps.get(name="one")
        start_step(step, at=moscow(FRIDAY, 19))
        break_off_step(step, error="no rate of USD", at=moscow(FRIDAY, 19, 1))
        step.refresh_from_db()
        night.refresh_from_db()
        assert (night.state, step.state, step.error) == ("BROKEN", "FAILED", "no rate of USD")
        restart_steps(
            ids=[step.pk],
            reason="Rates are loaded.",
            actor=user("accountant"),
            at=moscow(FRIDAY, 20),
        ).raise_single()
        night.refresh_from_db()
        step.refresh_from_db()
        assert (night.state, step.state, step.attempts) == ("RUNNING", "PENDING", 1)
        start_step(step, at=moscow(FRIDAY, 20))
        assert (step.attempts, step.error) == (2, "")


class TestOpenPoints:
    POINT = FoundPoint("failing", "Demo Bank One", 3, Decimal("100.0000"), "RUB")

    def listed(self, friday: BusinessDay, *found: FoundPoint) -> list[tuple[Any, ...]]:
        list_points(friday, found, at=moscow(FRIDAY, 20))
        rows = OpenPoint.objects.filter(day=friday).order_by("id")
        return list(rows.values_list("state", "count", "explanation"))

    def explain(self, friday: BusinessDay, words: str = "They pay on Monday.") -> None:
        ids = list(OpenPoint.objects.filter(day=friday).values_list("id", flat=True))
        explain_points(
            ids=ids, explanation=words, actor=user("clerk"), at=moscow(FRIDAY, 21)
        ).raise_single()

    def test_is_open_until_explained(self, friday: BusinessDay) -> None:
        assert self.listed(friday, self.POINT) == [("OPEN", 3, "")]
        self.explain(friday)
        assert self.listed(friday, self.POINT) == [("EXPLAINED", 3, "They pay on Monday.")]

    def test_with_other_figures_is_open_again(self, friday: BusinessDay) -> None:
        self.listed(friday, self.POINT)
        self.explain(friday)
        assert self.listed(friday, replace(self.POINT, count=4)) == [("OPEN", 4, "")]

    def test_not_found_any_more_is_gone_and_may_recur(self, friday: BusinessDay) -> None:
        self.listed(friday, self.POINT)
        assert self.listed(friday) == [("GONE", 3, "")]
        assert self.listed(friday, self.POINT) == [("OPEN", 3, "")]

    def test_is_not_explained_by_silence(self, friday: BusinessDay) -> None:
        self.listed(friday, self.POINT)
        with pytest.raises(ExplanationMissing):
            self.explain(friday, "  ")
        with pytest.raises(IntegrityError), transaction.atomic():
            OpenPoint.objects.filter(day=friday).update(state="EXPLAINED")


class TestSignOffDay:
    def sealed(self, friday: BusinessDay) -> BusinessDay:
        cut_off_day(day_id=friday.pk, at=moscow(FRIDAY, 19))
        list_points(friday, [TestOpenPoints.POINT], at=moscow(FRIDAY, 20))
        explain_points(
            ids=[OpenPoint.objects.get(day=friday).pk], explanation="Late by a day.",
            actor=user("manager"), at=moscow(FRIDAY, 21),
        ).raise_single()  # fmt: skip
        return seal_day(day_id=friday.pk, at=moscow(FRIDAY, 22))

    def sign_off(self, friday: BusinessDay, name: str) -> None:
        sign_off_days(
            ids=[friday.pk], reason="", actor=user(name), at=moscow(FRIDAY, 23)
        ).raise_single()

    def test_by_other_eyes_than_those_that_explained(self, friday: BusinessDay) -> None:
        self.sealed(friday)
        with pytest.raises(OtherEyesRequired):
            self.sign_off(friday, "manager")
        self.sign_off(friday, "accountant")
        friday.refresh_from_db()
        assert friday.state == "SIGNED_OFF"

    def test_not_by_who_restarted_a_step(self, friday: BusinessDay) -> None:
        night = begin_night(day=friday, stage="FLASH", steps=["one"], at=moscow(FRIDAY, 19))
        (step,) = night.steps.all()
        start_step(step, at=moscow(FRIDAY, 19))
        break_off_step(step, error="x", at=moscow(FRIDAY, 19))
        restart_steps(
            ids=[step.pk], reason="", actor=user("accountant"), at=moscow(FRIDAY, 20)
        ).raise_single()
        self.sealed(friday)
        with pytest.raises(OtherEyesRequired):
            self.sign_off(friday, "accountant")


class TestNight:
    def test_every_step_waits_only_for_steps_before_it(self) -> None:
        for steps in NIGHT.values():
            names = [step.name for step in steps]
            assert len(set(names)) == len(names)
            for number, step in enumerate(steps):
                assert set(step.after) <= set(names[:number])


def test_what_was_valued_is_a_fact(friday: BusinessDay) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'ledger_valuation'::regclass"
            " AND NOT tgisinternal"
        )
        assert cursor.fetchall() == [("valuation_is_a_fact",)]
