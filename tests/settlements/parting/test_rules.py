"""What a part may be, and what of the money goes with it (rules, section 2: L2, L3)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlements.optimising.weighing import share
from settlements.parting.rules import (
    PartTerms,
    Share,
    in_proportion,
    is_part,
    share_of,
)
from settlements.remaining import left_of

D = Decimal
AUTO = PartTerms(allowed=True, minimum=D(500), lot=D(1))


def test_l2_900_of_1000_with_a_minimum_of_500_may_settle() -> None:
    assert is_part(D(900), D(1000), AUTO)


def test_l3_with_a_minimum_of_950_they_may_not() -> None:
    assert not is_part(D(900), D(1000), AUTO._replace(minimum=D(950)))


@pytest.mark.parametrize(
    ("quantity", "terms", "expected"),
    [
        (D(500), AUTO, True),
        (D(499), AUTO, False),
        (D(1000), AUTO._replace(allowed=False), True),
        (D("999.99"), AUTO._replace(allowed=False), False),
        (D(999), AUTO._replace(lot=D(100)), False),
        (D(900), AUTO._replace(lot=D(100), minimum=None), True),
        (D(99), AUTO._replace(lot=D(100), minimum=None), False),
        (D(0), AUTO._replace(minimum=None), False),
        (D("0.5"), AUTO._replace(lot=D("0.25"), minimum=None), True),
        (D(1001), AUTO, False),
    ],
)
def test_a_part_keeps_to_minimum_and_lot(
    quantity: Decimal, terms: PartTerms, expected: bool
) -> None:
    assert is_part(quantity, D(1000), terms) is expected


def test_all_that_is_left_may_always_settle() -> None:
    never = PartTerms(allowed=False, minimum=None, lot=D(100))
    assert is_part(D(7), D(7), never)
    assert not is_part(D(6), D(7), never)


@pytest.mark.parametrize(
    ("amount", "places", "expected"),
    [("100.01", 2, "33.34"), ("-100.01", 2, "-33.34"), ("1000", 0, "333"), ("10.001", 3, "3.334")],
)
def test_money_of_a_third_is_half_up_to_the_minor_unit(
    amount: str, places: int, expected: str
) -> None:
    assert in_proportion(D(amount), D(1), D(3), minor_unit=places) == D(expected)


cents = st.integers(0, 10**12)


@given(amount=cents, interest=cents, sizes=st.lists(st.integers(1, 10**6), min_size=1, max_size=6))
def test_the_parts_come_to_the_whole_and_to_what_the_optimiser_counts(
    amount: int, interest: int, sizes: list[int]
) -> None:
    left = whole = Share(D(sum(sizes)), D(amount).scaleb(-2), D(-interest).scaleb(-2))
    settled = [D(0), D(0), D(0)]
    for size in sizes:
        part = share_of(left, D(size), minor_unit=2)
        counted = share(int(left.amount.scaleb(2)), size, int(left.quantity))
        assert part.amount.scaleb(2) == counted
        settled = [a + b for a, b in zip(settled, part, strict=True)]
        left = Share(*(a - b for a, b in zip(left, part, strict=True)))
        assert left.amount >= 0
        assert left.interest <= 0
    assert tuple(settled) == whole
    assert left == Share(D(0), D(0), D(0))


@pytest.mark.parametrize("quantity", ["0", "-1", "1001"])
def test_what_is_no_part_is_refused(quantity: str) -> None:
    with pytest.raises(ValueError, match="is no part of"):
        share_of(Share(D(1000), D(1), D(0)), D(quantity), minor_unit=2)


def test_what_is_left_of_each_kind_comes_to_what_is_left() -> None:
    due = {"FEE": D("-10.01"), "INTEREST": D("3.00"), "PRINCIPAL": D("-1000.00")}
    left = left_of(due, D("-671.33"), D("2.00"), places=2)
    assert left == {"FEE": D("-3.34"), "INTEREST": D("1.00"), "PRINCIPAL": D("-333.34")}
    assert sum(left.values()) == sum(due.values()) - D("-671.33")
    assert left_of(due, D(0), D(0), places=2) == due
