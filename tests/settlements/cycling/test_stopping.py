"""What a run leaves out before it chooses: past its cut-off, and linked with what is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from refdata.models import Asset
from settlements.models import RunExplanation, Settlement
from settlements.running.services import complete_run, request_run, start_run, write_next_shard
from tests.flows.queue import DUE, House
from tests.pages.test_pages import browser
from tests.settlements.fails.stage import put_in_force

pytestmark = pytest.mark.usefixtures("own_database")


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(DUE.year, DUE.month, DUE.day, hour, minute, tzinfo=UTC) - timedelta(hours=3)


def a_run(when: datetime, **more: Any) -> Any:
    run = request_run(business_date=DUE, entity_id=None, actor=None, at=when, **more)
    assert start_run(run_id=run.pk, at=when)
    while write_next_shard(run_id=run.pk, at=when):
        pass
    assert complete_run(run_id=run.pk, at=when)
    run.refresh_from_db()
    return run


class TestCutOffs:
    def test_what_is_late_waits_with_what_is_linked_and_says_by_when(self, api: Any) -> None:
        house = House(2)
        house.give(0, house.shares[0], 30)
        house.give(1, house.money, 300)
        dollars = Asset.objects.get(code="USD")
        late, tied = house.put(0, 1, 0, 10, 100), house.put(0, 1, 0, 10, 100, money_asset=dollars)
        api("clerk").post(f"/settlements/{late}/links/", {"other": str(tied), "kind": "WITH"})
        put_in_force("settle.cut_offs", "HOUSE", {
            "zone": "Europe/Moscow", "dvp_by": "18:00", "currencies": {"RUB": {"dvp_by": "15:00"}},
        })  # fmt: skip

        run = a_run(at(15, 1))

        assert (run.settled, run.left_out) == (0, 2)
        reasons = dict(Settlement.objects.values_list("pk", "reason"))
        assert (reasons[late.pk], reasons[tied.pk]) == ("LATE", "LAAW")
        late.refresh_from_db()
        assert late.skipped_runs == 0
        told = RunExplanation.objects.get(settlement=late, kind="STOPPED")
        assert told.facts == {
            "reason": "LATE", "place": "HOUSE", "until": "15:00", "zone": "Europe/Moscow", "day": str(DUE),
        }  # fmt: skip
        page = browser("clerk").get(f"/settlements/{late}/explanation/").content.decode()
        assert "HOUSE settles it by 15:00 (Europe/Moscow), and that has passed" in page
        other = browser("clerk").get(f"/settlements/{tied}/explanation/").content.decode()
        assert "It goes only together with" in other

    def test_it_goes_with_the_cycle_of_the_next_day(self) -> None:
        house = House(2)
        house.give(0, house.shares[0], 10)
        house.give(1, house.money, 100)
        row = house.put(0, 1, 0, 10, 100)
        put_in_force("settle.cut_offs", "HOUSE", {"zone": "Europe/Moscow", "dvp_by": "15:00"})
        assert a_run(at(15, 1)).settled == 0
        tomorrow = at(10) + timedelta(days=1)
        assert a_run(tomorrow).settled == 0  # for the day that has passed
        run = request_run(
            business_date=DUE + timedelta(days=1), entity_id=None, actor=None, at=tomorrow
        )
        assert start_run(run_id=run.pk, at=tomorrow)
        assert write_next_shard(run_id=run.pk, at=tomorrow)
        row.refresh_from_db()
        assert row.settlement == "SETTLED"

    def test_a_shard_that_is_written_after_it_leaves_what_it_had(self) -> None:
        house = House(2)
        house.give(0, house.shares[0], 10)
        house.give(1, house.money, 100)
        row = house.put(0, 1, 0, 10, 100)
        put_in_force("settle.cut_offs", "HOUSE", {"zone": "Europe/Moscow", "dvp_by": "15:00"})
        run = request_run(business_date=DUE, entity_id=None, actor=None, at=at(14, 59))
        assert start_run(run_id=run.pk, at=at(14, 59))
        assert write_next_shard(run_id=run.pk, at=at(15, 1))
        row.refresh_from_db()
        assert (row.settlement, row.reason) == ("PENDING", "LATE")


class TestPenalties:
    def test_a_run_for_penalties_settles_what_costs_more_and_says_what_it_saves(self) -> None:
        house = House(3)
        house.give(0, house.shares[0], 10)
        for payer in (1, 2):
            house.give(payer, house.money, 10_000)
        small = house.put(0, 1, 0, 10, 500)
        large = house.put(0, 2, 0, 10, 900)
        one, other = (f"CONTRACT/{house.parties[n].code}" for n in (1, 2))
        put_in_force("fails.terms", one, {"basis_points": "100"})  # 1 % of 500
        put_in_force("fails.terms", other, {"basis_points": "10"})  # 0.1 % of 900

        run = a_run(at(12), objective="PENALTY")

        settled = list(Settlement.objects.filter(settlement="SETTLED"))
        assert settled == [small], large
        assert run.plan is not None
        assert run.plan.objective["penalties_saved"] == "5.00"
        assert run.plan.objective["penalties_of_all"] == "5.90"
        assert run.plan.value == Decimal(500)
        (share,) = [each for each in run.plan.prices if each["asset"] == house.shares[0].code]
        assert float(share["price"]) < 1  # ten shares save 5.00 at most
        page = browser("clerk").get(f"/runs/{run}/").content.decode()
        assert "Penalties saved today" in page
