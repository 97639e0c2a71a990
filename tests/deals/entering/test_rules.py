"""What is told to somebody who types, at its borders."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from deals.entering.rules import ENOUGH, Dealt, Typed, last_alike, same_as, unusual

DAY = date(2026, 11, 30)


def dealt(id: int, *, product: str = "equity", instrument: str = "X") -> Dealt:
    return Dealt(
        id, product, "buy", instrument, "", "EQ-RU", DAY, Decimal(10), Decimal("100.00"), "RUB",
        Decimal("1000.00"), "DVP", "OWN",
    )  # fmt: skip


def typed(gross: str = "3000.00", **more: object) -> Typed:
    found = Typed(
        "equity", "buy", "X", "", "RUB", Decimal(10), Decimal("100.00"), Decimal(gross), DAY
    )
    return found._replace(**more)  # type: ignore[arg-type]


class TestUnusual:
    def test_from_three_times_the_largest(self) -> None:
        rows = [dealt(n) for n in range(ENOUGH)]
        assert unusual(typed("2999.99"), rows) is None
        found = unusual(typed("3000.00"), rows)
        assert found is not None
        assert (found.times, found.among) == (Decimal(3), ENOUGH)

    def test_with_few_deals_nothing_is(self) -> None:
        assert unusual(typed("90000.00"), [dealt(n) for n in range(ENOUGH - 1)]) is None

    def test_other_currencies_and_products_do_not_count(self) -> None:
        rows = [dealt(n) for n in range(ENOUGH)]
        assert unusual(typed("9000.00", currency="USD"), rows) is None
        assert unusual(typed("9000.00", product="bond"), rows) is None
        assert unusual(typed(gross="1.00")._replace(gross=None), rows) is None


class TestSame:
    def test_all_that_a_person_looks_at(self) -> None:
        rows = [dealt(7), dealt(6)]
        assert same_as(typed(), rows) == rows[0]
        for other in ({"side": "sell"}, {"quantity": Decimal(11)}, {"price": Decimal("100.01")},
                      {"trade_date": date(2026, 12, 1)}, {"instrument": "Y"}):  # fmt: skip
            assert same_as(typed(**other), rows) is None


def test_the_last_alike_is_of_the_same_instrument_once_that_is_said() -> None:
    rows = [dealt(9, instrument="Y"), dealt(8), dealt(7, product="bond")]
    assert last_alike(Typed("equity", "buy"), rows) == rows[0]
    assert last_alike(typed(), rows) == rows[1]
    assert last_alike(Typed("repo", "buy"), rows) is None
