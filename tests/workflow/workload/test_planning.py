"""Rosters, stored forecasts, what they mean for people, and how they turn out; on pages and over REST."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Event, Watermark
from backoffice.simulation.history.drawing import draw
from backoffice.simulation.history.judging import counts_of
from backoffice.simulation.history.worlds import DEVELOPMENT
from backoffice.simulation.history.writing import write
from backoffice.work.comparing import compared
from backoffice.work.outlook import outlook
from backoffice.work.workload import MORNING_FROM, make_forecast, make_morning_forecast
from backoffice.workflow.models import Absence, Forecast, ForecastFigure, Roster
from backoffice.workflow.services import NewItem, open_items
from backoffice.workflow.workload import selectors
from backoffice.workflow.workload.forecasting import DAYS_AHEAD
from backoffice.workflow.workload.remedies import Remedy
from backoffice.workflow.workload.services import (
    AbsenceBackwards,
    AbsenceTakenBack,
    QueueNotHeld,
    WrongHours,
    keep_roster,
    note_absence,
    take_back_absence,
)
from backoffice.workflow.workload.state import Occasion
from refdata.firm_days import FIRM_ZONE, firm_day
from tests.following import until_known
from tests.workflow.workload.test_known import business_days

NOW = datetime(2026, 11, 23, 9, tzinfo=FIRM_ZONE)
FULL = [Decimal(8)] * 5 + [Decimal(0)] * 2


def person(name: str) -> User:
    return User.objects.get(username=name)


def rostered(name: str, queue: str, **more: Any) -> Roster:
    given: dict[str, Any] = {
        "user": person(name), "queue": queue, "hours": FULL, "starts": time(9),
        "valid_from": date(2026, 1, 1), "actor": person("manager"), "at": NOW,
    }  # fmt: skip
    return keep_roster(**given | more)


def away(first: date, last: date) -> Absence:
    return note_absence(
        user=person("clerk"), kind="ILLNESS", first_date=first, last_date=last, actor=person("manager"), at=NOW
    )  # fmt: skip


@pytest.mark.django_db
class TestKeeping:
    def test_of_two_weeks_from_the_same_day_the_last_holds(self) -> None:
        rostered("clerk", "clerk")
        rostered("clerk", "clerk", hours=[Decimal(4)] * 7)
        (held,) = selectors.rosters()
        assert held.hours == [Decimal(4)] * 7
        (found,) = selectors.people(since=NOW.date())
        assert found.hours_on(date(2026, 11, 23), "clerk") == 4

    def test_a_queue_is_for_those_who_hold_its_role(self) -> None:
        with pytest.raises(QueueNotHeld):
            rostered("clerk", "checker")
        rostered("clerk", "checker", hours=[Decimal(0)] * 7)  # who works here no more

    @pytest.mark.parametrize(
        "hours", [[8] * 6, [8] * 8, [25, 0, 0, 0, 0, 0, 0], [-1, 0, 0, 0, 0, 0, 0]]
    )
    def test_a_week_has_seven_days_of_at_most_24_hours(self, hours: list[int]) -> None:
        with pytest.raises(WrongHours):
            rostered("clerk", "clerk", hours=[Decimal(each) for each in hours])
        with pytest.raises(IntegrityError), transaction.atomic():
            Roster.objects.create(
                user=person("clerk"), queue="clerk", hours=hours, starts=time(9), valid_from=NOW.date(),
                kept_by=person("manager"),
            )  # fmt: skip

    def test_an_absence_is_taken_back_once(self) -> None:
        row = away(date(2026, 11, 23), date(2026, 11, 24))
        assert [each.pk for each in selectors.absences(since=date(2026, 11, 24))] == [row.pk]
        assert list(selectors.absences(since=date(2026, 11, 25))) == []
        undone = take_back_absence(id=row.pk, actor=person("manager"), at=NOW)
        assert list(selectors.absences(since=date(2026, 11, 1))) == []
        for id in (row.pk, undone.pk):
            with pytest.raises(AbsenceTakenBack):
                take_back_absence(id=id, actor=person("manager"), at=NOW)

    def test_no_absence_ends_before_it_begins(self) -> None:
        with pytest.raises(AbsenceBackwards):
            away(date(2026, 11, 24), date(2026, 11, 23))

    def test_why_somebody_is_away_is_not_in_the_feed(self) -> None:
        away(date(2026, 11, 24), date(2026, 11, 24))
        event = Event.objects.latest("id")
        assert (event.kind, event.facts) == ("absence.note", {"user": "clerk"})

    def test_nothing_of_it_is_edited(self) -> None:
        rostered("clerk", "clerk")
        away(date(2026, 11, 24), date(2026, 11, 24))
        for table in ("workflow_roster", "workflow_absence"):
            for change in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
                with (
                    pytest.raises(DatabaseError),
                    transaction.atomic(),
                    connection.cursor() as cursor,
                ):
                    cursor.execute(change)


def failing(count: int, *, due_at: datetime | None, opened_at: datetime) -> None:
    items = [
        NewItem(
            kind="failing", queue="clerk", subject_type="settlement", subject_id=n, due_at=due_at
        )
        for n in range(1, count + 1)
    ]
    open_items(items, at=opened_at)


@pytest.mark.usefixtures("own_database")
class TestOutlook:
    def made(self, at: datetime) -> Forecast:
        until_known()
        return make_forecast(occasion=Occasion.ASKED, actor=person("manager"), at=timezone.now())

    def test_what_nobody_can_do_in_time_is_told_with_what_to_do(self) -> None:
        at = timezone.now()
        forecast = self.made(at)
        assert forecast.figures.count() == 0, "without a history nothing is expected"
        # 26 fails of 18 minutes by tomorrow evening; a clerk does 18.33 a day.
        evening = datetime.combine(forecast.day, time.max, tzinfo=FIRM_ZONE)
        failing(26, due_at=evening, opened_at=at)
        (alone,) = outlook(forecast, at=at) or []
        assert (alone.queue, alone.waiting, alone.ages[0], alone.inside) == (
            "clerk",
            26,
            26,
            Decimal(1),
        )
        assert alone.days[0].evening.late == 26
        assert alone.remedy is not None
        assert (alone.remedy.remedy, alone.remedy.people) == (Remedy.PEOPLE, 2)

        rostered("clerk", "clerk", hours=[Decimal(8)] * 7)
        (staffed,) = outlook(forecast, at=at) or []
        first = staffed.days[0]
        assert (first.present, first.hours, first.needed) == (1, Decimal("5.5"), 1)
        assert round(first.evening.late, 1) == Decimal("7.7")  # 26 less 18.33
        assert staffed.remedy is not None
        assert staffed.remedy.remedy == Remedy.PEOPLE  # 2.3 hours: more than two earlier

        failing_less = outlook_of(forecast, at, done=3)
        assert failing_less.remedy is not None
        assert failing_less.remedy.remedy == Remedy.EARLIER
        assert round(failing_less.remedy.hours, 2) == Decimal("1.40")  # 4.67 fails

    def test_who_is_away_does_nothing(self) -> None:
        at = timezone.now()
        forecast = self.made(at)
        failing(1, due_at=None, opened_at=at)
        rostered("clerk", "clerk", hours=[Decimal(8)] * 7)
        away(forecast.day, forecast.day)
        (queue,) = outlook(forecast, at=at) or []
        assert [each.present for each in queue.days[:2]] == [0, 1]


def outlook_of(forecast: Forecast, at: datetime, *, done: int) -> Any:
    from backoffice.workflow.services import close_items

    close_items(
        subject_type="settlement", subject_ids=list(range(1, done + 1)), kinds=["failing"], at=at
    )
    (queue,) = outlook(forecast, at=at) or []
    return queue


@pytest.mark.usefixtures("own_database")
class TestForecasts:
    def test_the_morning_is_said_once_and_held_against_what_came(self) -> None:
        dates = business_days(100)
        days = draw(DEVELOPMENT, seed=5, dates=dates[:90])
        write(days, name="plan", zone=FIRM_ZONE, after=dates[90:])
        for day in dates[80:85]:
            at = datetime.combine(day, time(7), tzinfo=FIRM_ZONE)
            row = make_morning_forecast(at=at)
            assert row is not None
            assert (row.day, row.mornings) == (day, dates.index(day) - 1)
            assert make_morning_forecast(at=at + timedelta(hours=1)) is None
        with pytest.raises(IntegrityError), transaction.atomic():
            make_forecast(occasion=Occasion.MORNING, actor=None, at=at)

        later = datetime.combine(dates[89], time(7), tzinfo=FIRM_ZONE)
        held = compared(at=later)
        assert held is not None
        came = counts_of(days)
        total = {day: sum(each[day] for each in came.values()) for day in dates[80:85]}
        assert [(day, items) for day, _, items in held.days] == sorted(total.items())
        assert held.whole.ours < held.whole.naive
        assert [each.days > 0 for each in held.ahead] == [n < 9 for n in range(DAYS_AHEAD)]
        # What is recorded since changes nothing of what was said.
        said = list(ForecastFigure.objects.order_by("id").values_list("expected", flat=True))
        failing(50, due_at=None, opened_at=at)
        assert (
            list(ForecastFigure.objects.order_by("id").values_list("expected", flat=True)) == said
        )

    def test_half_hours_add_up_to_the_day(self) -> None:
        dates = business_days(100)
        days = draw(DEVELOPMENT, seed=6, dates=dates[:75])
        write(days[:70], name="halves", zone=FIRM_ZONE, after=dates[70:])
        at = datetime.combine(dates[70], time(7), tzinfo=FIRM_ZONE)
        row = make_forecast(occasion=Occasion.ASKED, actor=None, at=at)
        figures = row.figures.filter(queue="clerk", day=dates[70])
        whole = figures.get(kind="", half_hour=None).expected
        halves = sum((each.expected for each in figures.exclude(half_hour=None)), Decimal(0))
        assert whole > 20
        assert abs(whole - halves) < Decimal("0.5")
        assert figures.get(half_hour=38).expected > 3  # what is unconfirmed at seven
        assert figures.get(half_hour=6).expected == 0  # at three in the night

    def test_not_before_it_is_morning_nor_on_a_day_off(self) -> None:
        dates = business_days(20)
        write(
            draw(DEVELOPMENT, seed=5, dates=dates[:8]), name="off", zone=FIRM_ZONE, after=dates[8:]
        )
        day = dates[7]
        early = datetime.combine(day, MORNING_FROM, tzinfo=FIRM_ZONE) - timedelta(seconds=1)
        assert make_morning_forecast(at=early) is None
        sunday = day + timedelta(days=6 - day.weekday())
        assert make_morning_forecast(at=datetime.combine(sunday, time(9), tzinfo=FIRM_ZONE)) is None
        assert make_morning_forecast(at=early + timedelta(seconds=1)) is not None


@pytest.mark.usefixtures("own_database")
class TestPages:
    def test_a_manager_makes_one_and_reads_what_it_means(self, api: Any) -> None:
        until_known()
        client = Client()
        client.force_login(person("manager"))
        empty = client.get("/workload/forecast/")
        assert "No forecast yet" in empty.content.decode()
        rostered("clerk", "clerk", hours=[Decimal(8)] * 7)
        open_late = datetime.combine(
            firm_day(timezone.now()) + timedelta(1), time(23), tzinfo=FIRM_ZONE
        )
        failing(60, due_at=open_late, opened_at=timezone.now())
        client.post("/workload/forecast/make/")
        page = client.get("/workload/forecast/").content.decode()
        assert 'id="queue-clerk"' in page
        assert "60 wait now" in page
        assert 'data-remedy="clerk"' in page
        assert Watermark.objects.exists()

    def test_rosters_and_absences_are_kept_on_their_page(self) -> None:
        client = Client()
        client.force_login(person("manager"))
        day = firm_day(timezone.now()).isoformat()
        client.post(
            "/workload/people/roster/",
            {"user": "clerk", "queue": "clerk", "starts": "09:00", "valid_from": day,
             "hours": ["8", "8", "8", "8", "7,5", "", ""]},
        )  # fmt: skip
        assert Roster.objects.get().hours[4:] == [Decimal("7.5"), Decimal(0), Decimal(0)]
        client.post(
            "/workload/people/absence/",
            {"user": "clerk", "kind": "HOLIDAY", "first_date": day, "last_date": day},
        )
        row = Absence.objects.get()
        assert f'id="{row}"' in client.get("/workload/people/").content.decode()
        client.post("/workload/people/back/", {"absence": str(row)})
        assert f'id="{row}"' not in client.get("/workload/people/").content.decode()

    def test_rest_says_the_same(self, api: Any) -> None:
        manager = api("manager")
        assert manager.get("/workload-forecast/").json() == {"forecast": None}
        until_known()
        day = firm_day(timezone.now()).isoformat()
        body = {
            "user": "clerk", "queue": "clerk", "starts": "09:00", "valid_from": day, "hours": ["8"] * 7,
        }  # fmt: skip
        assert manager.post("/rosters/", body).status_code == 201
        refused = manager.post("/rosters/", body | {"queue": "checker"})
        assert (refused.status_code, refused.json()["code"]) == (409, "queue-not-held")
        failing(5, due_at=None, opened_at=timezone.now())
        made = manager.post("/workload-forecast/", {})
        assert made.status_code == 201
        (queue,) = made.json()["forecast"]["queues"]
        assert (queue["queue"], queue["waiting"], queue["days"][0]["hours"]) == ("clerk", 5, "5.50")
        assert queue["handling"] == [{"kind": "failing", "seconds": 1080, "measured": 0}]
        last = manager.get("/workload-forecast/").json()["forecast"]
        assert last["reference"] == made.json()["forecast"]["reference"]
        assert manager.get("/workload-comparison/").json()["whole"] is None
        assert api("clerk").get("/workload-forecast/").status_code == 403
