"""What contracts oblige us to, and which contract explains an invoice: worked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from expenses.costs.expecting import Terms, expected_of, periods
from expenses.costs.matching import Billed, Explained, Offer, explain
from expenses.costs.state import FoundBy, Unexplained

D = Decimal
JANUARY, NOVEMBER, DECEMBER = date(2026, 1, 1), date(2026, 11, 1), date(2026, 12, 1)


def terms(amount: str, **more: Any) -> Terms:
    told: dict[str, Any] = {
        "per_months": 1, "valid_from": JANUARY, "valid_until": None, "on_top": True, "due_day": 10,
        "in_advance": False, "rise": D(0), "indexed_from": None, "minor_unit": 2,
    }  # fmt: skip
    return Terms(D(amount), **(told | more))


def rate(day: date) -> D:
    return D("0.22") if day.year >= 2026 else D("0.20")


def nets(of: Terms, first: date, last: date) -> list[D]:
    return [each.net for each in expected_of(of, first, last, rate).values()]


class TestExpected:
    def test_vat_on_top_and_within(self) -> None:
        """Domain decision 26: 122.00 in 2026 is 100.00 + 22.00, 120.00 in December 2025 is 100.00 + 20.00."""
        on_top = expected_of(terms("100"), NOVEMBER, NOVEMBER, rate)[NOVEMBER]
        assert (on_top.net, on_top.vat) == (D(100), D(22))
        within = terms("120", on_top=False, valid_from=date(2025, 12, 1))
        found = expected_of(within, date(2025, 12, 1), date(2025, 12, 1), rate)
        assert next(iter(found.values()))[1:] == (D("100.00"), D("20.00"))

    def test_days_at_both_ends(self) -> None:
        """From 16 November to 10 January: 15 of 30 days, a month, 9 of 31 days."""
        of = terms("310", valid_from=date(2026, 11, 16), valid_until=date(2027, 1, 10))
        assert nets(of, NOVEMBER, date(2027, 3, 1)) == [D(155), D(310), D(90)]

    def test_the_months_of_a_quarter_come_to_it(self) -> None:
        found = list(periods(terms("100", per_months=3), NOVEMBER, NOVEMBER, rate))
        (quarter,) = found
        assert [each.net for each in quarter.months] == [D("33.34"), D("33.33"), D("33.33")]
        assert [each.vat for each in quarter.months] == [D("7.34"), D("7.33"), D("7.33")]
        assert quarter.total == D("122.00")
        assert (quarter.first, quarter.last) == (date(2026, 10, 1), date(2026, 12, 31))

    def test_an_index_from_a_month_on_and_each_year_after(self) -> None:
        of = terms("100", rise=D("0.0815"), indexed_from=date(2026, 12, 1))
        assert nets(of, NOVEMBER, DECEMBER) == [D(100), D("108.15")]
        # 108.15 x 1.0815 = 116.964225
        assert nets(of, date(2027, 12, 1), date(2027, 12, 1)) == [D("116.96")]

    @pytest.mark.parametrize(
        ("more", "due"),
        [
            ({}, date(2026, 12, 10)), ({"in_advance": True}, date(2026, 11, 10)),
            ({"in_advance": True, "due_day": 31}, date(2026, 11, 30)),
            ({"per_months": 12}, date(2027, 1, 10)),
        ],
    )  # fmt: skip
    def test_when_it_is_due(self, more: dict[str, Any], due: date) -> None:
        (found,) = periods(terms("100", **more), NOVEMBER, NOVEMBER, rate)
        assert found.due == due

    def test_nothing_before_and_after(self) -> None:
        of = terms("100", valid_from=DECEMBER, valid_until=date(2027, 1, 1))
        assert nets(of, NOVEMBER, NOVEMBER) == nets(of, date(2027, 1, 1), date(2027, 1, 1)) == []


def offer(id: int, number: str, total: str, **more: Any) -> Offer:
    told: dict[str, Any] = {
        "currency": "RUB", "valid_until": None, "tolerance": D(0),
        "expected": {NOVEMBER: D(total), DECEMBER: D(total)}, "taken": (),
    }  # fmt: skip
    return Offer(id, number, **(told | more))


def billed(total: str, contract: str = "", *months: date, currency: str = "RUB") -> Billed:
    return Billed(contract, months or (NOVEMBER,), currency, D(total))


class TestExplain:
    def test_by_the_number_however_it_is_written(self) -> None:
        offers = [offer(1, "R-17/2026", "122"), offer(2, "R-18/2026", "122")]
        assert explain(billed("122", "r 17-2026"), offers) == Explained(1, FoundBy.NUMBER, None)

    def test_by_amount_and_months_where_it_names_none(self) -> None:
        offers = [offer(1, "A", "122"), offer(2, "B", "61")]
        assert explain(billed("61"), offers) == Explained(2, FoundBy.AMOUNT, None)
        two = billed("244", "", NOVEMBER, DECEMBER)
        assert explain(two, offers) == Explained(1, FoundBy.AMOUNT, None)

    def test_two_that_fit_explain_nothing(self) -> None:
        found = explain(billed("122"), [offer(1, "A", "122"), offer(2, "B", "122")])
        assert found == Explained(None, None, Unexplained.SEVERAL)

    def test_of_one_number_that_which_covers_the_months(self) -> None:
        before = offer(1, "A", "100", expected={NOVEMBER: D(100)})
        anew = offer(2, "A", "122", expected={DECEMBER: D(122)})
        found = explain(billed("122", "A", DECEMBER), [before, anew])
        assert found == Explained(2, FoundBy.NUMBER, None)

    @pytest.mark.parametrize(
        ("total", "fits"), [("123.22", True), ("123.23", False), ("120.78", True)]
    )
    def test_up_to_the_tolerance(self, total: str, fits: bool) -> None:
        found = explain(billed(total), [offer(1, "A", "122", tolerance=D("0.01"))])
        assert (found.reason is None) == fits
        assert found.difference == D(total) - 122

    @pytest.mark.parametrize(
        ("told", "offers", "reason"),
        [
            (billed("122"), [], Unexplained.NO_CONTRACT),
            (billed("122", "X-9"), [offer(1, "A", "122")], Unexplained.NO_CONTRACT),
            (billed("122.01"), [offer(1, "A", "122")], Unexplained.AMOUNT),
            (billed("122"), [offer(1, "A", "122", taken=(NOVEMBER,))], Unexplained.TWICE),
            (billed("122", "A", date(2026, 9, 1)), [offer(1, "A", "122")], Unexplained.NOT_COVERED),
            (billed("122", "A", date(2027, 1, 1)), [offer(1, "A", "122", valid_until=date(2027, 1, 1))],
             Unexplained.OVER),
            (billed("122", "A", currency="USD"), [offer(1, "A", "122")], Unexplained.CURRENCY),
        ],
    )  # fmt: skip
    def test_else_the_reason(self, told: Billed, offers: list[Offer], reason: Unexplained) -> None:
        assert explain(told, offers).reason == reason

    def test_what_differs_from_a_contract_that_it_does_not_name_is_not_of_it(self) -> None:
        found = explain(billed("130"), [offer(1, "A", "122")])
        assert found == Explained(None, None, Unexplained.AMOUNT, D(8))

    def test_what_differs_from_the_contract_that_it_names_says_by_how_much(self) -> None:
        found = explain(billed("130", "A"), [offer(1, "A", "122"), offer(2, "B", "130")])
        assert found == Explained(1, FoundBy.NUMBER, Unexplained.AMOUNT, D(8))
