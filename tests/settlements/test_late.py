"""Deliveries against payment that are late: working days of their place, and what of the price move counts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from refdata.loading.importing import add_missing
from refdata.models import DatedRule, Instrument
from refdata.selectors import forget_reference_data, reference_data
from settlements.late import LateDelivery, late_deliveries, working_days_late
from settlements.models import Settlement
from tests.following import follow_events
from tests.pages.test_pages import browser

pytestmark = pytest.mark.usefixtures("own_database")
DUE = date(2026, 11, 24)
ROSNEFT = "RU000A0J2Q06"  # the one share without a price in the firm


def price(value: str) -> None:
    columns = ("instrument_id", "price_date", "source", "kind", "value", "currency")
    id = Instrument.objects.get(isin=ROSNEFT).pk
    add_missing("refdata_price", columns, [(id, DUE, "TEST", "CLOSE", value, "RUB")])


@pytest.fixture
def bought(api: Any, sample: dict[str, Any]) -> Settlement:
    """C2: 50,000 bought at 20.00, due on Tuesday 24 November 2026."""
    document = sample | {"instrument": ROSNEFT, "quantity": "50000", "price": "20.00"}
    deal = api("dealer").post("/deals/", document | {"stage": "executed"}).json()["reference"]
    api("clerk").post(f"/deals/{deal}/confirm/")
    api("checker").post(f"/deals/{deal}/approve/")
    follow_events()
    row = Settlement.objects.get()
    assert row.due_date == DUE
    return row


def found(row: Settlement, on: date) -> LateDelivery | None:
    return late_deliveries([row.pk], on=on).get(row.pk)


def test_c2_and_c3_of_a_settlement_that_is_late(bought: Settlement) -> None:
    price("21.50")
    calendar = reference_data().calendars[bought.place.calendar.code]
    assert found(bought, DUE) is None
    third, seventeenth = calendar.add(DUE, 3), calendar.add(DUE, 17)
    assert found(bought, third) == (3, Decimal(75_000), Decimal(0), "RUB")
    assert found(bought, seventeenth) == (17, Decimal(75_000), Decimal("37500.00"), "RUB")


def test_days_that_are_no_working_days_make_nothing_later(bought: Settlement) -> None:
    calendar = reference_data().calendars["RU"]
    friday, monday = date(2026, 11, 27), date(2026, 11, 30)
    assert [working_days_late(DUE, day, calendar) for day in (friday, date(2026, 11, 29), monday)] == [
        3, 3, 4,
    ]  # fmt: skip


def test_a_gain_counts_nothing(bought: Settlement) -> None:
    price("19.00")
    calendar = reference_data().calendars["RU"]
    late = found(bought, calendar.add(DUE, 20))
    assert late is not None
    assert (late.price_move, late.exposure) == (Decimal(0), Decimal(0))


def test_without_a_rule_in_force_nothing_is_said(bought: Settlement) -> None:
    price("21.50")
    DatedRule.objects.filter(kind="crr.late_delivery").update(state="WITHDRAWN")
    forget_reference_data()
    assert found(bought, date(2027, 1, 15)) is None


def test_the_page_and_the_api_say_it(bought: Settlement, api: Any) -> None:
    price("21.50")
    late = api("clerk").get(f"/settlements/S-{bought.pk}/").json()["late"]
    assert late["price_move"] == {"amount": "75000.00", "currency": "RUB"}
    page = browser("clerk").get(f"/settlements/S-{bought.pk}/").content.decode()
    assert "Working days late" in page
    assert "75,000.00" in page
