"""What people write into cells, as numbers, days and moments; what is doubtful is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from deals.importing.values import WrongCell, day_in, moment_in, number_in

POINT = {
    "1000": "1000", "1,000.50": "1000.50", "$1,234.5": "1234.5", "-$925.1": "-925.1",
    "(1,234.50)": "-1234.50", "12-": "-12", "−5": "-5", "1 000": "1000", "1\u00a0000.25": "1000.25",
    "1'000'000.00": "1000000", "EUR 12.30": "12.30", "12.30 RUB": "12.30", ".5": "0.5", "-.5": "-0.5",
    "1.0000000000": "1", "0": "0", "100.50 руб.": "100.50",
}  # fmt: skip
COMMA = {"1000,50": "1000.50", "1.000,50": "1000.50", "1 000 000,5": "1000000.5", "12": "12"}
NONE = [
    "",
    "-",
    "1,5",
    "1,00.0",
    "12,3456",
    "1.2.3",
    "1e5",
    "NaN",
    "Infinity",
    "١٢",
    "abc",
    "1.",
    "--1",
]


@pytest.mark.parametrize(("text", "value"), POINT.items())
def test_numbers_with_a_decimal_point(text: str, value: str) -> None:
    assert number_in(text) == Decimal(value)


@pytest.mark.parametrize(("text", "value"), COMMA.items())
def test_numbers_with_a_decimal_comma(text: str, value: str) -> None:
    assert number_in(text, ",") == Decimal(value)


@pytest.mark.parametrize("text", NONE)
def test_what_is_doubtful_is_no_number(text: str) -> None:
    with pytest.raises(WrongCell) as wrong:
        number_in(text)
    assert wrong.value.code == "not-a-number"


@pytest.mark.parametrize(
    ("text", "form", "day"),
    [
        ("06/12/2016", "DD/MM/YYYY", date(2016, 12, 6)),
        ("06/12/2016", "MM/DD/YYYY", date(2016, 6, 12)),
        ("6.2.2020", "DD.MM.YYYY", date(2020, 2, 6)),
        ("20261123", "YYYYMMDD", date(2026, 11, 23)),
        ("23 Nov 2026", "DD MMM YYYY", date(2026, 11, 23)),
        ("2026-11-23", "DD.MM.YYYY", date(2026, 11, 23)),
        ("23.11.2026 10:15", "DD.MM.YYYY", date(2026, 11, 23)),
    ],
)
def test_days_as_they_are_declared_or_by_iso(text: str, form: str, day: date) -> None:
    assert day_in(text, [form]) == day


@pytest.mark.parametrize("text", ["13/25/2020", "2026-02-30", "yesterday", "31.12", "06-12-2016"])
def test_no_day_is_guessed(text: str) -> None:
    with pytest.raises(WrongCell) as wrong:
        day_in(text, ["MM/DD/YYYY"])
    assert wrong.value.code == "not-a-date"


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("23.11.2026 10:15", datetime(2026, 11, 23, 7, 15, tzinfo=UTC)),
        ("23.11.2026", datetime(2026, 11, 23, 9, 0, tzinfo=UTC)),
        ("2026-11-23T10:15:00+05:00", datetime(2026, 11, 23, 5, 15, tzinfo=UTC)),
        ("2026-11-23 10:15:30Z", datetime(2026, 11, 23, 10, 15, 30, tzinfo=UTC)),
    ],
)
def test_moments_are_in_the_zone_declared_unless_they_name_their_own(
    text: str, utc: datetime
) -> None:
    assert moment_in(text, ["DD.MM.YYYY"], at="12:00", zone="Europe/Moscow") == utc


def test_a_zone_or_a_time_that_is_none_is_told() -> None:
    for at, zone, code in (("noon", "UTC", "not-a-time"), ("12:00", "Mars/X", "not-a-zone")):
        with pytest.raises(WrongCell) as wrong:
            moment_in("2026-11-23", [], at=at, zone=zone)
        assert wrong.value.code == code
