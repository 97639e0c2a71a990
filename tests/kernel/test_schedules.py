"""Coupon schedules and repayments: worked cases by hand, and what holds for any terms."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.business_days import BusinessDays
from backoffice.kernel.day_counts import MONTHS, fraction
from backoffice.kernel.rounding import half_up_minor
from backoffice.kernel.schedules import (
    CouponTerms,
    Roll,
    Stub,
    coupon_periods,
    repayments,
)

WEEKDAYS = BusinessDays("WEEKDAYS", {})
UNITS = {"JPY": 0, "RUB": 2, "KWD": 3}
starts = st.dates(date(1990, 1, 1), date(2060, 12, 31))


def day(text: str) -> date:
    return date.fromisoformat(text)


def terms(start: str, maturity: str, **others: Any) -> CouponTerms:
    return CouponTerms(start=day(start), maturity=day(maturity), **others)


def decimals(texts: list[str] | None) -> list[Decimal] | None:
    return None if texts is None else [Decimal(text) for text in texts]


def laid_out(of: CouponTerms) -> str:
    periods = coupon_periods(of, WEEKDAYS)
    return " ".join(map(str, [periods[0].start, *(period.end for period in periods)]))


@st.composite
def any_terms(draw: st.DrawFn) -> CouponTerms:
    start = draw(starts)
    step = draw(
        st.fixed_dictionaries({"frequency": st.sampled_from([*MONTHS])})
        | st.fixed_dictionaries({"every_days": st.integers(7, 400)})
    )
    return CouponTerms(
        start=start,
        maturity=start + timedelta(days=draw(st.integers(1, 4_000))),
        stub=draw(st.sampled_from(Stub)),
        end_of_month=draw(st.booleans()),
        roll=draw(st.sampled_from(Roll)),
        **step,
    )


@pytest.mark.parametrize(
    ("of", "dates"),
    [
        pytest.param(
            terms("2026-01-15", "2027-07-15", frequency=2),
            "2026-01-15 2026-07-15 2027-01-15 2027-07-15", id="no stub",
        ),
        pytest.param(
            terms("2026-01-15", "2027-11-15", frequency=2, stub=Stub.SHORT_FRONT),
            "2026-01-15 2026-05-15 2026-11-15 2027-05-15 2027-11-15", id="short front",
        ),
        pytest.param(
            terms("2026-01-15", "2027-11-15", frequency=2, stub=Stub.LONG_FRONT),
            "2026-01-15 2026-11-15 2027-05-15 2027-11-15", id="long front",
        ),
        pytest.param(
            terms("2026-01-15", "2027-11-15", frequency=2, stub=Stub.SHORT_BACK),
            "2026-01-15 2026-07-15 2027-01-15 2027-07-15 2027-11-15", id="short back",
        ),
        pytest.param(
            terms("2026-01-15", "2027-11-15", frequency=2, stub=Stub.LONG_BACK),
            "2026-01-15 2026-07-15 2027-01-15 2027-11-15", id="long back",
        ),
        pytest.param(
            terms("2024-02-29", "2026-02-28", frequency=2, end_of_month=True),
            "2024-02-29 2024-08-31 2025-02-28 2025-08-31 2026-02-28", id="month ends",
        ),
        pytest.param(
            terms("2024-02-29", "2026-02-28", frequency=2),
            "2024-02-29 2024-08-28 2025-02-28 2025-08-28 2026-02-28", id="no rule for month ends",
        ),
        pytest.param(
            terms("2026-01-30", "2026-04-30", frequency=12, end_of_month=True, stub=Stub.SHORT_BACK),
            "2026-01-30 2026-02-28 2026-03-30 2026-04-30", id="a 30th of January is no month end",
        ),
        pytest.param(
            terms("2026-01-31", "2026-05-31", frequency=12),
            "2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31", id="a 31st does not drift",
        ),
        pytest.param(
            terms("2026-01-15", "2030-01-15", frequency=1, stub=Stub.SHORT_BACK),
            "2026-01-15 2027-01-15 2028-01-15 2029-01-15 2030-01-15", id="once a year",
        ),
        pytest.param(
            terms("2026-01-15", "2026-10-15", frequency=4),
            "2026-01-15 2026-04-15 2026-07-15 2026-10-15", id="quarterly",
        ),
        pytest.param(
            terms("2026-01-14", "2027-07-14", every_days=182, stub=Stub.SHORT_BACK),
            "2026-01-14 2026-07-15 2027-01-13 2027-07-14", id="every 182 days",
        ),
        pytest.param(
            terms("2026-01-14", "2026-05-14", every_days=30, stub=Stub.LONG_BACK),
            "2026-01-14 2026-02-13 2026-03-15 2026-04-14 2026-05-14", id="every 30 days",
        ),
        pytest.param(
            terms("2026-01-15", "2026-03-15", frequency=2, stub=Stub.LONG_FRONT),
            "2026-01-15 2026-03-15", id="a life shorter than a period",
        ),
    ],
)  # fmt: skip
def test_coupon_dates(of: CouponTerms, dates: str) -> None:
    assert laid_out(of) == dates


@pytest.mark.parametrize(
    ("roll", "moved"),
    [
        (Roll.NONE, "2026-01-31 2026-07-31 2027-01-31"),
        (Roll.FOLLOWING, "2026-02-02 2026-07-31 2027-02-01"),
        (Roll.MODIFIED_FOLLOWING, "2026-01-30 2026-07-31 2027-01-29"),
        (Roll.PRECEDING, "2026-01-30 2026-07-31 2027-01-29"),
    ],
)
def test_dates_on_closed_days_move_and_the_laid_out_ones_stay(roll: Roll, moved: str) -> None:
    periods = coupon_periods(terms("2026-01-31", "2027-01-31", frequency=2, roll=roll), WEEKDAYS)

    found = [periods[0].adjusted_start, *(period.adjusted_end for period in periods)]

    assert " ".join(map(str, found)) == moved
    assert [period.end for period in periods] == [day("2026-07-31"), day("2027-01-31")]


def test_a_holiday_moves_a_date_that_is_no_weekend() -> None:
    calendar = BusinessDays("MISX", {day("2026-06-12"): False})
    of = terms("2026-03-12", "2026-06-12", frequency=4, roll=Roll.FOLLOWING)

    assert coupon_periods(of, calendar)[-1].adjusted_end == day("2026-06-15")


@pytest.mark.parametrize(
    ("of", "stub", "notional", "share"),
    [
        pytest.param(
            terms("2000-01-30", "2000-06-30", frequency=2, stub=Stub.SHORT_BACK),
            0, ("2000-01-30", "2000-07-30"), "0.417582", id="A12: a short last period",
        ),
        pytest.param(
            terms("2026-01-15", "2027-11-15", frequency=2, stub=Stub.LONG_FRONT),
            0, ("2026-05-15", "2026-11-15"), "0.831492", id="a long first: 120 of 181 days, and a half",
        ),
        pytest.param(
            terms("2025-11-15", "2027-07-15", frequency=2, stub=Stub.LONG_BACK),
            -1, ("2026-11-15", "2027-05-15"), "0.665761", id="a long last: a half, and 61 of 184 days",
        ),
        pytest.param(
            terms("2025-09-30", "2026-08-31", frequency=4, stub=Stub.LONG_FRONT, end_of_month=True),
            0, ("2025-11-30", "2026-02-28"), "0.417582", id="month ends: 61 of 91 days, and a quarter",
        ),
    ],
)  # fmt: skip
def test_a_stub_is_counted_in_notional_periods(
    of: CouponTerms, stub: int, notional: tuple[str, str], share: str
) -> None:
    period = coupon_periods(of)[stub]

    assert period.is_stub
    assert period.coupon is not None
    assert (period.coupon.start, period.coupon.end) == tuple(map(day, notional))
    found = fraction("ACT/ACT ICMA", period.start, period.end, period.coupon)
    assert half_up_minor(found, 6) == Decimal(share)


@given(any_terms())
def test_periods_adjoin_and_cover_the_life(of: CouponTerms) -> None:
    periods = coupon_periods(of, WEEKDAYS)

    assert (periods[0].start, periods[-1].end) == (of.start, of.maturity)
    assert all(period.start < period.end for period in periods)
    for period, later in pairwise(periods):
        assert (period.end, period.adjusted_end) == (later.start, later.adjusted_start)
    if of.roll != Roll.NONE:
        assert all(WEEKDAYS.is_business_day(period.adjusted_end) for period in periods)


@given(any_terms())
def test_at_most_one_period_is_a_stub_and_it_is_where_the_terms_say(of: CouponTerms) -> None:
    periods = coupon_periods(of, WEEKDAYS)
    stubs = [number for number, period in enumerate(periods) if period.is_stub]

    assert stubs in ([], [0 if of.counts_back else len(periods) - 1])
    longest = of.every_days or {1: 366, 2: 184, 4: 92, 12: 31}[of.frequency or 0]
    for number in stubs:
        length = (periods[number].end - periods[number].start).days
        is_long = of.stub in (Stub.LONG_FRONT, Stub.LONG_BACK)
        assert length < longest * (2 if is_long else 1)


@given(any_terms())
def test_a_regular_period_is_its_part_of_a_year(of: CouponTerms) -> None:
    for period in coupon_periods(of, WEEKDAYS):
        if period.coupon is None:
            assert of.every_days
        elif not period.is_stub:
            share = fraction("ACT/ACT ICMA", period.start, period.end, period.coupon)
            assert half_up_minor(share * period.coupon.frequency, 12) == 1


@pytest.mark.parametrize(
    ("of", "text"),
    [
        ({"maturity": "2026-01-15", "frequency": 2}, "before it matures"),
        ({"maturity": "2027-01-15"}, "every so many days"),
        ({"maturity": "2027-01-15", "frequency": 2, "every_days": 182}, "every so many days"),
        ({"maturity": "2027-01-15", "frequency": 5}, "coupons"),
        ({"maturity": "2027-01-15", "every_days": 0}, "at least a day"),
    ],
)
def test_terms_that_describe_no_schedule_are_refused(of: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        terms("2026-01-15", **of)


def test_dates_do_not_move_without_a_calendar_and_have_a_limit() -> None:
    with pytest.raises(ValueError, match="calendar"):
        coupon_periods(terms("2026-01-15", "2027-01-15", frequency=2, roll=Roll.PRECEDING))
    with pytest.raises(ValueError, match="4000"):
        coupon_periods(terms("2026-01-15", "2046-01-15", every_days=1))


@pytest.mark.parametrize(
    ("nominal", "unit", "shares", "amounts"),
    [
        pytest.param("1000", 2, ["0.25", "0.25", "0.5"], "250.00 250.00 500.00", id="by the prospectus"),
        pytest.param("1000", 2, None, "333.34 333.33 333.33", id="rubles by three"),
        pytest.param("100", 0, None, "34 33 33", id="yen by three"),
        pytest.param("1", 3, None, "0.334 0.333 0.333", id="dinars by three"),
        pytest.param("1000", 2, ["0.33333", "0.33333", "0.33334"], "333.33 333.33 333.34", id="shares with a residue"),
    ],
)  # fmt: skip
def test_a_nominal_is_repaid_in_steps(
    nominal: str, unit: int, shares: list[str] | None, amounts: str
) -> None:
    days = [day("2026-06-15"), day("2026-12-15"), day("2027-06-15")]

    steps = repayments(Decimal(nominal), days, unit, decimals(shares))

    assert " ".join(str(step.amount) for step in steps) == amounts
    assert [step.day for step in steps] == days


@given(
    st.integers(1, 10**12),
    st.lists(st.integers(1, 10**6), min_size=1, max_size=60),
    st.sampled_from(sorted(UNITS)),
    st.booleans(),
)
def test_repayments_sum_to_the_nominal(
    units: int, weights: list[int], code: str, equally: bool
) -> None:
    nominal = Decimal(units).scaleb(-UNITS[code])
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(len(weights))]
    shares = [half_up_minor(Decimal(weight) / sum(weights), 12) for weight in weights]
    shares[-1] += 1 - sum(shares)

    steps = repayments(nominal, days, UNITS[code], None if equally else shares)

    left = nominal
    for step in steps:
        left -= step.amount
        assert step.outstanding == left >= 0
        assert step.amount == half_up_minor(step.amount, UNITS[code])
    assert left == 0


@pytest.mark.parametrize(
    ("nominal", "days", "shares", "text"),
    [
        ("1000", [], None, "need days"),
        ("1000", ["2026-06-15", "2026-06-15"], None, "later than"),
        ("1000", ["2026-06-15", "2026-12-15"], ["0.5", "0.4999"], "sum to 1"),
        ("1000", ["2026-06-15", "2026-12-15"], ["1", "0"], "positive share"),
        ("1000", ["2026-06-15", "2026-12-15"], ["1"], "positive share"),
        ("1000.001", ["2026-06-15"], None, "minor unit"),
        ("0", ["2026-06-15"], None, "minor unit"),
    ],
)
def test_steps_that_do_not_repay_the_nominal_are_refused(
    nominal: str, days: list[str], shares: list[str] | None, text: str
) -> None:
    with pytest.raises(ValueError, match=text):
        repayments(Decimal(nominal), [day(each) for each in days], 2, decimals(shares))
