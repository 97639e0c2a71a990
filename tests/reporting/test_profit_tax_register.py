"""Register of profit tax: prices held against the market's, coupons apart, bases and losses, reckoned by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from deals.models import DealVersion
from ledger.lots.methods import LOT_METHODS
from ledger.profit_tax.losses import LOSS_CARRY
from refdata.dated_rules.services import repeal_rules
from refdata.models import BookScope, DatedRule, Entity, Instrument, Market
from reporting.services import verify_run
from tests.instructing import person
from tests.reporting.profit_tax_firm import (
    GAZP,
    OFZ,
    OWN,
    SBER,
    Firm,
    calculated,
    cells,
    ranged,
    register,
)
from tests.reporting.running import file_bytes, rows_of, run_of, told
from tests.reporting.test_realised_result import official

pytestmark = pytest.mark.usefixtures("own_database")
NAME, OF_2026 = (
    "profit-tax-register",
    {"realised_from": "2026-01-01", "realised_until": "2026-12-31"},
)
MARCH, MAY, JUNE = date(2026, 3, 2), date(2026, 5, 4), date(2026, 6, 1)
PRICE = (
    "sale_test",
    "proceeds",
    "sale_adjustment",
    "cost_test",
    "cost",
    "cost_adjustment",
    "result",
)


def holds(found: dict[str, list[dict[str, Any]]]) -> None:
    assert found["ratios"]
    assert {row["holds"] for row in found["ratios"]} == {"true"}


def off_exchange(isin: str) -> None:
    market, _ = Market.objects.get_or_create(mic="XOFF", defaults={"name": "Off exchange"})
    Instrument.objects.filter(isin=isin).update(market=market.mic)


class TestPrices:
    def test_within_the_range_a_deal_counts_as_it_was(self) -> None:
        """10 bought at 300 with 1.50 of fees, 10 sold at 310 with 2: 3,100 - 3,000 - 3.50."""
        ranged(MARCH, "295", "300"), ranged(JUNE, "310", "320")
        firm = Firm()
        firm.buy(MARCH, 10, "300", fee="1.50"), firm.sell(JUNE, 10, "310", fee="2")

        found = register()

        (row,) = found["disposals"]
        assert cells(row, *PRICE) == (
            "WITHIN", "3100.00", "0.00", "WITHIN", "3000.00", "0.00", "96.50",
        )  # fmt: skip
        what = ("entity", "way", "isin", "traded", "base", "quantity", "purchase_fee", "sale_fee")
        assert cells(row, *what) == ("RUS", "SALE", SBER, "true", "GENERAL", "10", "1.50", "2.00")
        days = ("opening_date", "closing_date", "realised_date", "counted", "currency")
        assert cells(row, *days) == ("2026-03-02", "2026-06-01", "2026-06-02", "OK", "RUB")
        said = ("sale_low", "sale_high", "sale_source")
        assert cells(row, *said) == ("310", "320", "MOEX TQBR, 2026-06-01, RUB")
        (base,) = found["bases"]
        assert cells(base, "year", "base", "income", "costs", "result", "taxable", "rate", "tax") == (
            "2026", "GENERAL", "3100.00", "3003.50", "96.50", "96.50", "0.25", "24.00",
        )  # fmt: skip
        holds(found)

    def test_below_the_lowest_and_above_the_highest_the_border_counts(self) -> None:
        """Sold at 300, 10 below the lowest: 10 x 10 more. Bought at 305, 5 above the highest: 10 x 5 less cost."""
        ranged(MARCH, "295", "300"), ranged(JUNE, "310", "320")
        firm = Firm()
        firm.buy(MARCH, 10, "305"), firm.sell(JUNE, 10, "300")

        found = register()

        (row,) = found["disposals"]
        assert cells(row, *PRICE) == (
            "BELOW", "3000.00", "100.00", "ABOVE", "3050.00", "50.00", "100.00",
        )  # fmt: skip
        (ratio,) = [each for each in found["ratios"] if each["ratio"] == "RESULT"]
        told = ("one", "realised", "adjusted", "coupons", "by_rates", "other")
        assert cells(ratio, *told) == ("100.00", "-50.00", "150.00", "0.00", "0.00", "100.00")
        holds(found)

    def test_a_sale_above_and_a_purchase_below_count_as_they_were(self) -> None:
        ranged(MARCH, "295", "300"), ranged(JUNE, "310", "320")
        firm = Firm()
        firm.buy(MARCH, 10, "100"), firm.sell(JUNE, 10, "900")
        (row,) = register()["disposals"]
        assert cells(row, *PRICE)[2::3] == ("0.00", "0.00")
        assert row["result"] == "8000.00"

    def test_the_parts_of_a_deal_are_adjusted_in_their_measure(self) -> None:
        """30 sold at 300 where 310 was the lowest, of lots of 10 and of 20: 100 and 200 more."""
        ranged(MARCH, "290", "300"), ranged(JUNE, "310", "320")
        firm = Firm()
        firm.buy(MARCH, 10, "300"), firm.buy(MARCH, 20, "300"), firm.sell(JUNE, 30, "300")
        found = register()["disposals"]
        assert [cells(row, "quantity", "sale_adjustment") for row in found] == [
            ("10", "100.00"), ("20", "200.00"),
        ]  # fmt: skip

    def test_what_is_dealt_on_a_venue_is_at_market(self) -> None:
        ranged(MARCH, "295", "300"), ranged(JUNE, "310", "320")
        firm = Firm()
        firm.buy(MARCH, 10, "305", venue="MISX"), firm.sell(JUNE, 10, "300", venue="XOFF")
        (row,) = register()["disposals"]
        assert cells(row, *PRICE) == (
            "BELOW", "3000.00", "100.00", "ON_VENUE", "3050.00", "0.00", "50.00",
        )  # fmt: skip

    def test_the_last_range_of_three_months_counts_and_no_older_one(self) -> None:
        firm = Firm()
        ranged(date(2026, 3, 1), "310", "320")
        firm.buy(date(2026, 2, 28), 20, "300")
        firm.sell(JUNE, 10, "300"), firm.sell(date(2026, 6, 2), 10, "300")
        found = register()["disposals"]
        assert [row["cost_test"] for row in found] == ["NO_RANGE", "NO_RANGE"]
        assert [cells(row, "sale_test", "sale_adjustment") for row in found] == [
            ("BELOW", "100.00"), ("NO_RANGE", "0.00"),
        ]  # fmt: skip
        assert [row["untested"] for row in register()["bases"]] == ["2"]


class TestCurrencies:
    def test_income_and_cost_have_the_rates_of_their_own_days(self) -> None:
        """10 at USD 100 and 91, sold at USD 95 and 99: 94,050 - 91,000 = 3,050, whatever NDFL's rule is."""
        firm = Firm(currency="USD")
        bought, sold = firm.buy(MARCH, 10, "100"), firm.sell(JUNE, 10, "95")
        official("USD", bought.trade_date, "91")
        official("USD", sold.trade_date, "99")
        (row,) = register()["disposals"]
        names = ("sale_currency", "sale_rate", "cost_rate", "proceeds", "cost", "result")
        assert cells(row, *names) == ("USD", "99", "91", "94050.00", "91000.00", "3050.00")

    def test_a_range_in_rubles_is_held_against_a_price_in_dollars(self) -> None:
        """Sold at USD 95 on a day at 100 (9,500 rubles), the lowest 9,600: 1 dollar for each of 10, at 99."""
        firm = Firm(currency="USD")
        firm.buy(MARCH, 10, "95"), firm.sell(JUNE, 10, "95")
        official("USD", MARCH, "91")
        official("USD", JUNE, "100")
        official("USD", date(2026, 6, 2), "99")
        ranged(JUNE, "9600", "9700")
        (row,) = register()["disposals"]
        assert cells(row, "sale_test", "proceeds", "sale_adjustment") == (
            "BELOW", "94050.00", "990.00",
        )  # fmt: skip

    def test_a_sovereign_external_bond_costs_what_it_was_bought_at(self) -> None:
        """N11b: NDFL counts the cost at the rate of the sale, profit tax at that of the purchase."""
        Instrument.objects.filter(isin=OFZ).update(registration_number="RSFM-EURO-2035")
        firm = Firm(OFZ, currency="USD")
        firm.buy(MARCH, 1, "1000"), firm.sell(JUNE, 1, "1100")
        official("USD", MARCH, "80")
        official("USD", JUNE, "90")
        found = register()
        assert found["disposals"][0]["result"] == "19000.00"
        (ratio,) = [each for each in found["ratios"] if each["ratio"] == "RESULT"]
        assert cells(ratio, "realised", "by_rates", "other") == ("9000.00", "10000.00", "19000.00")
        holds(found)

    def test_without_a_rate_nothing_is_guessed(self) -> None:
        firm = Firm(currency="USD")
        firm.buy(MARCH, 10, "100"), firm.sell(JUNE, 10, "95")
        found = register()
        assert cells(found["disposals"][0], "counted", "result") == ("NO_RATE", None)
        assert cells(found["bases"][0], "result", "missing", "tax") == ("0.00", "1", "0.00")


