"""Numbers as text: plain decimals in ASCII and nothing else, and back without losing anything."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.decimals import parse, plain


@pytest.mark.parametrize(
    "text",
    [
        "", " 1", "1 ", "+1", "-", "1.", ".5", "1e3", "1E400", "NaN", "Infinity", "-Infinity",
        "1_0", "0x1", "١٢", "１２", "1,5", "1\n", "1" * 16, "0." + "1" * 13, "--1", "1.2.3", "\u22121",
    ],
)  # fmt: skip
def test_nothing_but_plain_decimals_is_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"plain|digits"):
        parse(text)


@given(st.decimals("-999999999999999", "999999999999999", places=12))
def test_what_is_written_is_read_back(value: Decimal) -> None:
    assert parse(plain(value)) == value


def test_the_scale_is_a_bound() -> None:
    assert parse("1.25", scale=2) == Decimal("1.25")
    with pytest.raises(ValueError, match="digits"):
        parse("1.255", scale=2)
