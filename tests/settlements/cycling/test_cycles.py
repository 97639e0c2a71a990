"""Settlement cycles by the clock of a place: each once, after an outage the last one, and the last of a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.business_days import BusinessDays
from ledger.models import BusinessDay
from refdata.models import DatedRule, Place
from refdata.selectors import forget_reference_data
from settlements.cycling.kinds import Asked, Cycles, Found, found_by, is_last, moments_of
from settlements.cycling.selectors import last_places, next_cycles
from settlements.cycling.services import start_due_cycles
from settlements.models import RunCycle, SettlementRun
from settlements.tasks import continue_runs
from tests.dying import die_at
from tests.flows.queue import DUE, House
from tests.pages.test_pages import browser
from tests.settlements.fails.stage import put_in_force

RULE = Cycles(zone="Europe/Moscow", at=("10:00", "13:00", "16:30"))


def at(hour: int, minute: int = 0, day: date = DUE) -> datetime:
    """That time in Moscow, told in UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=3)


class TestSchedules:
    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            (Asked(at(9, 59)), Found("", False)),
            (Asked(at(10)), Found("10:00", False)),
            (Asked(at(12, 59)), Found("10:00", False)),
            (Asked(at(13)), Found("13:00", False)),
            (Asked(at(16, 29)), Found("13:00", False)),
            (Asked(at(16, 30)), Found("16:30", True)),
            (Asked(at(23, 59)), Found("16:30", True)),
            (Asked(at(13), until="16:30"), Found("13:00", False)),
            (Asked(at(13), until="16:29"), Found("13:00", True)),
            (Asked(at(12), until="13:00"), Found("10:00", False)),
            (Asked(at(12), until="12:59"), Found("10:00", True)),
            (Asked(at(11, day=date(2026, 11, 28))), Found("", True)),
        ],
    )
    def test_what_is_due_and_which_is_the_last(self, asked: Asked, expected: Found) -> None:
        assert found_by(RULE, asked) == expected

    @pytest.mark.parametrize(
        "more",
        [{"zone": "Europe/Nowhere"}, {"at": ("13:00", "10:00")}, {"at": ("10:00", "10:00")}],
    )
    def test_a_zone_and_times_in_order_are_asked_for(self, more: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=r"zone is not|early to late"):
            Cycles(**({"zone": "Europe/Moscow", "at": ("10:00",)} | more))

    def test_a_closed_day_of_the_calendar_has_none(self) -> None:
        closed = BusinessDays("X", {DUE: False})
        assert moments_of(RULE, DUE, closed) == []
        assert moments_of(RULE, DUE + timedelta(days=1), closed)[0] == at(10) + timedelta(days=1)

    def test_summer_time_is_the_place_s(self) -> None:
        berlin = Cycles(zone="Europe/Berlin", at=("10:00",))
        winter, summer = (
            moments_of(berlin, day, BusinessDays("X", {}))[0].astimezone(UTC).hour
            for day in (date(2026, 3, 27), date(2026, 3, 30))
        )
        assert (winter, summer) == (9, 8)

    def test_nothing_follows_where_there_is_nothing(self) -> None:
        assert is_last([], at(10), None)