class TestCoupons:
    def test_they_are_no_part_of_the_price(self) -> None:
        """Bought at 950 with 10 of coupon each, sold at 940 with 25 each, of 10: -100 + 250 - 100."""
        Instrument.objects.filter(isin=OFZ).update(registration_number="4B02-01-00124-A")
        firm = Firm(OFZ)
        firm.buy(MARCH, 10, "950", accrued="100"), firm.sell(JUNE, 10, "940", accrued="250")
        found = register()
        (row,) = found["disposals"]
        names = ("proceeds", "received", "cost", "paid", "apart", "result")
        assert cells(row, *names) == ("9400.00", "250.00", "9500.00", "100.00", "false", "50.00")
        assert [cells(each, "isin", "received", "paid", "by_issuer") for each in found["coupons"]] == [
            (OFZ, "250.00", "100.00", "0.00")
        ]  # fmt: skip
        assert [cells(each, "income", "costs", "result") for each in found["bases"]] == [
            ("9650.00", "9600.00", "50.00")
        ]
        holds(found)

    def test_those_of_the_state_are_taxed_apart(self) -> None:
        Instrument.objects.filter(isin=OFZ).update(registration_number="26238RMFS")
        firm = Firm(OFZ)
        firm.buy(MARCH, 10, "950", accrued="100"), firm.sell(JUNE, 10, "940", accrued="250")
        found = register()
        (row,) = found["disposals"]
        assert cells(row, "received", "paid", "apart", "result") == (
            "250.00", "100.00", "true", "-100.00",
        )  # fmt: skip
        assert found["bases"][0]["taxable"] == "0.00"
        holds(found)

    def test_the_parts_of_a_coupon_come_to_the_whole(self) -> None:
        """0.10 for 3 bonds, sold one by one: 0.03, 0.04, 0.03."""
        Instrument.objects.filter(isin=OFZ).update(registration_number="4B02-01-00124-A")
        firm = Firm(OFZ)
        firm.buy(MARCH, 3, "950", accrued="0.10")
        for day in (1, 2, 3):
            firm.sell(date(2026, 6, day), 1, "950")
        assert [row["paid"] for row in register()["disposals"]] == ["0.03", "0.04", "0.03"]


