"""What cleared deals and their nets put at risk, and the list of what clearing houses said."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.access.models import User
from deals.confirming.watching import affirm_not_required
from deals.exposing.recomputing import recompute_exposures, revalue_exposures
from deals.models import Deal
from limits.models import Limit, Reservation
from refdata.loading.importing import add_missing
from refdata.models import Agreement, Entity, Instrument, Party
from refdata.selectors import forget_reference_data, reference_data
from settlements.changing.services import approve_cancels
from settlements.clearing.computing import net_deals
from settlements.clearing.exposing import recompute_nets, revalue_nets
from settlements.clearing.models import NetObligation
from settlements.exposures import recompute_exposures as recompute_settlements
from settlements.late import late_deliveries
from settlements.models import Settlement
from tests.flows.clearing import (
    API,
    CLEARING,
    DAY,
    a_clearing_house,
    cleared,
    deals_of,
    figure,
    figures,
    settle_everything,
)
from tests.flows.market import OWN, SHARES
from tests.guards.test_rivals import at_once

pytestmark = pytest.mark.usefixtures("own_database")
ROSNEFT = "RU000A0J2Q06"  # the one share without a price in the firm


@pytest.fixture(autouse=True)
def house(own_database: None) -> Party:
    return a_clearing_house()


def test_c2_and_c3_of_a_net_that_is_late(api: Any) -> None:
    """Of 60,000 bought and 10,000 sold at 20.00 the net of 50,000 is late as one delivery of them."""
    many = {"instrument": ROSNEFT, "price": "20.00"}
    cleared(api, many | {"quantity": "60000"}, many | {"quantity": "10000", "side": "sell"})
    figures(api)
    for row in NetObligation.objects.order_by("id"):
        assert api("clerk").post(f"{API}{row}/agree/").status_code == 200
    columns = ("instrument_id", "price_date", "source", "kind", "value", "currency")
    share = Instrument.objects.get(isin=ROSNEFT).pk
    add_missing("refdata_price", columns, [(share, DAY, "TEST", "CLOSE", "21.50", "RUB")])
    ids = list(Settlement.objects.order_by("id").values_list("id", flat=True))
    net = Settlement.objects.get(quantity__gt=0)
    assert net.quantity == 50_000
    assert len(ids) == 2  # the money has a net of its own, without a price
    calendar = reference_data().calendars[net.place.calendar.code]
    third, seventeenth = calendar.add(DAY, 3), calendar.add(DAY, 17)
    assert late_deliveries(ids, on=DAY) == {}
    assert late_deliveries(ids, on=third) == {net.pk: (3, Decimal(75_000), Decimal(0), "RUB")}
    assert late_deliveries(ids, on=seventeenth) == {
        net.pk: (17, Decimal(75_000), Decimal("37500.00"), "RUB")
    }


def test_before_settlement_the_house_is_netted_by_its_agreement_after_novation(
    api: Any, house: Party, sample: dict[str, Any]
) -> None:
    """Bought and sold 100 at 100.00: two add-ons of 600, of which NGR = 0 leaves 0.4."""
    entity = Entity.objects.get(code="RUS")
    limit = Limit.objects.create(
        entity=entity, kind="COUNTERPARTY_PRESETTLEMENT", name="NCC", currency="RUB", party=house,
        cap=10**9,
    )  # fmt: skip
    forget_reference_data()
    dealt_with = {"counterparty": sample["counterparty"], "price": "100"}
    cleared(api, dealt_with, dealt_with | {"side": "sell"})
    limit.refresh_from_db()
    assert limit.used == 1200  # each by itself, of the house and not of whom it was dealt with
    Agreement.objects.create(
        entity=entity, party=house, kind="OTHER", number="CLR-1", signed_on=date(2026, 1, 1),
        valid_from=date(2026, 1, 1), netting=True, netting_opinion="counsel, 2026",
    )  # fmt: skip
    forget_reference_data()
    recompute_exposures(business_date=DAY, at=timezone.now())
    limit.refresh_from_db()
    assert limit.used == 480
    taken = Reservation.objects.filter(limit=limit, state="COMMITTED", amount__gt=0)
    assert [(row.source_type, row.amount) for row in taken] == [("netting", Decimal(480))]
    again = recompute_exposures(business_date=DAY, at=timezone.now())
    assert (again.changed, again.alarms) == (0, 0)


def test_the_figures_of_houses_are_listed_with_filters_and_cursors(api: Any) -> None:
    for asset, quantity, document in (
        (SHARES[0], "100", "R1"), (SHARES[0], "90", "R2"), ("RUB", "-5", "R2"),
    ):  # fmt: skip
        told = figure(asset, quantity, document=document)
        assert api("clerk").post("/clearing-figures/", told).status_code == 201
    page = api("auditor").get("/clearing-figures/", page_size="2").json()
    assert [(row["asset"], row["quantity"], row["number"]) for row in page["results"]] == [
        ("RUB", "-5", 1), (SHARES[0], "90", 2),
    ]  # fmt: skip
    assert page["next"]
    of_share = api("auditor").get("/clearing-figures/", asset=SHARES[0], ccp="NCC").json()
    assert [row["document"] for row in of_share["results"]] == ["R2", "R1"]
    assert api("auditor").get("/clearing-figures/", document="R3").json()["results"] == []


@pytest.fixture
def nostro(house: Party) -> Limit:
    """Of our ruble account; nothing of it is taken yet."""
    limit = Limit.objects.create(
        entity=Entity.objects.get(code="RUS"), kind="NOSTRO", name="Ruble nostro",
        nostro_currency="RUB", currency="RUB", cap=10**9,
    )  # fmt: skip
    forget_reference_data()
    return limit


def used(limit: Limit) -> Decimal:
    return Limit.objects.get(pk=limit.pk).used


def nothing_to_correct() -> None:
    for recompute in (recompute_exposures, recompute_nets):
        found = recompute(business_date=DAY, at=timezone.now())
        assert (found.changed, found.alarms) == (0, 0), recompute


def test_a_nostro_limit_counts_what_the_net_pays(api: Any, nostro: Limit) -> None:
    """Bought for 30,015.00 and sold for 11,994.00 with fees of 0.05 %: 18,021.00 leaves the account."""
    bought = posted({"quantity": "100"})
    assert api("dealer").post("/deals/", bought).status_code == 201
    assert used(nostro) == 30_015  # until it has joined its net, what the deal pays
    cleared(api, {"quantity": "40", "side": "sell"})
    assert used(nostro) == 18_021
    taken = Reservation.objects.filter(limit=nostro, state="COMMITTED").order_by("source_type")
    assert [(row.source_type, row.amount) for row in taken] == [
        ("deal", Decimal(0)), ("net", Decimal(18_021)),
    ]  # fmt: skip
    nothing_to_correct()
    # One that comes later turns the net round: nothing is paid any more. The venue reverses it again.
    (void,) = cleared(api, {"quantity": "200", "side": "sell"})
    assert used(nostro) == 0
    api("clerk").post(f"/deals/{void}/reverse/", {"document": "R1"})
    assert api("checker").post(f"/deals/{void}/approve-cancel/").status_code == 200
    assert used(nostro) == 18_021
    nothing_to_correct()
    figures(api)
    for row in NetObligation.objects.order_by("id"):
        assert api("clerk").post(f"{API}{row}/agree/").status_code == 200
    nothing_to_correct()
    settle_everything()
    assert used(nostro) == 0
    nothing_to_correct()


def test_a_net_that_its_last_deal_leaves_gives_its_room_back_at_once(
    api: Any, nostro: Limit
) -> None:
    (void,) = cleared(api, {})
    assert used(nostro) == 30_015
    api("clerk").post(f"/deals/{void}/reverse/", {"document": "R1"})
    assert api("checker").post(f"/deals/{void}/approve-cancel/").status_code == 200
    assert used(nostro) == 0
    nothing_to_correct()


def test_a_net_of_nothing_gives_back_what_its_own_deals_pay(api: Any, nostro: Limit) -> None:
    """What we pay for ourselves is received by us as an agent: nothing moves, and nothing stays taken."""
    agent = {"capacity": "AGENT", "client": OWN, "account": "A-1"}
    cleared(api, {}, {"side": "sell", "price": "300.3002"} | agent)
    assert used(nostro) == 30_015
    net = NetObligation.objects.get(asset__code="RUB")
    assert api("clerk").post(f"{API}{net}/agree/").json()["status"] == "SETTLED"
    assert used(nostro) == 0
    nothing_to_correct()


_LOCKED = re.compile(
    r"FROM limits_limit l?\s*WHERE (?:l\.)?id = ANY\((.*?)\) ORDER BY .*? FOR UPDATE"
)


def locked_in(queries: CaptureQueriesContext) -> list[int]:
    """The limits in the order in which they were locked first."""
    found = [match for each in queries for match in _LOCKED.findall(each["sql"])]
    return list(dict.fromkeys(int(id) for ids in found for id in re.findall(r"\d+", ids)))


def test_deals_that_join_and_leave_lock_their_limits_in_one_order(
    api: Any, house: Party, nostro: Limit
) -> None:
    """Otherwise it would hold the limit of the house and wait for lower ones, which a capture holds."""
    limit = Limit.objects.create(
        entity=nostro.entity, kind="COUNTERPARTY_SETTLEMENT", name="NCC", currency="RUB", party=house,
        cap=10**9,
    )  # fmt: skip
    forget_reference_data()

    def agreed() -> None:
        figures(api)
        for row in NetObligation.objects.order_by("id"):
            assert api("clerk").post(f"{API}{row}/agree/").status_code == 200
        recompute_settlements(business_date=DAY, at=timezone.now())
        assert used(limit) > 0

    (void,) = cleared(api, {"price": "100"})
    agreed()
    answer = api("dealer").post("/deals/", posted({"price": "100", "quantity": "30"}))
    joins = [int(answer.json()["reference"][2:])]
    affirm_not_required(deal_ids=joins, at=timezone.now())
    with CaptureQueriesContext(connection) as queries:
        net_deals(deal_ids=joins, at=timezone.now())
    locked = locked_in(queries)
    assert locked == sorted(locked)
    assert {nostro.pk, limit.pk} <= set(locked)
    assert used(limit) == 0
    agreed()
    api("clerk").post(f"/deals/{void}/reverse/", {"document": "R1"})
    checker = User.objects.get(username="checker")
    with CaptureQueriesContext(connection) as queries:
        approve_cancels(ids=[int(void[2:])], actor=checker, at=timezone.now()).raise_single()
    locked = locked_in(queries)
    assert locked == sorted(locked)
    assert {nostro.pk, limit.pk} < set(locked)
    assert used(limit) == 0
    nothing_to_correct()


def test_a_new_limit_and_a_new_rate_count_nets_without_an_alarm(api: Any, nostro: Limit) -> None:
    Limit.objects.filter(pk=nostro.pk).update(closed_at=timezone.now())
    forget_reference_data()
    cleared(api, {}, {"quantity": "40", "side": "sell"})
    assert used(nostro) == 0
    Limit.objects.filter(pk=nostro.pk).update(
        closed_at=None, currency="USD", defined_at=timezone.now()
    )
    forget_reference_data()
    at = timezone.now()
    for revalue in (revalue_exposures, revalue_nets):
        given: dict[str, Any] = {"instrument_ids": (), "rates": False, "everything": True}
        assert revalue(**given, business_date=DAY, at=at).alarms == 0
    before = used(nostro)
    assert 0 < before < 18_021
    nothing_to_correct()
    columns = ("base", "quote", "rate_date", "source", "value")
    add_missing("refdata_fxrate", columns, [("USD", "RUB", DAY, "CBR", "100")])
    found = revalue_nets(instrument_ids=(), rates=True, business_date=DAY, at=timezone.now())
    assert (found.changed, found.alarms) == (1, 0)
    assert used(nostro) == Decimal("180.21")
    # What nothing explains is an alarm, and mended.
    Reservation.objects.filter(limit=nostro, source_type="net").update(amount=7)
    Limit.objects.filter(pk=nostro.pk).update(used=7)
    found = recompute_nets(business_date=DAY, at=timezone.now())
    assert (found.changed, found.alarms, used(nostro)) == (1, 1, Decimal("180.21"))


def test_deals_join_while_limits_are_worked_out_anew(api: Any, nostro: Limit) -> None:
    sides = [("buy", 10), ("sell", 20), ("buy", 30), ("buy", 40)]
    for side, quantity in sides:
        deal = posted({"side": side, "quantity": str(quantity)})
        assert api("dealer").post("/deals/", deal).status_code == 201
    ids = list(Deal.objects.order_by("id").values_list("id", flat=True))
    affirm_not_required(deal_ids=ids, at=timezone.now())

    def work(number: int) -> Any:
        if number < len(ids):
            return net_deals(deal_ids=[ids[number]], at=timezone.now())
        recompute = (recompute_exposures, recompute_nets)[number % 2]
        return recompute(business_date=DAY, at=timezone.now())

    at_once(work, 8)
    for recompute in (recompute_exposures, recompute_nets):
        assert recompute(business_date=DAY, at=timezone.now()).alarms == 0
    net = NetObligation.objects.get(asset__code="RUB")
    assert used(nostro) == -net.quantity > 0
    nothing_to_correct()


def posted(change: dict[str, Any]) -> dict[str, Any]:
    """A cleared deal as it is posted: 100 bought at 300 unless told otherwise."""
    return deals_of(7, 1)[0] | {
        "side": "buy", "price": "300", "instrument": SHARES[0], "clearing": CLEARING,
        "external_ref": f"P-{Deal.objects.count()}", "settlement": {"method": "DVP", "date": str(DAY)},
    } | change  # fmt: skip
