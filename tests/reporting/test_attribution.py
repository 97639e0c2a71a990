"""Why the result changed: each driver by hand, and all of them together always the change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.events.models import Watermark
from ledger.state import AccountKind
from refdata.firm_days import firm_day
from refdata.models import Instrument, Price
from reporting.models import ReportRun
from reporting.services import verify_run
from tests.following import until_known
from tests.reporting.running import run_of, told
from tests.reporting.stated_firm import (
    CASH,
    HOLDING,
    MONDAY,
    POSITION,
    SETTLEMENT,
    TUESDAY,
    WEDNESDAY,
    Firm,
    a_bond,
    a_week_of_quotes,
)

pytestmark = pytest.mark.usefixtures("own_database")
D = Decimal


def attribution(first: Any = TUESDAY, last: Any = WEDNESDAY) -> ReportRun:
    asked = {"earned_from": first.isoformat(), "earned_until": last.isoformat()}
    return run_of("result-attribution", parameters=asked)


def drivers(run: ReportRun) -> dict[str, Decimal]:
    rows = told(run, section="drivers", entity="RUS")
    return {row["driver"]: D(row["changed"]) for row in rows}


def result_on(day: Any, **more: str) -> Decimal:
    run = run_of("balance-sheet", parameters={"business_date": day.isoformat()} | more)
    (row,) = told(run, section="lines", entity="RUS", line="RESULT")
    return D(row["financed"])


def priced(instrument: Instrument, currency: str, *values: str) -> None:
    for day, value in zip((MONDAY, TUESDAY, WEDNESDAY), values, strict=True):
        Price.objects.create(
            instrument=instrument, price_date=day, source="MOEX", value=D(value), currency=currency
        )


@pytest.fixture
def firm() -> Firm:
    return a_week_of_quotes()


class TestDrivers:
    def test_prices_of_what_stood_and_what_new_deals_brought(self, firm: Firm) -> None:
        """100 shares stood and went from 240 to 260; 50 were bought at 250."""
        firm.deal(1, MONDAY, 100, 24_000)
        firm.deal(2, TUESDAY, 50, 12_500)
        run = attribution()
        assert drivers(run) == {"DEALS": 500, "PRICE": 2_000}
        assert [
            (row["book"], row["driver"], row["changed"])
            for row in told(run, section="books", entity="RUS")
        ] == [(firm.book.code, "DEALS", "500.00"), (firm.book.code, "PRICE", "2000.00")]

    def test_a_short_position_loses_by_the_same_price(self, firm: Firm) -> None:
        firm.deal(1, MONDAY, -100, 24_000)
        assert drivers(attribution()) == {"PRICE": -2_000}

    def test_rates_on_money_and_fees_at_the_rate_of_their_day(self, firm: Firm) -> None:
        """1,000 dollars went from 90 to 95; 10 of them left at 91 for a fee."""
        firm.post(MONDAY, (CASH, AccountKind.OPENING, firm.usd, 1_000))
        firm.post(TUESDAY, (AccountKind.FEES, CASH, firm.usd, 10))
        assert drivers(attribution()) == {"FX": 5_000 - 40, "FEES": -910}

    def test_a_price_in_another_currency_is_price_and_rate(self, firm: Firm) -> None:
        """Ten at 10 dollars, then 12: the rate on the old price, and the new price's rise at the new rate."""
        other = Instrument.objects.exclude(pk=firm.share.pk).filter(kind="SHARE").order_by("pk")[0]
        priced(other, "USD", "10", "11", "12")
        firm.post(
            MONDAY, (SETTLEMENT, POSITION, other, 10), (POSITION, SETTLEMENT, firm.rub, 9_000)
        )
        assert drivers(attribution()) == {"FX": 10 * 10 * 5, "PRICE": 10 * 2 * 95}

    def test_a_coupon_accrues(self, firm: Firm) -> None:
        bond = a_bond(start=MONDAY, years=2, nominal="1000", rate="0.365")
        priced(bond, "RUB", "900", "900", "905")
        firm.post(MONDAY, (HOLDING, POSITION, bond, 3), (POSITION, CASH, firm.rub, 2_700))
        assert drivers(attribution()) == {"PRICE": 15, "CARRY": 3 * 2}

    def test_what_is_known_otherwise_by_now_is_a_correction(self, firm: Firm) -> None:
        """Monday's result was told; then a deal of Monday came: 10 at 200, worth 240 that evening."""
        firm.deal(1, MONDAY, 100, 24_000)
        until_known()
        last = Watermark.objects.latest("id")
        evening = datetime(MONDAY.year, MONDAY.month, MONDAY.day, 20, tzinfo=UTC)
        Watermark.objects.create(at=evening, number=last.number, horizon=last.horizon)
        before = result_on(MONDAY, known_at=evening.isoformat())
        firm.deal(2, MONDAY, 10, 2_000)
        run = attribution()
        assert drivers(run) == {"PRICE": 110 * 20, "CORRECTIONS": 400}
        assert sum(drivers(run).values()) == result_on(WEDNESDAY) - before

    def test_nothing_changed_nothing_is_told(self, firm: Firm) -> None:
        assert drivers(attribution()) == {}


@pytest.mark.usefixtures("day_at_work")
def test_of_the_firms_day_all_drivers_are_the_change_of_the_result() -> None:
    today = firm_day(timezone.now())
    run = attribution(today, today)
    found = drivers(run)
    assert found
    corrections = found.pop("CORRECTIONS", D(0))
    change = result_on(today) - result_on(today - timedelta(days=1))
    assert sum(found.values()) == change
    for section in ("books", "figures"):
        rows = told(run, section=section, entity="RUS")
        assert sum(D(row["changed"]) for row in rows) == change + corrections
    assert verify_run(run).equal
