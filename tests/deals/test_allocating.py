"""Blocks are shared out, and fills added up, to the last unit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deals.allocating.rules import (
    Share,
    SharesDiffer,
    Units,
    Whole,
    added,
    average_price,
    quantities_of,
    split,
)
from deals.terms import Amounts, FlowTerms

DUE, SHARE, MONEY = date(2026, 11, 24), 1, 2
UNITS = Units(0, 2, MONEY, lambda asset: 2 if asset == MONEY else 0)


def d(text: str) -> Decimal:
    return Decimal(text)


def whole(side: str, quantity: int, gross: Decimal, fees: list[Decimal]) -> Whole:
    buys = side == "buy"
    flows = [
        FlowTerms("PRINCIPAL", "RECEIVE" if buys else "DELIVER", SHARE, Decimal(quantity), DUE),
        FlowTerms("PRINCIPAL", "PAY" if buys else "RECEIVE", MONEY, gross, DUE),
        *(FlowTerms("FEE", "PAY", MONEY, fee, DUE) for fee in fees),
    ]
    total = sum(fees, Decimal(0))
    net = gross + total if buys else gross - total
    return Whole(Decimal(quantity), Amounts(gross, tuple(fees), net), tuple(flows))


def percent(*texts: str) -> list[Share]:
    return [Share("B", percent=d(text)) for text in texts]


class TestQuantities:
    def test_what_is_left_over_goes_to_the_largest_remainders(self) -> None:
        found = quantities_of(Decimal(1_000), percent("33.33", "33.33", "33.34"), decimals=0)
        assert found == [333, 333, 334]
        assert quantities_of(Decimal(10), percent("25", "25", "50"), decimals=0) == [3, 2, 5]
        assert quantities_of(d("1.00"), percent("50", "50"), decimals=2) == [d("0.50")] * 2

    @pytest.mark.parametrize(
        ("shares", "told"),
        [
            ([], []),
            (percent("50", "49.99"), []),
            (percent("50", "50.01"), []),
            ([Share("B", quantity=d("999"))], []),
            ([Share("B", quantity=d("1001"))], []),
            ([Share("B", quantity=d("500")), Share("B", percent=d("50"))], []),
            ([Share("B"), Share("B", quantity=d("1000"))], ["/shares/0"]),
            ([Share("B", quantity=d("-1")), Share("B", quantity=d("1001"))], ["/shares/0"]),
            ([Share("B", quantity=d("0.5")), Share("B", quantity=d("999.5"))],
             ["/shares/0", "/shares/1"]),
            (percent("99.99", "0.01"), ["/shares/1"]),
        ],
    )  # fmt: skip
    def test_shares_that_are_not_the_whole_are_refused(
        self, shares: list[Share], told: list[str]
    ) -> None:
        with pytest.raises(SharesDiffer) as refusal:
            quantities_of(Decimal(1_000), shares, decimals=0)
        assert [problem.pointer for problem in refusal.value.problems] == told


cents = st.decimals(min_value=0, max_value=10**7, places=2)


@given(
    side=st.sampled_from(["buy", "sell"]),
    shares=st.lists(st.integers(1, 10_000), min_size=1, max_size=12),
    gross=st.decimals(min_value="0.01", max_value=10**9, places=2),
    fees=st.lists(cents, max_size=3),
)
def test_the_parts_of_any_block_sum_to_it_and_each_is_whole_in_itself(
    side: str, shares: list[int], gross: Decimal, fees: list[Decimal]
) -> None:
    block = whole(side, sum(shares), gross, [fee for fee in fees if fee])
    parts = split(block, [Decimal(each) for each in shares], UNITS)
    assert [part.quantity for part in parts] == shares
    assert sum(part.amounts.gross for part in parts) == gross
    assert sum(part.amounts.net for part in parts) == block.amounts.net
    for fee, *of_parts in zip_longest(block.amounts.fees, *(p.amounts.fees for p in parts)):
        assert sum(of_parts) == fee
    for part in parts:
        assert part.flows[0].quantity == part.quantity
        sign = 1 if side == "buy" else -1
        assert part.amounts.net == part.amounts.gross + sign * sum(part.amounts.fees)
    together = added(parts)
    assert (together.quantity, together.amounts.gross) == (block.quantity, gross)
    assert sum(f.quantity for f in together.flows) == sum(f.quantity for f in block.flows)


def test_the_average_price_is_weighted_and_rounded_half_up() -> None:
    assert average_price([(d("100"), d("10")), (d("300"), d("12"))]) == d("11.5")
    assert average_price([(d("1"), d("1")), (d("2"), d("2"))]) == d("1.66666667")
    assert average_price([(d("3"), d("0.000000005")), (d("1"), d("0.000000005"))]) == d(
        "0.00000001"
    )
