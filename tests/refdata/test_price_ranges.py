"""Ranges of prices: loaded beside closes, told by hand, held in order, and found for a day as known then."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from backoffice.events.selectors import NO_HORIZON
from refdata.loading.moex_prices import PriceLine, load_prices, parse_prices, prices_in
from refdata.models import Instrument, Price
from refdata.price_order import PriceOrder
from refdata.price_ranges import calculated_on, range_on
from refdata.proposals import ProposalWrong, approve_proposals, propose_change
from tests.instructing import person

D = Decimal
FRIDAY = date(2026, 6, 5)
DAY = timedelta(days=1)


@pytest.fixture
def share(own_database: None) -> Instrument:
    return Instrument.objects.get(isin="RU000A0J2Q06")  # no price in the demonstration


def price(share: Instrument, day: date, low: str | None, high: str | None, **more: Any) -> Price:
    return Price.objects.create(
        instrument=share, price_date=day, currency="RUB",
        **{"source": "MOEX", "value": D("400")} | more,
        low=None if low is None else D(low), high=None if high is None else D(high),
    )  # fmt: skip


def found(share: Instrument, day: date, horizon: int = NO_HORIZON, **orders: PriceOrder) -> str:
    row = range_on(share.pk, share.kind, day, since=day - 90 * DAY, orders=orders, horizon=horizon)
    return "" if row is None else f"{row.source} {row.low.normalize():f} {row.high.normalize():f}"


class TestStoring:
    @pytest.mark.parametrize(("low", "high"), [("401", "400"), ("400", None), (None, "400"), ("0", "1")])  # fmt: skip
    def test_a_range_has_both_ends_in_order(
        self, share: Instrument, low: str | None, high: str | None
    ) -> None:
        with pytest.raises(IntegrityError, match="price_range_in_order"), transaction.atomic():
            price(share, FRIDAY, low, high)

    def test_the_same_price_with_a_range_is_another_fact_and_without_one_the_same(
        self, share: Instrument
    ) -> None:
        price(share, FRIDAY, None, None)
        price(share, FRIDAY, "390", "410")
        for ends in ((None, None), ("390", "410")):
            with pytest.raises(IntegrityError, match="price_once"), transaction.atomic():
                price(share, FRIDAY, *ends)

    def test_by_hand_it_is_proposed_and_approved_like_a_price(self, share: Instrument) -> None:
        told: dict[str, str | None] = {
            "instrument": share.isin, "price_date": "2026-06-05", "source": "MANUAL", "value": "401.5",
            "currency": "RUB", "low": "390", "high": "410",
        }  # fmt: skip
        wrong: tuple[dict[str, str | None], ...] = ({"low": "420"}, {"kind": "GUESS"})
        for each in wrong:
            with pytest.raises(ProposalWrong):
                proposed(told | each)
        id = proposed(told | {"kind": "CALC"})
        approve_proposals(ids=[id], actor=person("manager"), at=timezone.now()).raise_single()
        row = Price.objects.get(instrument=share)
        assert (row.low, row.high, row.kind) == (D(390), D(410), "CALC")


def proposed(told: dict[str, str | None]) -> int:
    return propose_change(
        subject_type="price", subject_id=None, changes=told, valid_from=None, reason="an appraisal",
        actor=person("clerk"), at=timezone.now(),
    ).pk  # fmt: skip


class TestLoading:
    @pytest.mark.usefixtures("own_database")
    def test_closes_of_the_exchange_bring_their_range(self, shared_data: Path) -> None:
        path = shared_data / "reference" / "moex" / "security_history_page1.json"
        assert (load_prices(path).added, load_prices(path).added) == (100, 0)
        first = Price.objects.filter(source="MOEX TQBR").earliest("price_date")
        assert (first.value, first.low, first.high) == (D("62.92"), D("62.55"), D("64.98"))

    def test_all_lines_say_it(self, shared_data: Path) -> None:
        path = shared_data / "reference" / "moex" / "security_history_page1.json"
        lines = [line for line in parse_prices(path) if isinstance(line, PriceLine)]
        assert all(line.low <= line.value <= line.high for line in lines)  # type: ignore[operator]

    def test_a_range_upside_down_is_a_problem_and_none_is_none(self) -> None:
        columns = ["BOARDID", "TRADEDATE", "SECID", "CLOSE", "LOW", "HIGH"]
        data = [
            ["TQBR", "2026-11-20", "SBER", 310, 311, 309], ["TQBR", "2026-11-20", "SBER", 310, None, 309],
        ]  # fmt: skip
        wrong, right = prices_in({"history": {"columns": columns, "data": data}})
        assert "is above the highest" in wrong.detail  # type: ignore[union-attr]
        assert isinstance(right, PriceLine)
        assert (right.low, right.high) == (None, None)

    def test_that_of_a_bond_is_in_money_for_one(self) -> None:
        document = {
            "securities": {
                "columns": ["SECID", "BOARDID", "FACEVALUE", "COUPONVALUE", "FACEUNIT"],
                "data": [["SU26238", "TQOB", 1000, 35.4, "SUR"]],
            },
            "marketdata": {
                "columns": ["SECID", "BOARDID", "LAST", "LOW", "HIGH", "SYSTIME"],
                "data": [["SU26238", "TQOB", 61.23, 61.0, 61.5, "2026-06-05 18:00:00"]],
            },
        }
        (line,) = prices_in(document)
        assert isinstance(line, PriceLine)
        assert (line.value, line.low, line.high) == (D("612.3"), D("610"), D("615"))


class TestFinding:
    def test_the_last_day_that_has_one_counts_until_the_day_and_not_before_another(
        self, share: Instrument
    ) -> None:
        price(share, FRIDAY - DAY, "390", "410")
        price(share, FRIDAY, None, None)
        assert found(share, FRIDAY) == "MOEX 390 410"
        assert found(share, FRIDAY - 2 * DAY) == ""
        assert found(share, FRIDAY + 89 * DAY) == "MOEX 390 410"
        assert found(share, FRIDAY + 90 * DAY) == ""

    def test_of_several_sources_the_rule_says_whose(self, share: Instrument) -> None:
        price(share, FRIDAY, "390", "410")
        price(share, FRIDAY, "380", "420", source="SPB")
        assert found(share, FRIDAY) == "SPB 380 420"  # recorded last
        assert found(share, FRIDAY, SHARE=PriceOrder(("MOEX", "SPB"))) == "MOEX 390 410"
        price(share, FRIDAY, "385", "415", value=D("405"))
        assert found(share, FRIDAY, SHARE=PriceOrder(("MOEX", "SPB"))) == "MOEX 385 415"

    def test_a_calculated_price_is_found_by_its_kind(self, share: Instrument) -> None:
        price(share, FRIDAY, None, None)
        asked: dict[str, Any] = {"since": FRIDAY - 90 * DAY, "horizon": NO_HORIZON}
        assert calculated_on(share.pk, FRIDAY, **asked) is None
        price(share, FRIDAY - DAY, None, None, kind="CALC", value=D("395"))
        row = calculated_on(share.pk, FRIDAY, **asked)
        assert row is not None
        assert (row.low, row.high, row.day) == (D(395), D(395), FRIDAY - DAY)
