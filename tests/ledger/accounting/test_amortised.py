"""Amortised cost: the published example of IFRS 9, and what must hold of any bond."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.accounting.amortised import ToCome, effective_rate, worth

D = Decimal
# Five years without a 29 February, as the example counts in whole years: 1900 was no leap year.
YEARS = [date(1897 + n, 1, 1) for n in range(6)]


def test_ifrs_9_ig_b_26() -> None:
    """Bought for 1,000, 1,250 due in five years, 59 every year: 10 %, and what stands at each year's end."""
    flows = [ToCome(day, D(59)) for day in YEARS[1:]] + [ToCome(YEARS[5], D(1_250))]
    rate = effective_rate(D(1_000), YEARS[0], flows)
    assert round(rate, 3) == D("0.100")
    stands = [round(worth(rate, day, flows)) for day in YEARS]
    assert stands == [1_000, 1_041, 1_086, 1_136, 1_190, 0]
    due = [*stands[1:-1], 1_250]  # the table's interest is what its whole numbers differ by
    interest = [59 + last - first for first, last in zip(stands, due, strict=False)]
    assert interest == [100, 104, 109, 113, 119]


def test_at_par_it_stays_at_par() -> None:
    flows = [ToCome(day, D(80)) for day in YEARS[1:]] + [ToCome(YEARS[5], D(1_000))]
    rate = effective_rate(D(1_000), YEARS[0], flows)
    assert abs(rate - D("0.08")) < D("1e-15")
    assert abs(worth(rate, YEARS[3], flows) - 1_000) < D("1e-12")


@given(
    st.integers(500, 2_000), st.integers(0, 200), st.integers(1, 30), st.integers(1, 400),
)  # fmt: skip
def test_it_begins_with_what_was_paid_and_ends_with_what_is_due(
    paid: int, coupon: int, count: int, every: int
) -> None:
    start = date(2026, 1, 15)
    days = [start + timedelta(days=every * (n + 1)) for n in range(count)]
    flows = [ToCome(day, D(coupon)) for day in days] + [ToCome(days[-1], D(1_000))]
    try:
        rate = effective_rate(D(paid), start, flows)
    except ValueError:
        assert every * count < 365  # so near its end that no rate of a year says it
        return
    assert abs(worth(rate, start, flows) - paid) < D("0.0001") * paid
    eve = days[-1] - timedelta(days=1)
    assert 0 <= worth(rate, days[-1], flows) == 0
    assert worth(rate, eve, flows) > 0


@pytest.mark.parametrize("paid", ["0", "-5"])
def test_without_a_price_there_is_no_rate(paid: str) -> None:
    with pytest.raises(ValueError, match="nothing"):
        effective_rate(D(paid), YEARS[0], [ToCome(YEARS[1], D(1))])


def test_after_the_last_payment_there_is_no_rate() -> None:
    with pytest.raises(ValueError, match="nothing"):
        effective_rate(D(1), YEARS[1], [ToCome(YEARS[1], D(1))])
