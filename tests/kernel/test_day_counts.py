"""Days and shares of a year: the vectors A1–A13, and what holds for any dates."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.day_counts import (
    DAY_COUNTS,
    MONTHS,
    CouponPeriod,
    accrued_per_unit,
    days,
    fraction,
    months_after,
)
from backoffice.kernel.errors import Broken
from backoffice.kernel.rounding import half_up_minor

COUNTS = {"ACT": "ACT/365F", "30/360": "30/360 US", "30E": "30E/360"}
NOTHING = Decimal("1e-50")
dates = st.dates(date(1990, 1, 1), date(2090, 12, 31))


def day(text: str) -> date:
    return date.fromisoformat(text)


def half_year(start: str, end: str) -> CouponPeriod:
    return CouponPeriod(day(start), day(end), frequency=2)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param("2026-01-15", "2026-04-15", {"ACT": 90}, id="A1: days from January to April"),
        pytest.param("2024-01-31", "2024-03-31", {"ACT": 60, "30/360": 60, "30E": 60}, id="A3: from a 31st"),
        pytest.param("2024-01-15", "2024-03-31", {"ACT": 76, "30/360": 76, "30E": 75}, id="A4: from a 15th"),
        pytest.param("2026-02-28", "2026-03-31", {"ACT": 31, "30/360": 33, "30E": 32}, id="A5: no rule for month ends"),
        pytest.param("2024-02-29", "2024-08-31", {"ACT": 184, "30/360": 182, "30E": 181}, id="A6: from a leap day"),
        pytest.param("2026-03-15", "2026-05-20", {"ACT": 66}, id="A10: days since the coupon"),
        pytest.param("2026-03-15", "2026-09-15", {"ACT": 184}, id="A10: days in the coupon period"),
        pytest.param("2024-01-30", "2024-03-31", {"30/360": 60, "30E": 60}, id="from a 30th the 31st is the 30th"),
        pytest.param("2024-01-29", "2024-03-31", {"30/360": 62, "30E": 61}, id="from a 29th it is the 31st"),
        pytest.param("2026-05-31", "2026-05-31", {"ACT": 0, "30/360": 0, "30E": 0}, id="no days at all"),
    ],
)  # fmt: skip
def test_days_are_counted_by_the_convention(start: str, end: str, expected: dict[str, int]) -> None:
    """A1, A3, A4, A5, A6 and A10: days by ACT, 30/360 US and 30E/360."""
    found = {short: days(COUNTS[short], day(start), day(end)) for short in expected}

    assert found == expected


@pytest.mark.parametrize(
    ("code", "start", "end", "coupon", "share"),
    [
        pytest.param("ACT/ACT ISDA", "2003-11-01", "2004-05-01", None, "0.497724380567", id="A7: over a new year"),
        pytest.param(
            "ACT/ACT ICMA", "2003-11-01", "2004-05-01", ("2003-11-01", "2004-05-01"), "0.5",
            id="A7: over a new year, ICMA",
        ),
        pytest.param("ACT/ACT ISDA", "1999-07-01", "2000-07-01", None, "1.001377348603", id="A8: into a leap year"),
        pytest.param("ACT/ACT ISDA", "1999-02-01", "1999-07-01", None, "0.410958904110", id="A9: inside a year"),
        pytest.param(
            "ACT/ACT ICMA", "2026-03-15", "2026-05-20", ("2026-03-15", "2026-09-15"), "0.179347826087",
            id="A10: 66 of 184 days of half a year",
        ),
        pytest.param(
            "ACT/ACT ICMA", "2000-01-30", "2000-06-30", ("2000-01-30", "2000-07-30"), "0.417582417582",
            id="A12: a short last period",
        ),
        pytest.param("ACT/ACT ISDA", "2026-01-01", "2028-01-01", None, "2", id="whole years"),
        pytest.param(
            "ACT/ACT ICMA", "2025-11-15", "2026-09-15", ("2026-03-15", "2026-09-15"), "0.831491712707",
            id="a long first period: 120 of 181 days, and a half year",
        ),
        pytest.param(
            "ACT/ACT ICMA", "2026-03-15", "2026-11-15", ("2026-03-15", "2026-09-15"), "0.668508287293",
            id="a long last period: a half year, and 61 of 181 days",
        ),
        pytest.param(
            "ACT/ACT ICMA", "2025-02-28", "2025-08-31", ("2025-08-31", "2026-02-28"), "0.5",
            id="a notional period between month ends",
        ),
        pytest.param(
            "ACT/ACT ICMA", "2024-10-31", "2025-08-31", ("2025-02-28", "2025-08-31"), "0.831491712707",
            id="a long first period between month ends: 120 of 181 days, and a half year",
        ),
    ],
)  # fmt: skip
def test_a_share_of_a_year(
    code: str, start: str, end: str, coupon: tuple[str, str] | None, share: str
) -> None:
    """A7, A8, A9, A10 and A12, to the twelfth digit."""
    found = fraction(code, day(start), day(end), half_year(*coupon) if coupon else None)

    assert abs(found - Decimal(share)) < Decimal(
        "1e-12"
    )  # A8 is printed without its next digit, a 9


@pytest.mark.parametrize(
    ("nominal", "rate", "code", "start", "until", "unit", "accrued"),
    [
        pytest.param("1000000", "0.05", "ACT/360", "2026-01-15", "2026-04-15", 2, "12500.00", id="A1: ACT/360"),
        pytest.param("1000000", "0.05", "ACT/365F", "2026-01-15", "2026-04-15", 2, "12328.77", id="A2: ACT/365F"),
        pytest.param("1000", "0.071", "ACT/365F", "2026-01-14", "2026-03-18", 2, "12.25", id="A13: 63 days, one bond"),
        pytest.param("25", "0.073", "ACT/365F", "2026-01-14", "2026-01-15", 2, "0.01", id="exactly half a kopeck"),
        pytest.param("24.99", "0.073", "ACT/365F", "2026-01-14", "2026-01-15", 2, "0.00", id="less than half a kopeck"),
        pytest.param("5000", "0.0365", "ACT/365F", "2026-01-14", "2026-01-15", 0, "1", id="exactly half a yen"),
        pytest.param("4999", "0.0365", "ACT/365F", "2026-01-14", "2026-01-15", 0, "0", id="less than half a yen"),
        pytest.param("5", "0.0365", "ACT/365F", "2026-01-14", "2026-01-15", 3, "0.001", id="exactly half a fils"),
        pytest.param("1000", "0.071", "ACT/365F", "2026-01-14", "2026-01-14", 2, "0.00", id="nothing on the first day"),
    ],
)  # fmt: skip
def test_one_bond_accrues(
    nominal: str, rate: str, code: str, start: str, until: str, unit: int, accrued: str
) -> None:
    """A1, A2 and A13, each rounded once for one bond."""
    found = accrued_per_unit(
        nominal=Decimal(nominal), annual_rate=Decimal(rate), day_count=code, start=day(start),
        until=day(until), minor_unit=unit,
    )  # fmt: skip

    assert str(found) == accrued


@pytest.mark.parametrize(
    ("rate", "coupon", "until", "accrued"),
    [
        pytest.param("0.06", ("2026-03-15", "2026-09-15"), "2026-05-20", "1.076087", id="A10: 66 of 184 days"),
        pytest.param("0.07", ("2011-01-01", "2011-07-01"), "2011-03-30", "1.701657", id="A11: a gilt, 88 of 181 days"),
    ],
)  # fmt: skip
def test_a_hundred_accrues_by_coupon_periods(
    rate: str, coupon: tuple[str, str], until: str, accrued: str
) -> None:
    """A10 and A11: per hundred of nominal."""
    found = accrued_per_unit(
        nominal=Decimal(100), annual_rate=Decimal(rate), day_count="ACT/ACT ICMA",
        start=day(coupon[0]), until=day(until), minor_unit=6, coupon=half_year(*coupon),
    )  # fmt: skip

    assert found == Decimal(accrued)


@pytest.mark.parametrize("code", DAY_COUNTS)
def test_no_convention_gives_the_gilt_what_a_tutorial_prints(code: str) -> None:
    """A11, the negative test: 3.5 x 88/365 takes the year's days for half of the year's interest."""
    printed = half_up_minor(Decimal("3.5") * 88 / 365, 6)
    assert printed == Decimal("0.843836")

    found = accrued_per_unit(
        nominal=Decimal(100), annual_rate=Decimal("0.07"), day_count=code,
        start=day("2011-01-01"), until=day("2011-03-30"), minor_unit=6,
        coupon=half_year("2011-01-01", "2011-07-01"),
    )  # fmt: skip

    assert found != printed


def test_a13_a_holding_has_the_rounded_accrual_of_one_bond_times_its_quantity() -> None:
    per_bond = accrued_per_unit(
        nominal=Decimal(1000), annual_rate=Decimal("0.071"), day_count="ACT/365F",
        start=day("2026-01-14"), until=day("2026-03-18"), minor_unit=2,
    )  # fmt: skip

    assert per_bond * 250 == Decimal("3062.50")
    assert half_up_minor(Decimal(250_000) * Decimal("0.071") * 63 / 365, 2) == Decimal("3063.70")


@pytest.mark.parametrize("code", ["ACT/360", "ACT/365F", "ACT/ACT ISDA", "ACT/ACT ICMA"])
@given(moments=st.lists(dates, min_size=3, max_size=3).map(sorted), frequency=st.sampled_from([*MONTHS]))  # fmt: skip
def test_adjoining_periods_add_up(code: str, moments: list[date], frequency: int) -> None:
    start, between, end = moments
    last = months_after(between, MONTHS[frequency], between.day)
    coupon = CouponPeriod(between, last, frequency)

    with localcontext(prec=80):
        parts = fraction(code, start, between, coupon) + fraction(code, between, end, coupon)
        whole = fraction(code, start, end, coupon)

    assert abs(parts - whole) < NOTHING
    assert days(code, start, between) + days(code, between, end) == days(code, start, end)


@given(dates, st.integers(0, 30_000))
def test_a_share_has_every_digit_that_anyone_will_need(start: date, length: int) -> None:
    end = start + timedelta(days=length)

    with localcontext(prec=80):
        assert abs(fraction("ACT/365F", start, end) * 365 - length) < NOTHING
        assert abs(fraction("ACT/360", start, end) * 360 - length) < NOTHING


@given(dates, dates)
def test_thirty_day_months_stay_near_the_calendar_and_differ_by_the_last_day(
    one: date, other: date
) -> None:
    start, end = sorted((one, other))

    american, european = days("30/360 US", start, end), days("30E/360", start, end)

    assert american - european == (end.day == 31 and start.day < 30)
    assert abs(european - Decimal(days("ACT/360", start, end)) * 360 / Decimal("365.2425")) < 5


def test_what_cannot_be_counted_is_refused() -> None:
    start, end = day("2026-01-15"), day("2026-04-15")

    with pytest.raises(Broken, match="30/365"):
        days("30/365", start, end)
    with pytest.raises(Broken, match="coupon periods"):
        fraction("ACT/ACT ICMA", start, end)
    with pytest.raises(ValueError, match="cannot start"):
        fraction("ACT/360", end, start)


def test_a_float_is_no_amount() -> None:
    with pytest.raises(TypeError):
        accrued_per_unit(
            nominal=1000.0, annual_rate=Decimal("0.071"), day_count="ACT/365F",  # type: ignore[arg-type]
            start=day("2026-01-14"), until=day("2026-03-18"), minor_unit=2,
        )  # fmt: skip