class TestCycles:
    @pytest.fixture(autouse=True)
    def _open_day(self, own_database: None) -> None:
        entity = House(0).entity
        BusinessDay.objects.all().delete()
        BusinessDay.objects.create(entity=entity, day=DUE, state="OPEN")
        DatedRule.objects.filter(kind="settle.cycles").update(
            state="WITHDRAWN"
        )  # the demonstration's
        forget_reference_data()

    def scheduled(self, key: str = "HOUSE", **more: Any) -> None:
        value = {"zone": "Europe/Moscow", "at": ["10:00", "13:00", "16:30"]}
        put_in_force("settle.cycles", key, value | more)

    def runs(self) -> list[tuple[str, list[datetime]]]:
        rows = SettlementRun.objects.order_by("pk").prefetch_related("cycles")
        return [
            (row.place.code if row.place else "", sorted(c.due_at for c in row.cycles.all()))
            for row in rows
        ]

    def test_each_that_is_due_is_a_run_once_and_what_was_missed_goes_with_the_last(
        self, api: Any
    ) -> None:
        self.scheduled()
        assert start_due_cycles(at=at(9, 59)) == []
        (first,) = start_due_cycles(at=at(10, 1))
        assert start_due_cycles(at=at(10, 2)) == []
        assert (first.business_date, first.mode, first.objective) == (DUE, "BOTH", "PRIORITY")
        (second,) = start_due_cycles(at=at(17))  # nobody looked since
        assert self.runs() == [("HOUSE", [at(10)]), ("HOUSE", [at(13), at(16, 30)])]
        assert start_due_cycles(at=at(23)) == []
        listed = api("clerk").get("/settlement-cycles/?place=HOUSE").json()["results"]
        assert [each["run"] for each in listed] == [str(second), str(second), str(first)]
        document = api("clerk").get(f"/settlement-runs/{second}/").json()
        assert document["place"] == "HOUSE"
        assert document["cycle"]["reference"] == listed[0]["reference"]
        page = browser("clerk").get(f"/runs/{second}/").content.decode()
        assert "HOUSE · cycle of 24 Nov 2026 16:30 (Europe/Moscow)" in page
        assert (
            "HOUSE · 24 Nov 2026 16:30 (Europe/Moscow)"
            in browser("clerk").get("/runs/").content.decode()
        )
        with pytest.raises(Exception, match="fact"), transaction.atomic():
            RunCycle.objects.all().delete()

    def test_a_person_asks_for_a_run_of_one_place_on_the_page(self) -> None:
        typed = {"business_date": DUE.isoformat(), "place": "HOUSE", "entity": "RUS"}
        answer = browser("clerk").post("/runs/", typed)
        assert answer.status_code == 302
        run = SettlementRun.objects.latest("pk")
        assert (run.place.code if run.place else None, answer["Location"]) == (
            "HOUSE",
            f"/runs/{run}/",
        )
        wrong = browser("clerk").post("/runs/", typed | {"place": "NOWHERE"}, follow=True)
        assert b'role="alert"' in wrong.content
        assert SettlementRun.objects.latest("pk") == run

    def test_a_day_that_is_closed_or_of_nobody_has_no_cycle(self) -> None:
        self.scheduled()
        BusinessDay.objects.update(state="CLOSED", sealed_number=1)
        assert start_due_cycles(at=at(11)) == []
        BusinessDay.objects.update(state="CLOSING")
        assert start_due_cycles(at=at(11, day=date(2026, 11, 28))) == []
        assert len(start_due_cycles(at=at(11))) == 1

    def test_the_firm_s_own_schedule_is_for_all_places_by_its_mode(self) -> None:
        self.scheduled("", mode="SETTLE")
        self.scheduled("NSD", at=["12:00"])
        assert [(str(each.place or ""), each.mode) for each in start_due_cycles(at=at(12))] == [
            ("", "SETTLE"), ("NSD", "BOTH"),
        ]  # fmt: skip
        assert [(each.place, each.due_at) for each in next_cycles(at(12, 30))] == [("", at(13))]

    def test_two_that_look_at_once_start_it_once(self) -> None:
        self.scheduled()
        gate, found = Barrier(2), []

        def look() -> None:
            gate.wait()
            found.extend(start_due_cycles(at=at(10, 1)))
            connection.close()

        threads = [Thread(target=look) for _ in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert len(found) == SettlementRun.objects.count() == RunCycle.objects.count() == 1
        row = RunCycle.objects.get()
        with pytest.raises(IntegrityError, match="runcycle_once"), transaction.atomic():
            RunCycle.objects.create(
                entity=row.entity, place=row.place, business_date=row.business_date,
                due_at=row.due_at, rule="RL-0", run=row.run,
            )  # fmt: skip

    def test_what_was_due_before_its_schedule_was_put_in_force_is_not_caught_up(self) -> None:
        self.scheduled()
        rule = DatedRule.objects.get(kind="settle.cycles", state="IN_FORCE")
        event = NewEvent(
            kind="rule.activate", subject_type="rule", subject_id=rule.pk, entity_id=None,
            target="IN_FORCE",
        )  # fmt: skip
        record_events(
            [event], actor_id=None, at=at(12)
        )  # by the clock of the database: later than DUE
        later = date(2099, 11, 24)
        BusinessDay.objects.create(entity=BusinessDay.objects.get().entity, day=later, state="OPEN")
        assert start_due_cycles(at=at(12, 30)) == []
        assert len(start_due_cycles(at=at(12, 30, day=later))) == 1

    def test_who_dies_after_asking_has_asked_for_nothing(
        self, settings: Any, tmp_path: Any
    ) -> None:
        settings.VAR_DIR = tmp_path
        self.scheduled()
        die_at("cycle.asked", _look)
        assert not SettlementRun.objects.exists()
        assert len(start_due_cycles(at=at(10, 2))) == 1

    def test_a_run_of_a_place_looks_at_it_and_at_what_is_linked_with_that(self, api: Any) -> None:
        house = House(2)
        other = Place.objects.create(
            code="HOUSE2", name="Other books", finality="INTERNAL", matching="AUTO",
            calendar=house.place.calendar,
        )  # fmt: skip
        here = house.put(0, 1, 0, 10, 100)
        tied, apart = (house.put(0, 1, 1, 5, 50, place=other) for _ in range(2))
        api("clerk").post(f"/settlements/{here}/links/", {"other": str(tied), "kind": "WITH"})
        self.scheduled()
        (run,) = start_due_cycles(at=at(10, 1))
        continue_runs()
        run.refresh_from_db()
        looked = set(run.decisions.values_list("settlement_id", flat=True))
        assert here.pk in looked
        assert apart.pk not in looked
        assert tied.pk in looked

    def test_the_last_of_a_day_is_known_by_the_schedule_and_the_cut_offs(self) -> None:
        def last(hour: int, minute: int = 0, *, said: bool = False) -> set[str]:
            return last_places(["NSD"], day=DUE, at=at(hour, minute), said=said)

        assert (last(10), last(10, said=True)) == (set(), {"NSD"})  # no schedule: who asks says it
        self.scheduled("NSD")
        assert (last(16), last(16, said=True), last(16, 30)) == (set(), set(), {"NSD"})
        put_in_force(
            "settle.cut_offs", "NSD",
            {"zone": "Europe/Moscow", "dvp_by": "15:00", "fop_by": "16:00", "cash_by": "14:00"},
        )  # fmt: skip
        assert (last(12, 59), last(13)) == (set(), {"NSD"})  # that of 16:30 comes too late
        self.scheduled("", at=["15:30"])
        assert last(13) == set()


def _look() -> None:
    start_due_cycles(at=at(10, 1))
