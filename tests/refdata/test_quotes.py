"""Prices and rates by source: which is the last, and when it is stale."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from refdata.models import FxRate, Instrument, Price
from refdata.quotes import prices_on, rate_on

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 6, 5)


def rate(source: str, day: date, value: str) -> None:
    FxRate.objects.create(
        base="USD", quote="RUB", rate_date=day, source=source, value=Decimal(value)
    )


@pytest.mark.parametrize(
    ("source", "on", "stale"),
    [
        ("CBR", FRIDAY, False),
        ("CBR", date(2026, 6, 8), False),  # Monday: one working day later
        ("CBR", date(2026, 6, 9), True),
        ("DEMONSTRATION", date(2026, 6, 10), False),  # five calendar days
        ("DEMONSTRATION", date(2026, 6, 11), True),
        ("NOBODY", FRIDAY, False),  # who declares nothing is good for the day
        ("NOBODY", date(2026, 6, 6), True),
    ],
)
def test_a_rate_is_stale_after_the_days_that_its_source_declares(
    source: str, on: date, stale: bool
) -> None:
    rate(source, FRIDAY, "80")
    found = rate_on("USD", "RUB", on, source=source)
    assert found == (Decimal(80), "RUB", FRIDAY, source, stale)


def test_working_days_pass_over_holidays() -> None:
    rate("CBR", date(2026, 6, 11), "80")  # Thursday; Friday the 12th is a holiday
    for on, stale in (
        (date(2026, 6, 14), False),
        (date(2026, 6, 15), False),
        (date(2026, 6, 16), True),
    ):
        found = rate_on("USD", "RUB", on, source="CBR")
        assert found is not None
        assert found.stale is stale, on


def test_a_rate_is_turned_and_the_latest_of_all_sources_wins() -> None:
    rate("CBR", FRIDAY, "80")
    rate("ECB", date(2026, 6, 4), "79")
    found = rate_on("RUB", "USD", FRIDAY)
    assert found is not None
    assert (found.value, found.source) == (Decimal("0.0125"), "CBR")
    older = rate_on("USD", "RUB", FRIDAY, source="ECB")
    assert older is not None
    assert older.value == 79
    assert rate_on("USD", "RUB", date(1990, 1, 1)) is None


def test_prices_say_their_day_and_source() -> None:
    share = Instrument.objects.get(isin="RU000A0J2Q06")  # no price in the demonstration
    assert prices_on(FRIDAY, [share.pk]) == {}
    for source, day, value in (
        ("MOEX TQBR", date(2026, 6, 3), "500"),
        ("MOEX SMAL", FRIDAY, "501"),
    ):
        Price.objects.create(
            instrument=share, price_date=day, source=source, value=Decimal(value), currency="RUB"
        )
    assert prices_on(FRIDAY, [share.pk])[share.pk] == (
        Decimal(501), "RUB", FRIDAY, "MOEX SMAL", False,
    )  # fmt: skip
    main = prices_on(FRIDAY, [share.pk], source="MOEX TQBR")[share.pk]
    assert (main.value, main.stale) == (Decimal(500), True)
