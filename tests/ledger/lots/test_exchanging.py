"""What goes in exchange realises nothing, and what comes costs what it cost and what is paid beside it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.lots.carrying import match_over
from ledger.lots.exchanging import with_cost_of, without_result
from ledger.lots.matching import Change
from ledger.lots.methods import Method

D = Decimal


def change(id: int, incoming: bool, quantity: str, gross: str, day: int, **more: Any) -> Change:
    return Change(
        id=id, incoming=incoming, quantity=D(quantity), gross=D(gross), currency="RUB",
        trade_date=date(2026, 11, day), source_type="entitlement" if more else "deal", source_id=id, **more,
    )  # fmt: skip


def over(*changes: Change, method: Method = Method.FIFO) -> Any:
    return without_result(match_over(list(changes), [], method=method, minor_unit=2))


# Of the lots of rules, section 6: 100 @ 10.00, 100 @ 12.00, 100 @ 9.00; 150 of them go.
BOUGHT = [
    change(1, True, "100", "1000", 1), change(2, True, "100", "1200", 2), change(3, True, "100", "900", 3),
]  # fmt: skip
GONE = change(4, False, "150", "0", 4, at_cost=True)
CAME = change(4, True, "75", "5000", 4, at_cost=True)


class TestExchange:
    @pytest.mark.parametrize(
        ("method", "cost"),
        [(Method.FIFO, "1600"), (Method.LIFO, "1500"), (Method.HIFO, "1700"), (Method.LOFO, "1400"),
         (Method.AVERAGE, "1550")],
    )  # fmt: skip
    def test_the_vector_of_section_6_goes_at_its_cost_without_a_result(
        self, method: Method, cost: str
    ) -> None:
        found = over(*BOUGHT, GONE, method=method).matched
        assert sum(each.cost for each in found.closings) == D(cost)
        assert [each.result for each in found.closings] == [0] * len(found.closings)
        came = with_cost_of(CAME, found.closings)
        assert came.gross == D(5000) + D(cost)
        assert sum(lot.gross for lot in found.lots) == D(3100) - D(cost)

    def test_stretches_are_cut_so_that_a_pass_over_them_finds_the_same(self) -> None:
        found = over(*BOUGHT, GONE)
        (stretch,) = found.stretches
        assert [(each.quantity, each.gross) for each in stretch if not each.incoming] == [
            (D(100), D(1000)), (D(50), D(600)),
        ]  # fmt: skip

    def test_a_sale_beside_it_has_its_result_as_ever(self) -> None:
        found = over(*BOUGHT, GONE, change(5, False, "10", "130", 5)).matched
        assert [each.result for each in found.closings][-1] == D(10)

    def test_of_another_source_or_book_or_currency_costs_nothing_more(self) -> None:
        closings = over(*BOUGHT, GONE).matched.closings
        for other in ({"source_id": 5}, {"book_id": 7}, {"currency": "USD"}):
            came = Change(
                **{name: getattr(CAME, name) for name in Change.__dataclass_fields__} | other
            )
            assert with_cost_of(came, closings).gross == D(5000)

    @given(
        st.lists(st.tuples(st.integers(1, 500), st.integers(0, 10**6)), min_size=1, max_size=8),
        st.data(),
    )
    def test_cost_in_is_cost_left_and_cost_carried(
        self, lots: list[tuple[int, int]], data: st.DataObject
    ) -> None:
        bought = [change(n, True, str(q), str(D(g) / 100), n) for n, (q, g) in enumerate(lots, 1)]
        gone = data.draw(st.integers(1, sum(q for q, _ in lots)))
        found = over(*bought, change(9, False, str(gone), "0", 20, at_cost=True)).matched
        came = with_cost_of(change(9, True, "1", "0", 20, at_cost=True), found.closings)
        assert came.gross + sum(lot.gross for lot in found.lots) == sum(
            each.gross for each in bought
        )
