"""What people got done, counted from the log: held against tables that are written by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, transaction

from backoffice.access.models import User
from backoffice.desk.words import ITEM_TITLES
from backoffice.events.selectors import known_now
from backoffice.events.services import NewEvent, record_events
from backoffice.workflow.handling import (
    claim_items,
    hand_over_items,
    pause_items,
    resume_due_items,
    resume_items,
)
from backoffice.workflow.models import StatefulModel, WorkItem
from backoffice.workflow.services import close_items
from reporting.models import ReportRun
from reporting.productivity.counting import Asked, Line, items_of, of_person, of_teams
from reporting.productivity.undoing import UNDOES
from reporting.services import verify_run
from tests.reporting.running import rows_of, run_of
from tests.work.working import NOW, an_item, worker

TUESDAY = date(2026, 11, 24)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def anna() -> User:
    return worker("anna", "clerk")


def close(item: WorkItem, at: datetime) -> WorkItem:
    close_items(
        subject_type=item.subject_type, subject_ids=[item.subject_id], kinds=[item.kind], at=at
    )
    return item


def done(
    who: User, kind: str = "failing", *, after: timedelta = HOUR, took: timedelta = 10 * MINUTE,
    opened_at: datetime = NOW, **more: Any,
) -> WorkItem:  # fmt: skip
    """An item that somebody took, and was done with `after` it was opened, `took` after it was taken."""
    item = an_item(kind, opened_at=opened_at, **more)
    claim_items(ids=[item.pk], actor=who, at=opened_at + after - took)
    return close(item, opened_at + after)


def step(kind: str, item: WorkItem, at: datetime, by: User | None = None) -> None:
    event = NewEvent(kind=kind, subject_type=item.subject_type, subject_id=item.subject_id)
    record_events([event], actor_id=by.pk if by else None, at=at)


def asked(person: User | None = None, **more: Any) -> Asked:
    period: dict[str, Any] = {"first": TUESDAY, "last": TUESDAY} | more
    return Asked(person=person.pk if person else None, **period)


def whole(person: User, **more: Any) -> Line | None:
    return of_person(asked(person, **more), known=known_now()).whole


@pytest.mark.django_db
class TestOfPerson:
    def test_is_what_a_table_by_hand_says(self, anna: User) -> None:
        """
        kind     opened  done  deadline  taken   again
        failing  12:00   12:30  12:45    12:20   –
        failing  12:00   13:00  12:45    12:40   13:30
        failing  12:00   14:00  –        13:57   –
        failing  12:00   16:00  16:00    15:00   –
        failing  12:00   18:00  18:01    17:30   –
        repair   12:00   12:10  –        12:05   –
        """
        quarter = NOW + 45 * MINUTE
        done(anna, after=30 * MINUTE, took=10 * MINUTE, due_at=quarter)
        late = done(anna, after=HOUR, took=20 * MINUTE, due_at=quarter)
        done(anna, after=2 * HOUR, took=3 * MINUTE)
        done(anna, after=4 * HOUR, took=60 * MINUTE, due_at=NOW + 4 * HOUR)
        done(anna, after=6 * HOUR, took=30 * MINUTE, due_at=NOW + 6 * HOUR + MINUTE)
        done(anna, "repair", after=10 * MINUTE, took=5 * MINUTE)
        an_item(subject_id=late.subject_id, opened_at=NOW + 90 * MINUTE)

        found = of_person(asked(anna), known=known_now())

        failing, repair = found.kinds
        assert (failing.kind, failing.done, failing.reopened) == ("failing", 5, 1)
        assert failing.quality == Decimal("0.8")
        assert (failing.due, failing.inside, failing.in_time) == (4, 3, Decimal("0.75"))
        assert (failing.age, failing.oldest) == (2 * 3600, 6 * 3600)
        assert (failing.handled, failing.handling) == (5, 20 * 60)
        assert (repair.kind, repair.done, repair.in_time, repair.handling) == (
            "repair",
            1,
            None,
            None,
        )
        assert [(each.day, each.done) for each in found.days] == [(TUESDAY, 6)]
        assert found.whole is not None
        assert (found.whole.done, found.whole.reopened, found.whole.handled) == (6, 1, 6)

    def test_of_fewer_than_five_no_handling_is_told(self, anna: User) -> None:
        for _ in range(4):
            done(anna)
        assert (found := whole(anna))
        assert (found.handled, found.handling) == (4, None)
        done(anna)
        assert (found := whole(anna))
        assert (found.handled, found.handling) == (5, 600)

    def test_what_nobody_took_is_theirs_who_took_the_last_step(self, anna: User) -> None:
        item, alone = an_item(), an_item()
        step("settlement.enrich", item, NOW + MINUTE, by=anna)
        close(item, NOW + HOUR)
        step("settlement.settle", alone, NOW + MINUTE)
        close(alone, NOW + HOUR)
        step("settlement.hold", alone, NOW + 2 * HOUR, by=anna)  # not what ended it
        assert [each.id for each in items_of(asked(anna), known=known_now())] == [item.pk]

    def test_a_day_ends_by_the_clock_of_the_firm(self, anna: User) -> None:
        midnight = datetime(2026, 11, 24, 21, 0, tzinfo=NOW.tzinfo)  # in Moscow
        done(anna, opened_at=midnight - 2 * HOUR, after=2 * HOUR - MINUTE)
        done(anna, opened_at=midnight - 2 * HOUR, after=2 * HOUR)
        assert (found := whole(anna))
        assert found.done == 1
        assert (found := whole(anna, last=TUESDAY + DAY))
        assert found.done == 2

    def test_kinds_come_by_their_number_and_days_in_their_order(self, anna: User) -> None:
        for number, day in ((1, NOW), (3, NOW + DAY), (2, NOW + 2 * DAY)):
            for n in range(number):
                done(anna, "repair" if n else "failing", opened_at=day)
        found = of_person(asked(anna, last=TUESDAY + 2 * DAY), known=known_now())
        assert [each.done for each in found.days] == [1, 3, 2]
        assert [(each.kind, each.done) for each in found.kinds] == [("failing", 3), ("repair", 3)]
        done(anna, "repair")
        found = of_person(asked(anna, last=TUESDAY + 2 * DAY), known=known_now())
        assert [each.kind for each in found.kinds] == ["repair", "failing"]

    def test_a_kind_can_be_asked_for(self, anna: User) -> None:
        done(anna)
        done(anna, "repair")
        found = of_person(asked(anna, kind="repair"), known=known_now())
        assert [each.kind for each in found.kinds] == ["repair"]
        assert found.whole
        assert found.whole.done == 1


@pytest.mark.django_db
class TestReopened:
    def test_until_the_end_of_the_fifth_business_day(self, anna: User) -> None:
        """Done on Tuesday 24 November; the fifth business day after it is Tuesday 1 December.

        For what is done a day later, another day counts: each item has an end of its own.
        """
        last = datetime(2026, 12, 1, 20, 59, tzinfo=NOW.tzinfo)  # 23:59 in Moscow
        for at in (last, last + MINUTE):
            item = done(anna)
            an_item(subject_id=item.subject_id, opened_at=at)
        later = done(anna, opened_at=NOW + DAY)
        an_item(subject_id=later.subject_id, opened_at=last + MINUTE)
        found = items_of(asked(anna, last=TUESDAY + DAY), known=known_now())
        assert [each.reopened for each in found] == [True, False, True]

    def test_another_kind_of_work_about_the_same_thing_is_not(self, anna: User) -> None:
        item = done(anna)
        an_item("repair", subject_id=item.subject_id, opened_at=NOW + 2 * HOUR)
        assert (found := whole(anna))
        assert found.reopened == 0

    def test_what_was_open_before_is_not(self, anna: User) -> None:
        item = an_item(opened_at=NOW - DAY)
        close(item, NOW - HOUR)
        done(anna, subject_id=item.subject_id)
        assert (found := whole(anna))
        assert found.reopened == 0

    @pytest.mark.parametrize(
        ("kind", "event"), [(kind, event) for kind, events in UNDOES.items() for event in events]
    )
    def test_each_event_that_undoes_it_says_so_once(
        self, anna: User, kind: str, event: str
    ) -> None:
        undone, stands = done(anna, kind), done(anna, kind)
        step(event, undone, NOW + 3 * HOUR)
        step(event, undone, NOW + 4 * HOUR)
        step(event, stands, NOW + MINUTE)  # before it was done
        found = items_of(asked(anna), known=known_now())
        assert {each.id: (each.reopened, each.what) for each in found} == {
            undone.pk: (True, event), stands.pk: (False, ""),
        }  # fmt: skip

    def test_an_event_undoes_no_other_kind(self, anna: User) -> None:
        item = done(anna, "repair")
        step("businessday.reopen_with", item, NOW + 3 * HOUR)
        assert (found := whole(anna))
        assert found.reopened == 0


@pytest.mark.django_db
class TestHandled:
    def seconds(self, who: User) -> list[float | None]:
        return [each.seconds for each in items_of(asked(who), known=known_now())]

    def test_what_it_was_put_aside_does_not_count(self, anna: User) -> None:
        """Taken 12:00, aside 12:10 to 14:00, done 14:05: ten and five minutes."""
        item = an_item()
        claim_items(ids=[item.pk], actor=anna, at=NOW)
        aside = NOW + 10 * MINUTE
        pause_items(ids=[item.pk], reason="asked", until=NOW + DAY, actor=anna, at=aside)
        resume_items(ids=[item.pk], actor=anna, at=NOW + 2 * HOUR)
        close(item, NOW + 2 * HOUR + 5 * MINUTE)
        assert self.seconds(anna) == [15 * 60]

    def test_what_came_back_by_the_clock_nobody_took_up(self, anna: User) -> None:
        item = an_item()
        claim_items(ids=[item.pk], actor=anna, at=NOW)
        aside = NOW + 10 * MINUTE
        pause_items(ids=[item.pk], reason="asked", until=NOW + HOUR, actor=anna, at=aside)
        resume_due_items(at=NOW + HOUR)
        close(item, NOW + 2 * HOUR)
        assert self.seconds(anna) == [None]

    def test_what_was_handed_over_is_not_measured(self, anna: User) -> None:
        boris, item = worker("boris", "clerk"), an_item()
        claim_items(ids=[item.pk], actor=anna, at=NOW)
        hand_over_items(
            ids=[item.pk], to="@boris", actor=anna, at=NOW + MINUTE, sees=lambda _, ids: set(ids)
        )
        close(item, NOW + HOUR)
        assert self.seconds(anna) == []
        assert self.seconds(boris) == [None]

    def test_over_a_night_it_is_not_measured(self, anna: User) -> None:
        done(anna, after=13 * HOUR, took=12 * HOUR)
        found = items_of(asked(anna, last=TUESDAY + DAY), known=known_now())
        assert [each.seconds for each in found] == [None]


@pytest.mark.django_db
class TestOfTeams:
    def people(self, count: int) -> list[User]:
        return [worker(f"clerk-{n}", "clerk") for n in range(count)]

    def week(self) -> Any:
        week: Any = {"first": date(2026, 11, 23), "last": date(2026, 11, 29)}
        return of_teams(asked(**week), known=known_now())

    def test_of_fewer_than_three_people_nothing_is_told(self) -> None:
        one, two, three = self.people(3)
        for who in (one, one, two):
            done(who)
        assert self.week() == {}
        done(three)
        (found,) = self.week()["clerk"].kinds
        assert (found.kind, found.people, found.done) == ("failing", 3, 4)

    def test_kinds_of_too_few_stand_together_where_they_are_enough(self) -> None:
        """Kinds of one person each: three of them together are told as one, without a name."""
        people = self.people(3)
        for who, kind in zip(people, ("repair", "withdrawal", "election"), strict=True):
            done(who, kind)
            done(who)
        found = self.week()["clerk"]
        assert [(each.kind, each.people, each.done) for each in found.kinds] == [
            ("failing", 3, 3), ("", 3, 3),
        ]  # fmt: skip
        assert found.whole.done == 6

    def test_what_is_left_out_is_left_out_of_the_sum(self) -> None:
        people = self.people(3)
        for who in people:
            done(who)
        done(people[0], "repair")
        found = self.week()["clerk"]
        assert [each.kind for each in found.kinds] == ["failing"]
        assert (found.whole.done, [each.done for each in found.days]) == (3, [3])

    def test_each_week_has_enough_by_itself(self) -> None:
        """Else the difference of two answers would tell what one person did."""
        people = self.people(3)
        for who in people:
            done(who)
        done(people[0], opened_at=NOW + 7 * DAY)
        two: Any = {"first": date(2026, 11, 23), "last": date(2026, 12, 6)}
        found = of_teams(asked(**two), known=known_now())["clerk"]
        assert found.whole
        assert found.whole.done == 3


@pytest.mark.django_db
def test_what_is_done_is_a_fact(anna: User) -> None:
    item = done(anna)
    for change in (
        lambda rows: rows.update(owner=None, state="WAITING"),
        lambda rows: rows.update(closed_at=NOW),
        lambda rows: rows.delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(WorkItem.objects.filter(pk=item.pk))


@pytest.mark.usefixtures("own_database")
class TestReport:
    def asked_for(self) -> ReportRun:
        parameters = {"done_from": "2026-11-25", "done_until": "2026-11-25"}
        return run_of("productivity", by="manager", parameters=parameters)

    def test_tells_of_whole_weeks_of_no_person_and_can_be_proved_later(self) -> None:
        people = [worker(f"clerk-{n}", "clerk") for n in range(3)]
        kept = [done(who) for who in people]
        run = self.asked_for()
        first = [
            None, "2026-11-23", "clerk", "failing", "3", "3", "0", "1.0000", "0", "0", "60.0", "60.0", "3", None,
        ]  # fmt: skip
        assert rows_of(run) == [first]

        an_item(subject_id=kept[0].subject_id, opened_at=NOW + 2 * HOUR)
        done(people[0])

        assert verify_run(run).equal
        (later,) = rows_of(self.asked_for())
        assert later[4:8] == ["3", "4", "1", "0.7500"]


@pytest.mark.parametrize(
    ("kind", "event"), [(kind, event) for kind, events in UNDOES.items() for event in events]
)
def test_what_undoes_work_is_a_step_that_there_is(kind: str, event: str) -> None:
    subject, _, name = event.partition(".")
    steps = {
        (lifecycle.subject, step)
        for model in apps.get_models() if issubclass(model, StatefulModel)
        for lifecycle in model.lifecycles
        for step in lifecycle.transitions
    }  # fmt: skip
    assert kind in ITEM_TITLES
    assert (subject, name) in steps