class TestUntraded:
    @pytest.fixture(autouse=True)
    def untraded(self, own_database: None) -> None:
        off_exchange(GAZP)

    def test_without_a_calculated_price_the_row_says_so(self) -> None:
        firm = Firm(GAZP)
        firm.buy(MARCH, 10, "100"), firm.sell(JUNE, 10, "150")
        found = register()
        (row,) = found["disposals"]
        assert cells(row, "traded", "base", "sale_test", "cost_test", "result") == (
            "false", "UNTRADED", "NO_CALCULATED", "NO_CALCULATED", "500.00",
        )  # fmt: skip
        assert cells(found["bases"][0], "base", "untested", "tax") == ("UNTRADED", "1", "125.00")

    def test_a_fifth_around_the_calculated_price_is_the_market(self) -> None:
        """150 x 80 % = 120: sold at 119, 1 more for each of 10; 100 x 120 % = 120: bought at 121, 1 less."""
        calculated(MARCH, "100"), calculated(JUNE, "150")
        firm = Firm(GAZP)
        firm.buy(MARCH, 10, "121"), firm.sell(JUNE, 10, "119")
        (row,) = register()["disposals"]
        assert cells(row, *PRICE) == (
            "BELOW", "1190.00", "10.00", "ABOVE", "1210.00", "10.00", "0.00",
        )  # fmt: skip
        assert cells(row, "sale_low", "sale_high", "cost_high") == ("120", "180", "120")

    def test_a_loss_is_carried_into_the_next_years_by_half(self) -> None:
        """-1,000 in 2024; +600 in 2025: 300 used, 700 left; +2,000 in 2026: 700 used, 1,300 taxed at 25 %."""
        firm = Firm(GAZP)
        for year, price in ((2024, "90"), (2025, "106"), (2026, "120")):
            firm.buy(date(year, 3, 2), 100, "100"), firm.sell(date(year, 6, 1), 100, price)

        found = register("2025-01-01", "2026-12-31")

        names = ("year", "result", "lowered", "taxable", "rate", "tax")
        assert [cells(row, *names) for row in found["bases"]] == [
            ("2025", "600.00", "300.00", "300.00", "0.25", "75.00"),
            ("2026", "2000.00", "700.00", "1300.00", "0.25", "325.00"),
        ]
        names = ("year", "loss_opening", "lowered", "loss_new", "loss_closing", "counted")
        assert [cells(row, *names) for row in found["losses"]] == [
            ("2024", "0.00", "0.00", "1000.00", "1000.00", "OK"),
            ("2025", "1000.00", "300.00", "0.00", "700.00", "OK"),
            ("2026", "700.00", "700.00", "0.00", "0.00", "OK"),
        ]
        assert len(found["disposals"]) == 2  # those of 2024 are only reckoned with
        holds(found)
        assert [row["rate"] for row in register("2024-01-01", "2024-12-31")["bases"]] == ["0.2"]

    def test_a_loss_of_untraded_securities_leaves_traded_ones_taxed(self) -> None:
        firm, other = Firm(GAZP), Firm(SBER)
        firm.buy(MARCH, 10, "100"), firm.sell(JUNE, 10, "90")
        other.buy(MARCH, 10, "100"), other.sell(JUNE, 10, "110")
        assert [cells(row, "base", "taxable", "tax") for row in register()["bases"]] == [
            ("GENERAL", "100.00", "25.00"), ("UNTRADED", "0.00", "0.00"),
        ]  # fmt: skip

    def test_without_a_rule_for_losses_there_is_no_tax_rather_than_too_much(self) -> None:
        firm = Firm(GAZP)
        for year, price in ((2025, "90"), (2026, "120")):
            firm.buy(date(year, 3, 2), 10, "100"), firm.sell(date(year, 6, 1), 10, price)
        repealed(LOSS_CARRY.name)
        found = register()
        assert cells(found["bases"][0], "result", "taxable", "tax") == ("200.00", None, None)
        assert [row["counted"] for row in found["losses"]] == ["OK", "NO_RULE"]


