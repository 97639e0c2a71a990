"""Why a run left something out: worked out from the queue it was decided over, kept once, told in sentences."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.db import transaction
from django.utils import timezone

from backoffice.events.services import NewEvent, record_events
from refdata.models import Earmark
from settlements.explaining import services
from settlements.explaining.services import explain, explain_largest, working_on
from settlements.models import RunExplanation, RunPlan, RunQueue, Settlement, SettlementRun
from settlements.tasks import explain_runs
from tests.flows.queue import House
from tests.flows.test_runs_optimised import planned, settled, written
from tests.pages.test_pages import browser
from tests.settlements.fails.stage import put_in_force

pytestmark = pytest.mark.usefixtures("own_database")


def plan_of(run: SettlementRun) -> RunPlan:
    assert run.plan is not None
    return run.plan


def known(row: Settlement) -> dict[str, Any]:
    rows = RunExplanation.objects.filter(settlement=row).order_by("-plan_id", "kind")
    return {each.kind: (each.facts, each.is_proved) for each in rows}


def two_that_want_the_same() -> tuple[House, Settlement, Settlement]:
    """Ten shares, wanted for 500 and for 900: the second settles."""
    house = House(4)
    house.give(0, house.shares[0], 10)
    rows = []
    for payer, amount in ((1, 500), (2, 900)):
        rows.append(house.put(0, payer, 0, 10, amount))
        house.give(payer, house.money, 1_000)
    return house, rows[0], rows[1]


def short_of_money() -> tuple[House, Settlement]:
    """Sixty rubles where a hundred are owed."""
    house = House(2)
    house.give(0, house.shares[0], 10)
    house.give(1, house.money, 60)
    return house, house.put(0, 1, 0, 10, 100)


def page_of(row: Settlement, language: str = "en") -> str:
    """Its page; what the house put there is told of as prepared first."""
    event = NewEvent(
        kind="settlement.prepare", subject_type="settlement", subject_id=row.pk,
        entity_id=row.entity_id, target="PREPARED",
    )  # fmt: skip
    with transaction.atomic():
        record_events([event], actor_id=None, at=timezone.now())
    answer = browser("clerk", language).get(f"/settlements/{row}/")
    assert answer.status_code == 200
    return answer.content.decode()


def told_in(page: str) -> list[str]:
    panel = page.partition('id="why"')[2].partition("</section>")[0]
    return [re.sub(r"<[^>]+>", "", each).strip() for each in re.findall(r"<p>(.*?)</p>", panel)]


def test_what_it_would_push_out_and_what_would_spare_that(api: Any) -> None:
    _house, small, large = two_that_want_the_same()
    run = written(planned())
    assert settled() == [large]
    assert explain_largest(at=timezone.now()) == run.plan_id
    assert explain_largest(at=timezone.now()) is None
    found = known(small)
    share = small.asset.code
    needs = [{"owner": "Q-0", "place": "HOUSE", "asset": share, "amount": "10"}]
    assert found["REMEDY"] == (
        {
            "found": True,
            "needs": needs,
            "cost": found["REMEDY"][0]["cost"],
            "others": [],
            "others_count": 0,
        },
        True,
    )
    assert found["DISPLACEMENT"] == (
        {"verdict": "FOUND", "loss": "400", "out": [str(large)], "out_count": 1, "come": [],
         "come_count": 0},
        True,
    )  # fmt: skip
    page = page_of(small)
    assert (
        f"Settling it displaces {large}; 400.00 RUB less would settle, and no other way loses less."
        in (told_in(page))
    )
    assert "No better set exists for what the run wants: it is proved." in page
    answer = api("clerk").get(f"/settlements/{small}/explanation/").json()
    assert (answer["run"], answer["reason"], answer["is_best"]) == (str(run), "LACK", True)
    assert answer["explanations"]["REMEDY"] == {"facts": found["REMEDY"][0], "is_proved": True}
    listed = api("clerk").get(f"/settlement-runs/{run}/explanations/").json()["results"]
    assert listed[0]["explanations"].keys() == answer["explanations"].keys()


def test_the_remedy_is_exact_to_the_last_unit_when_it_is_brought() -> None:
    house, row = short_of_money()
    written(planned())
    page = browser("clerk").get(f"/settlements/{row}/explanation/").content.decode()
    assert "It needs 40.00 RUB more of Q 1 (Our own books)." in told_in(page)
    worth = "One RUB more of Q 1 (Our own books) would be worth at most 1.1 RUB to the run."
    assert worth in told_in(page)  # a rouble and the tenth by which its day late raises it
    russian = page_of(row, "ru")
    assert "Нужно ещё 40,00 RUB (владелец Q 1, место расчётов Собственный учёт)." in told_in(
        russian
    )
    house.give(1, house.money, Decimal("39.99"))
    written(planned())
    assert settled() == []
    house.give(1, house.money, Decimal("0.01"))
    written(planned())
    assert settled() == [row]
    assert 'id="why"' not in page_of(row)


def test_what_is_there_and_serves_something_else_is_told_apart_from_what_is_lacking() -> None:
    house = House(2)
    house.give(0, house.shares[0], 10)
    house.give(1, house.money, 100)
    row = house.put(0, 1, 0, 10, 100)
    Earmark.objects.create(
        entity=house.entity, place=house.place, owner=house.parties[0], asset=house.shares[0],
        kind="PLEDGED", quantity=4, document="Pledge 1", valid_from=date(2020, 1, 1),
    )  # fmt: skip
    written(planned())
    row.refresh_from_db()
    assert (row.settlement, row.reason) == ("PENDING", "set-apart")
    (short,) = known(row)["SHORTAGE"][0]["short"]
    assert (short["amount"], short["set_apart"]) == ("4", {"PLEDGED": "4"})
    assert "What stands there of it serves something else: pledged 4." in told_in(page_of(row))


def test_what_is_needed_is_needed_by_the_cut_off_of_the_place(api: Any) -> None:
    _house, row = short_of_money()
    written(planned())
    put_in_force("settle.cut_offs", "HOUSE", {"zone": "Europe/Moscow", "dvp_by": "15:00"})
    page = browser("clerk").get(f"/settlements/{row}/explanation/").content.decode()
    assert "It needs 40.00 RUB more of Q 1 (Our own books) by 15:00." in told_in(page)
    assert api("clerk").get(f"/settlements/{row}/explanation/").json()["settles_by"] == "15:00"


def test_who_waits_for_whom_is_drawn_with_what_is_lacking() -> None:
    house = House(3)
    house.give(0, house.shares[0], 5)
    first = house.put(0, 1, 0, 10, 100)  # lacks 5 shares that the second would bring
    second = house.put(2, 0, 0, 10, 100)  # has none
    house.give(1, house.money, 100)
    run = written(planned())
    explain_runs()
    assert known(first)["CHAIN"][0]["members"] == [str(first), str(second)]
    assert known(second)["NEVER"][0]["short"][0]["amount"] == "10"
    page = page_of(first)
    assert page.count('class="node') == 2
    assert 'class="arc lacks"' in page
    assert re.search(
        rf"{second}</a> would bring <span[^>]+>Q 0</span> \(<span[^>]+>Our own books<", page
    )
    never = page_of(second)
    assert any(each.startswith("It can never settle as things are") for each in told_in(never))
    assert RunQueue.objects.get(plan=run.plan_id).explained_at


def test_what_was_worked_out_is_kept_once_however_often_and_by_how_many() -> None:
    _house, small, _large = two_that_want_the_same()
    plan = plan_of(written(planned()))
    working = working_on(plan.pk)
    assert working is not None
    twice = [
        RunExplanation(plan=plan, settlement=small, kind=each.kind, facts=each.facts)
        for each in working.explain(small.pk)
    ]
    explain(plan_id=plan.pk, settlement_ids=[small.pk], at=timezone.now())
    before = list(RunExplanation.objects.order_by("pk").values())
    services._keep(twice)  # another who began before the first had ended
    explain(plan_id=plan.pk, settlement_ids=[small.pk], at=timezone.now())
    explain_runs()
    assert list(RunExplanation.objects.order_by("pk").values()) == before


def test_a_plan_is_explained_from_exactly_what_it_was_decided_over() -> None:
    house, small, large = two_that_want_the_same()
    plan = plan_of(written(planned()))
    house.give(0, house.shares[0], 10)  # what came later changes nothing of what is said
    working = working_on(plan.pk)
    assert working is not None
    decided = working.explaining.decided
    assert (decided.counted.sha256, decided.sha256) == (plan.input_sha256, plan.found_sha256)
    ids = [each.id for each in decided.counted.queue.instructions]
    assert dict(zip(ids, decided.parts.tolist(), strict=True)) == {small.pk: 0, large.pk: 10}
    assert np.array_equal(decided.problem.quantity, [10, 10])
    assert working.explain(large.pk) == []
