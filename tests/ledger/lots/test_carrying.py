"""Corporate actions on lots: the vectors of rules.md section 6, and that no cost is ever lost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.lots.carrying import Conversion, carry, match_over
from ledger.lots.matching import Change, Lot, Matched
from ledger.lots.methods import Method

D = Decimal
DAY = date(2025, 9, 1)


def bought(quantity: str, price: str, day: str, *, id: int = 1, fee: str = "0") -> Change:
    gross = (D(quantity) * D(price)).quantize(D("0.01"))
    return Change(
        id=id, incoming=True, quantity=D(quantity), gross=gross, fee=D(fee), currency="RUB",
        trade_date=date.fromisoformat(day), source_type="deal", source_id=id,
    )  # fmt: skip


def sold(quantity: str, price: str, day: str, *, id: int = 9) -> Change:
    change = bought(quantity, price, day, id=id)
    return Change(
        **{name: getattr(change, name) for name in Change.__slots__} | {"incoming": False}
    )


def conversion(**more: object) -> Conversion:
    return Conversion(**{"day": DAY, "source_type": "recordevent", "source_id": 1} | more)  # type: ignore[arg-type]


THREE = [
    bought("100", "10.00", "2025-01-10", id=1),
    bought("100", "12.00", "2025-03-05", id=2),
    bought("100", "9.00", "2025-06-20", id=3),
]


def over(
    changes: list[Change], *by: Conversion, method: Method = Method.FIFO
) -> tuple[Matched, list[tuple[Conversion, list[Lot]]]]:
    found = match_over(changes, by, method=method, minor_unit=2)
    return found.matched, [(each, list(lots)) for each, lots in found.left]


class TestSplit:
    def test_one_for_four_keeps_the_date_and_the_whole_cost(self) -> None:
        matched, _ = over(THREE[:1], conversion(new=D(4), old=D(1), same=True))
        (lot,) = matched.lots
        assert (lot.quantity, lot.gross) == (D(400), D("1000.00"))
        assert lot.gross / lot.quantity == D("2.50")
        assert lot.opening is not None
        assert lot.opening.trade_date == date(2025, 1, 10)

    @pytest.mark.parametrize("method", [m for m in Method if m != Method.SPECIFIC])
    def test_whatever_the_method_a_sale_after_it_costs_what_it_would_have_before(
        self, method: Method
    ) -> None:
        split = conversion(new=D(4), old=D(1), same=True)
        after, _ = over([*THREE, sold("600", "2.875", "2025-10-01")], split, method=method)
        before, _ = over([*THREE, sold("150", "11.50", "2025-08-01")], method=method)
        assert sum(c.cost for c in after.closings) == sum(c.cost for c in before.closings)
        assert sum(c.result for c in after.closings) == sum(c.result for c in before.closings)
        assert sum(lot.gross for lot in after.lots) == sum(lot.gross for lot in before.lots)

    def test_what_is_dealt_on_its_day_is_dealt_in_new_units(self) -> None:
        changes = [*THREE[:1], bought("40", "2.60", DAY.isoformat(), id=4)]
        matched, _ = over(changes, conversion(new=D(4), old=D(1), same=True))
        assert [lot.quantity for lot in matched.lots] == [D(400), D(40)]

    def test_ten_to_one_of_105_is_10_and_money_for_5(self) -> None:
        """Money in lieu of half a new share, at 98.00 a new share: its cost is that of 5 old ones."""
        changes = [bought("105", "10.00", "2025-01-10"), sold("0.5", "98.00", DAY.isoformat())]
        matched, _ = over(changes, conversion(new=D(1), old=D(10), same=True))
        (lot,) = matched.lots
        (closing,) = matched.closings
        assert (lot.quantity, lot.gross) == (D(10), D("1000.00"))
        assert (closing.quantity, closing.cost, closing.proceeds) == (
            D("0.5"),
            D("50.00"),
            D("49.00"),
        )
        assert closing.result == D("-1.00")

    def test_quantities_that_do_not_divide_come_to_what_all_of_them_become(self) -> None:
        lots = over([bought("1", "10", "2025-01-10", id=n) for n in range(1, 8)])[0].lots
        carried = carry(lots, conversion(new=D(1), old=D(3), same=True), minor_unit=2)
        assert sum(lot.quantity for lot in carried.kept) == D("2.33333333")
        assert sum(lot.gross for lot in carried.kept) == D(70)


class TestPartialRedemption:
    def test_20_percent_scales_the_cost_by_0_8_and_keeps_the_quantity(self) -> None:
        """Nominal 1000 becomes 800: 200 a bond is paid back, and a fifth of the cost is gone with it."""
        changes = [bought("10", "950.00", "2025-01-10")]
        matched, _ = over(changes, conversion(cost_share=D("0.2"), rate=D(200), currency="RUB"))
        (lot,) = matched.lots
        (closing,) = matched.closings
        assert (lot.quantity, lot.gross) == (D(10), D("7600.00"))
        assert (closing.cost, closing.proceeds) == (D("1900.00"), D("2000.00"))
        assert (closing.quantity, closing.result) == (D(0), D("100.00"))

    def test_a_short_position_pays_it(self) -> None:
        matched, _ = over(
            [sold("10", "950.00", "2025-01-10")],
            conversion(cost_share=D("0.2"), rate=D(200), currency="RUB"),
        )
        (closing,) = matched.closings
        assert (closing.proceeds, closing.cost) == (D("1900.00"), D("2000.00"))


class TestSpinOff:
    def test_the_announced_share_of_the_cost_goes_with_it_and_so_do_the_dates(self) -> None:
        by = conversion(new=D(1), old=D(5), keeps=True, cost_share=D("0.15"))
        matched, [(_, gone)] = over(THREE, by)
        assert [lot.gross for lot in matched.lots] == [D("850.00"), D("1020.00"), D("765.00")]
        assert [lot.quantity for lot in matched.lots] == [D(100)] * 3
        assert [(lot.quantity, lot.gross) for lot in gone] == [
            (D(20), D("150.00")), (D(20), D("180.00")), (D(20), D("135.00")),
        ]  # fmt: skip
        assert [lot.opening.trade_date for lot in gone if lot.opening] == [
            each.trade_date for each in THREE
        ]

    def test_what_comes_is_closed_in_order_of_acquisition(self) -> None:
        by = conversion(new=D(1), old=D(5), keeps=True, cost_share=D("0.15"))
        _, [(_, gone)] = over(THREE, by)
        own = [bought("50", "7.00", "2025-02-01", id=7), sold("30", "9.00", "2025-10-01")]
        found = match_over(own, [], method=Method.FIFO, minor_unit=2, arriving=[(DAY, gone)])
        assert [(c.opening and c.opening.id, c.quantity) for c in found.matched.closings] == [
            (1, D(20)), (7, D(10)),
        ]  # fmt: skip


class TestExchange:
    def test_all_of_it_becomes_the_other_with_its_cost(self) -> None:
        matched, [(_, gone)] = over(THREE, conversion(new=D(3), old=D(2), cost_share=D(1)))
        assert matched.lots == []
        assert sum(lot.quantity for lot in gone) == D(450)
        assert sum(lot.gross for lot in gone) == D(3100)


CHANGE = st.tuples(st.booleans(), st.integers(1, 300), st.integers(1, 2000), st.integers(0, 300))
ACTION = st.one_of(
    st.builds(
        conversion, day=st.integers(0, 300).map(lambda n: date.fromordinal(DAY.toordinal() + n)),
        new=st.sampled_from([D(1), D(3), D(4)]), old=st.sampled_from([D(1), D(2), D(7), D(10)]),
        same=st.just(True),
    ),
    st.builds(
        conversion, day=st.integers(0, 300).map(lambda n: date.fromordinal(DAY.toordinal() + n)),
        cost_share=st.sampled_from([D("0.2"), D("0.333333333333")]), rate=st.just(D("1.37")),
        currency=st.just("RUB"),
    ),
    st.builds(
        conversion, day=st.integers(0, 300).map(lambda n: date.fromordinal(DAY.toordinal() + n)),
        new=st.just(D(1)), old=st.just(D(3)), keeps=st.just(True), cost_share=st.just(D("0.17")),
    ),
)  # fmt: skip


@given(st.lists(CHANGE, max_size=12), st.lists(ACTION, max_size=3), st.sampled_from(Method))
def test_cost_in_is_cost_out_and_cost_remaining_and_what_went_along(
    rows: list[tuple[bool, int, int, int]], actions: list[Conversion], method: Method
) -> None:
    """Of a position that is never short: what was paid for it is in what was closed, open, or gone to another."""
    method = Method.FIFO if method == Method.SPECIFIC else method
    changes, held = [], 0
    for number, (incoming, quantity, cents, days) in enumerate(sorted(rows, key=lambda r: r[3]), 1):
        day = date.fromordinal(DAY.toordinal() + days)
        if not incoming and (actions or quantity > held):
            continue
        held += quantity if incoming else -quantity
        change = bought(str(quantity), str(D(cents) / 100), day.isoformat(), id=number)
        changes.append(
            change
            if incoming
            else sold(str(quantity), str(D(cents) / 100), day.isoformat(), id=number)
        )
    actions = [conversion(**{n: getattr(a, n) for n in Conversion.__slots__ if n != "source_id"} | {"source_id": k})
               for k, a in enumerate(actions)]  # fmt: skip
    matched, left = over(changes, *actions, method=method)
    paid = sum((c.gross for c in changes if c.incoming), D(0))
    gone = sum((lot.gross for _, lots in left for lot in lots), D(0))
    assert paid == (
        sum((c.cost for c in matched.closings), D(0))
        + sum((lot.gross for lot in matched.lots), D(0))
        + gone
    )