def repealed(kind: str, key: str = "") -> None:
    for rule in DatedRule.objects.filter(kind=kind, key=key, state="IN_FORCE"):
        repeal_rules(ids=[rule.pk], reason="ours", actor=person("manager"), at=timezone.now())


class TestWhose:
    def test_clients_are_not_in_it_nor_is_a_firm_of_another_country(self) -> None:
        for whose in (Firm(owner="CL-ANNA"), Firm(owner=OWN, entity="EUR")):
            whose.buy(MARCH, 10, "100"), whose.sell(JUNE, 10, "110")
        found = register()
        assert found == {name: [] for name in found}

    def test_a_firm_of_the_group_that_is_a_client_of_another_is_not_that_others(self) -> None:
        Entity.objects.filter(code="EUR").update(jurisdiction="RU", base_currency="RUB")
        firm = Firm(owner=OWN, entity="EUR")
        firm.buy(MARCH, 10, "100"), firm.sell(JUNE, 10, "110")
        assert register()["disposals"] == []

    def test_of_one_entity_no_other_is_told(self) -> None:
        firm = Firm()
        firm.buy(MARCH, 10, "100"), firm.sell(JUNE, 10, "110")
        other = Entity.objects.exclude(code="RUS").order_by("code")[0]
        asked = [
            run_of(NAME, parameters=OF_2026 | {"entity": each}) for each in (other.code, "RUS")
        ]
        assert [bool(rows_of(run)) for run in asked] == [False, True]

    def test_who_sees_another_entity_alone_sees_none_of_it(self) -> None:
        firm = Firm()
        firm.buy(MARCH, 10, "100"), firm.sell(JUNE, 10, "110")
        other = Entity.objects.exclude(code="RUS").order_by("code")[0]
        BookScope.objects.create(user=person("accountant"), entity=other)
        assert rows_of(run_of(NAME, parameters=OF_2026)) == []


