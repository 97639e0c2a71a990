"""Worked examples of lots and realised results, readable by an accountant: rules 6 and 7."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ledger.lots.choosing import LotsNamedWrongly
from ledger.lots.matching import Change, CurrenciesDoNotCompare, Matched, match
from ledger.lots.methods import Method

D = Decimal


def buy(id: int, quantity: str, price: str, fee: str = "0") -> Change:
    return _deal(id, True, quantity, price, fee)


def sell(id: int, quantity: str, price: str, fee: str = "0") -> Change:
    return _deal(id, False, quantity, price, fee)


def _deal(id: int, incoming: bool, quantity: str, price: str, fee: str) -> Change:
    gross = D(quantity) * D(price)
    return Change(id=id, incoming=incoming, quantity=D(quantity), gross=gross, fee=D(fee))


def cost_of(matched: Matched) -> Decimal:
    return sum((c.cost for c in matched.closings), D(0))


def result_of(matched: Matched) -> Decimal:
    return sum((c.result for c in matched.closings), D(0))


# Bought 2025-01-10, 2025-03-05 and 2025-06-20; sold 150 at 11.50, proceeds 1,725.00.
TABLE = [buy(1, "100", "10"), buy(2, "100", "12"), buy(3, "100", "9"), sell(4, "150", "11.50")]
ROWS = [
    ("FIFO", "1600.00", "125.00"),
    ("LIFO", "1500.00", "225.00"),
    ("HIFO", "1700.00", "25.00"),
    ("LOFO", "1400.00", "325.00"),
    ("AVERAGE", "1550.00", "175.00"),
]


class TestLotsOfRulesSix:
    @pytest.mark.parametrize(("method", "cost", "result"), ROWS, ids=[row[0] for row in ROWS])
    def test_table_of_methods(self, method: str, cost: str, result: str) -> None:
        matched = match(TABLE, method=Method(method), minor_unit=2)
        assert (cost_of(matched), result_of(matched)) == (D(cost), D(result))

    @pytest.mark.parametrize("method", [row[0] for row in ROWS])
    def test_invariant_cost_out_and_cost_remaining_are_the_cost_in(self, method: str) -> None:
        matched = match(TABLE, method=Method(method), minor_unit=2)
        remaining = sum(lot.gross for lot in matched.lots)
        assert cost_of(matched) + remaining == D("3100.00")
        assert sum(lot.quantity for lot in matched.lots) == 150

    def test_fifo_row_says_which_lots(self) -> None:
        matched = match(TABLE, method=Method.FIFO, minor_unit=2)
        assert [(c.opening and c.opening.id, c.quantity, c.cost) for c in matched.closings] == [
            (1, D(100), D("1000.00")),
            (2, D(50), D("600.00")),
        ]
        assert [(x.opening and x.opening.id, x.quantity, x.gross) for x in matched.lots] == [
            (2, D(50), D("600.00")),
            (3, D(100), D("900.00")),
        ]

    def test_specific_closes_the_lots_that_were_named(self) -> None:
        named = {4: [(3, D(100)), (1, D(50))]}
        matched = match(TABLE, method=Method.SPECIFIC, minor_unit=2, named=named)
        assert (cost_of(matched), result_of(matched)) == (D("1400.00"), D("325.00"))

    @pytest.mark.parametrize(
        "lots", [[], [(3, D(100))], [(3, D(150))], [(1, D(75)), (1, D(75))], [(4, D(150))], [(99, D(150))]],
        ids=["none", "too-little", "too-much-of-one", "one-twice", "itself", "unknown"],
    )  # fmt: skip
    def test_specific_refuses_lots_that_do_not_hold_it(self, lots: list[tuple[int, D]]) -> None:
        with pytest.raises(LotsNamedWrongly):
            match(TABLE, method=Method.SPECIFIC, minor_unit=2, named={4: lots})

    @pytest.mark.parametrize("unit", [0, 2, 3])
    def test_the_last_disposal_takes_the_residue(self, unit: int) -> None:
        """A third of 100.00 is no amount; three thirds are exactly what was paid."""
        paid = D(100).scaleb(-unit) if unit else D(100)
        lot = Change(id=1, incoming=True, quantity=D(3), gross=paid, fee=D(1).scaleb(-unit))
        sales = [
            Change(id=n, incoming=False, quantity=D(1), gross=D(1).scaleb(-unit)) for n in (2, 3, 4)
        ]
        for method in ("FIFO", "LIFO", "AVERAGE"):
            matched = match([lot, *sales], method=Method(method), minor_unit=unit)
            assert cost_of(matched) == paid
            assert sum(c.opening_fee for c in matched.closings) == lot.fee
            assert [c.cost.scaleb(unit) for c in matched.closings] == [33, 34, 33]
            assert matched.lots == []

    def test_short_position_is_a_lot_that_purchases_close(self) -> None:
        """Sold 100 at 12 before anything was bought; 150 bought at 10: +200, and 50 are long."""
        changes = [sell(1, "100", "12"), buy(2, "150", "10", fee="0.30")]
        (closing,), (lot,) = (
            match(changes, method=Method.FIFO, minor_unit=2).closings,
            match(changes, method=Method.FIFO, minor_unit=2).lots,
        )
        assert closing.opening is changes[0]
        assert (closing.proceeds, closing.cost) == (D("1200.00"), D("1000.00"))
        assert (closing.closing_fee, closing.result) == (D("0.20"), D("199.80"))
        assert (lot.long, lot.quantity, lot.gross, lot.fee) == (True, D(50), D("500.00"), D("0.10"))

    def test_costs_in_two_currencies_are_not_compared(self) -> None:
        changes = [
            Change(id=1, incoming=True, quantity=D(1), gross=D(9), currency="USD"),
            Change(id=2, incoming=True, quantity=D(1), gross=D(90), currency="RUB"),
        ]
        with pytest.raises(CurrenciesDoNotCompare):
            match(changes, method=Method.HIFO, minor_unit=2)


def tax_base(*changes: Change) -> Decimal:
    return result_of(match(changes, method=Method.FIFO, minor_unit=2))


class TestBasesOfRulesSeven:
    """Sale income less what FIFO says the securities cost, and less both sides' commissions."""

    def test_n1_base(self) -> None:
        assert tax_base(buy(1, "70", "300"), buy(2, "80", "320"), sell(3, "80", "315")) == 1_000

    def test_n2_base(self) -> None:
        assert tax_base(buy(1, "50", "6700"), buy(2, "50", "6500"), sell(3, "60", "6600")) == -4_000

    def test_n3_base(self) -> None:
        assert (
            tax_base(buy(1, "500", "105"), buy(2, "500", "140"), sell(3, "600", "310")) == 119_500
        )

    def test_n13_commissions_of_both_sides_belong_to_the_result(self) -> None:
        """0.05 % each side: 0.50, 0.60 and 0.86; half of the second lot's fee stays with it."""
        changes = [
            buy(1, "100", "10", fee="0.50"),
            buy(2, "100", "12", fee="0.60"),
            sell(3, "150", "11.50", fee="0.86"),
        ]
        assert tax_base(*changes) == D("123.34")
        (lot,) = match(changes, method=Method.FIFO, minor_unit=2).lots
        assert (lot.gross, lot.fee) == (D("600.00"), D("0.30"))
