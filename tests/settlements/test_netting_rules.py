"""Netting by the figures of rules, section 11, and what holds for any obligations."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from settlements.netting.rules import (
    Gain,
    Leg,
    Owed,
    Shape,
    gain_of,
    legs_of,
    net_of,
    positions_of,
    shapes_of,
)

RULES_11 = [
    Owed("A", "B", Decimal(100)), Owed("B", "A", Decimal(70)), Owed("B", "C", Decimal(50)),
    Owed("C", "A", Decimal(40)), Owed("A", "C", Decimal(10)),
]  # fmt: skip


class TestRules11:
    def test_gross_is_270_in_5_payments(self) -> None:
        assert gain_of(RULES_11, RULES_11) == Gain(Decimal(270), 5, Decimal(270), 5)

    def test_bilateral_is_110_in_3_payments(self) -> None:
        nets = net_of(RULES_11)
        assert nets == [
            Owed("A", "B", Decimal(30)), Owed("B", "C", Decimal(50)), Owed("C", "A", Decimal(30)),
        ]  # fmt: skip
        gain = gain_of(RULES_11, nets)
        assert (gain.net, gain.net_count) == (Decimal(110), 3)
        assert round(gain.saved * 100, 1) == Decimal("59.3")

    def test_multilateral_is_one_payment_of_20(self) -> None:
        assert positions_of(RULES_11) == {"A": 0, "B": -20, "C": 20}
        nets = net_of(RULES_11, multilateral=True)
        assert nets == [Owed("B", "C", Decimal(20))]
        assert round(gain_of(RULES_11, nets).saved * 100, 1) == Decimal("92.6")


owed = st.builds(
    Owed,
    st.sampled_from("ABCDE"),
    st.sampled_from("VWXYZ"),
    st.decimals("0.01", "1000000", places=2),
) | st.builds(
    Owed,
    st.sampled_from("VWXYZ"),
    st.sampled_from("ABCDE"),
    st.decimals("0.01", "1000000", places=2),
)


def _positions(rows: list[Owed]) -> dict[object, Decimal]:
    found: defaultdict[object, Decimal] = defaultdict(Decimal)
    for row in rows:
        found[row.debtor] -= row.quantity
        found[row.creditor] += row.quantity
    return {party: net for party, net in found.items() if net}


@given(st.lists(owed, max_size=40))
def test_every_party_ends_where_it_would_have_gross(rows: list[Owed]) -> None:
    for multilateral in (False, True):
        nets = net_of(rows, multilateral=multilateral)
        assert _positions(nets) == _positions(rows)
        assert all(each.quantity > 0 for each in nets)
        assert sum(each.quantity for each in nets) <= sum(each.quantity for each in rows)


@given(st.lists(owed, max_size=40))
def test_a_pair_has_one_payment_and_parties_have_one_fewer_than_they_are(rows: list[Owed]) -> None:
    pairs = [frozenset((each.debtor, each.creditor)) for each in net_of(rows)]
    assert len(pairs) == len(set(pairs))
    moving = _positions(rows)
    assert len(net_of(rows, multilateral=True)) <= max(0, len(moving) - 1)


class TestLegsOf:
    def test_securities_against_money_are_one(self) -> None:
        assert legs_of(Decimal(-5), Decimal(100)) == [Leg("DVP", True, Decimal(5), Decimal(100))]
        assert legs_of(Decimal(5), Decimal(-100)) == [Leg("DVP", False, Decimal(5), Decimal(100))]

    def test_what_goes_one_way_goes_by_itself(self) -> None:
        assert legs_of(Decimal(-5), Decimal(-100)) == [
            Leg("FOP", True, Decimal(5), Decimal(0)), Leg("PFOD", False, Decimal(0), Decimal(100)),
        ]  # fmt: skip

    def test_a_difference_in_money_is_paid_and_nothing_is_nothing(self) -> None:
        assert legs_of(Decimal(0), Decimal(7)) == [Leg("PFOD", True, Decimal(0), Decimal(7))]
        assert legs_of(Decimal(0), Decimal(0)) == []


class TestShapesOf:
    def test_full_shapes_and_what_is_left(self) -> None:
        found = shapes_of(Decimal(1_250), Decimal("1000.00"), most=Decimal(500), minor_unit=2)
        assert found == [
            Shape(Decimal(500), Decimal("400.00")), Shape(Decimal(500), Decimal("400.00")),
            Shape(Decimal(250), Decimal("200.00")),
        ]  # fmt: skip

    @given(
        st.decimals("0.001", "100000", places=3),
        st.decimals("0", "10000000", places=2),
        st.decimals("50", "5000", places=0),
    )
    def test_quantities_and_money_sum_to_the_whole(
        self, quantity: Decimal, amount: Decimal, most: Decimal
    ) -> None:
        found = shapes_of(quantity, amount, most=most, minor_unit=2)
        assert sum(each.quantity for each in found) == quantity
        assert sum(each.amount for each in found) == amount
        assert all(0 < each.quantity <= most and each.amount >= 0 for each in found)
        assert all(each.amount == round(each.amount, 2) for each in found)