class TestKnown:
    def test_a_later_fact_changes_a_new_run_and_no_old_one(self) -> None:
        firm = Firm()
        firm.buy(MARCH, 10, "300"), firm.sell(JUNE, 10, "300")
        run = run_of(NAME, parameters=OF_2026)
        firm.buy(date(2026, 2, 2), 10, "290")  # an earlier lot, which the sale was of
        ranged(JUNE, "310", "320")

        (row,) = register()["disposals"]

        assert cells(row, "cost", "sale_test", "sale_adjustment") == ("2900.00", "BELOW", "100.00")
        assert verify_run(run).equal

    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_it_is_printed_and_opened_in_both_languages(self, language: str) -> None:
        firm = Firm()
        firm.buy(MARCH, 10, "300"), firm.sell(JUNE, 10, "300")
        run = run_of(NAME, parameters=OF_2026)
        assert file_bytes(run, "pdf", language).startswith(b"%PDF")
        read = file_bytes(run, "csv", language).decode("utf-8-sig")
        assert len(read.splitlines()) == 1 + (run.row_count or 0)

    def test_a_deal_that_was_amended_is_what_it_was_in_the_old_run(self) -> None:
        ranged(JUNE, "310", "320")
        firm = Firm()
        firm.buy(MARCH, 10, "300")
        sold = firm.sell(JUNE, 10, "300", venue="XOFF")
        run = run_of(NAME, parameters=OF_2026)
        version: dict[str, Any] = dict(DealVersion.objects.values().get(deal_id=sold.number))
        again: dict[str, Any] = {"number": 2, "details": {"execution": {"venue": "MISX"}}}
        kept: dict[str, Any] = {
            name: version[name] for name in version if name not in ("id", "recorded_tx")
        }
        DealVersion.objects.create(**kept | again)
        assert [row["sale_test"] for row in told(run, section="disposals")] == ["BELOW"]
        assert [row["sale_test"] for row in register()["disposals"]] == ["ON_VENUE"]
        assert verify_run(run).equal

    def test_fifo_counts_only_while_the_law_admits_it(self) -> None:
        firm = Firm()
        firm.buy(MARCH, 10, "300"), firm.sell(JUNE, 10, "310")
        repealed(LOT_METHODS.name, "RU_PROFIT_TAX")
        found = register()
        assert cells(found["disposals"][0], "counted", "result") == ("NO_METHOD", None)
        assert found["bases"][0]["missing"] == "1"
