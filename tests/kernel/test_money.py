"""Money adds up: whatever the amounts, the weights and the currency's decimals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.money import CurrencyMismatch, Money
from backoffice.kernel.rounding import allocate, half_up_minor

UNITS = {"JPY": 0, "RUB": 2, "KWD": 3}
currencies = st.sampled_from(sorted(UNITS))
amounts = st.decimals("-999999999999", "999999999999", places=4)
weights = st.lists(st.decimals("0", "1000000", places=6), min_size=1, max_size=12)


@given(amounts, amounts, amounts, currencies)
def test_addition_is_exact_whatever_the_order(
    a: Decimal, b: Decimal, c: Decimal, code: str
) -> None:
    one, two, three = (Money(amount, code) for amount in (a, b, c))
    assert (one + two) + three == one + (two + three)
    assert one + two - two == one
    assert one + -one == Money(Decimal(0), code)
    assert (one < two) == (a < b)
    assert (one <= two) == (a <= b)


@pytest.mark.parametrize("step", ["__add__", "__sub__", "__lt__", "__le__"])
def test_two_currencies_never_mix(step: str) -> None:
    with pytest.raises(CurrencyMismatch):
        getattr(Money(Decimal(1), "RUB"), step)(Money(Decimal(1), "rub"))


@given(amounts, weights, currencies)
def test_a_split_sums_to_the_whole_and_no_part_is_off_by_a_unit(
    amount: Decimal, shares: list[Decimal], code: str
) -> None:
    unit = UNITS[code]
    whole = Money(amount, code).rounded(unit)
    if not any(shares):
        with pytest.raises(ValueError, match="weights"):
            whole.split(shares, unit)
        return
    parts = whole.split(shares, unit)
    assert sum((part.amount for part in parts), Decimal(0)) == whole.amount
    step = Decimal(1).scaleb(-unit)
    for part, share in zip(parts, shares, strict=True):
        assert part.amount == half_up_minor(part.amount, unit)
        assert abs(part.amount - whole.amount * share / sum(shares)) <= step


@pytest.mark.parametrize(
    ("total", "shares", "unit", "parts"),
    [
        ("100.00", ["1", "1", "1"], 2, ["33.34", "33.33", "33.33"]),
        ("0.05", ["1", "1"], 2, ["0.03", "0.02"]),
        ("-100", ["1", "1", "1"], 0, ["-34", "-33", "-33"]),
        ("1.000", ["2", "1"], 3, ["0.667", "0.333"]),
        ("7", ["0", "1"], 0, ["0", "7"]),
    ],
)
def test_the_residue_goes_to_the_largest_remainders(
    total: str, shares: list[str], unit: int, parts: list[str]
) -> None:
    found = allocate(Decimal(total), [Decimal(share) for share in shares], unit)
    assert found == [Decimal(part) for part in parts]


@pytest.mark.parametrize(
    ("amount", "unit", "rounded"),
    [
        ("156.225", 2, "156.23"), ("156.2249999999", 2, "156.22"), ("-156.225", 2, "-156.23"),
        ("0.5", 0, "1"), ("0.4999", 0, "0"), ("1.0005", 3, "1.001"), ("-0.0005", 3, "-0.001"),
    ],
)  # fmt: skip
def test_half_is_rounded_away_from_zero(amount: str, unit: int, rounded: str) -> None:
    assert half_up_minor(Decimal(amount), unit) == Decimal(rounded)


def test_conversion_rounds_to_the_target_currency() -> None:
    def converted(amount: str, rate: str, into: str) -> Any:
        return Money(Decimal(amount), "USD").converted(Decimal(rate), into, UNITS[into])

    assert converted("10.00", "90.125", "RUB") == Money(Decimal("901.25"), "RUB")
    assert converted("0.01", "150.5", "JPY") == Money(Decimal(2), "JPY")
    assert converted("1.00", "0.30755", "KWD") == Money(Decimal("0.308"), "KWD")
