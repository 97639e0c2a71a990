"""What cleared deals and their nets put at risk, and the list of what clearing houses said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from deals.exposing.recomputing import recompute_exposures
from limits.models import Limit, Reservation
from refdata.loading.importing import add_missing
from refdata.models import Agreement, Entity, Instrument, Party
from refdata.selectors import forget_reference_data, reference_data
from settlements.clearing.models import NetObligation
from settlements.late import late_deliveries
from settlements.models import Settlement
from tests.flows.clearing import (
    API,
    DAY,
    a_clearing_house,
    cleared,
    figure,
    figures,
)
from tests.flows.market import SHARES

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
