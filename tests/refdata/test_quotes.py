"""Prices and rates by source: which is the last, what it is made of, and when it is stale."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from refdata.models import FxRate, Instrument, Price, Source
from refdata.quotes import in_words, last_rate, named, prices_on, rate_on, stale_check
from refdata.selectors import forget_reference_data

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 6, 5)


def rate(source: str, day: date, value: str, *, base: str = "USD", quote: str = "RUB") -> FxRate:
    return FxRate.objects.create(
        base=base, quote=quote, rate_date=day, source=source, value=Decimal(value)
    )


def price(instrument: Instrument, source: str, day: date, value: str) -> Price:
    return Price.objects.create(
        instrument=instrument, price_date=day, source=source, value=Decimal(value), currency="RUB"
    )


@pytest.fixture
def share() -> Instrument:
    return Instrument.objects.get(isin="RU000A0J2Q06")  # no price in the demonstration


class TestStale:
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
    def test_after_the_days_that_its_source_declares(
        self, source: str, on: date, stale: bool
    ) -> None:
        assert stale_check(on)(source, FRIDAY) is stale

    def test_working_days_pass_over_holidays(self) -> None:
        thursday = date(2026, 6, 11)  # Friday the 12th is a holiday
        for on, stale in (
            (date(2026, 6, 14), False),
            (date(2026, 6, 15), False),
            (date(2026, 6, 16), True),
        ):
            assert stale_check(on)("CBR", thursday) is stale, on

    def test_by_what_a_source_declares_now(self) -> None:
        assert stale_check(date(2026, 6, 9))("CBR", FRIDAY)
        Source.objects.filter(code="CBR").update(stale_after_days=2)
        forget_reference_data()
        assert not stale_check(date(2026, 6, 9))("CBR", FRIDAY)

    def test_a_change_of_a_source_is_heard_by_every_process(self) -> None:
        def counter() -> int:
            with connection.cursor() as cursor:
                cursor.execute("SELECT counter FROM refdata_version")
                return int(cursor.fetchone()[0])

        before = counter()
        Source.objects.filter(code="CBR").update(stale_after_days=2)
        assert counter() > before


class TestRates:
    def test_is_turned_and_the_latest_of_all_sources_wins(self) -> None:
        stored = rate("CBR", FRIDAY, "80")
        rate("ECB", date(2026, 6, 4), "79")
        found = rate_on("RUB", "USD", FRIDAY)
        assert found is not None
        assert (found.value, found.names, found.day) == (
            Decimal("0.0125"), f"R{stored.pk}", FRIDAY,
        )  # fmt: skip
        older = rate_on("USD", "RUB", FRIDAY, source="ECB")
        assert older is not None
        assert older.value == 79
        assert rate_on("USD", "RUB", date(1990, 1, 1)) is None

    def test_crossed_names_both_and_is_as_old_as_the_older(self) -> None:
        second = rate("CBR", FRIDAY, "90", base="EUR")
        first = rate("CBR", date(2026, 6, 2), "0.5", base="THB")
        found = rate_on("THB", "EUR", FRIDAY)
        assert found is not None
        assert round(found.value, 20) == round(Decimal("0.5") / 90, 20)
        assert (found.names, found.day) == (f"R{second.pk} R{first.pk}", date(2026, 6, 2))

    def test_of_a_currency_in_itself_is_made_of_nothing(self) -> None:
        found = rate_on("RUB", "RUB", FRIDAY)
        assert found is not None
        assert (found.value, found.names, found.day) == (Decimal(1), "", None)

    def test_only_what_was_known(self) -> None:
        stored = rate("CBR", FRIDAY, "80")
        stored.refresh_from_db()
        assert rate_on("USD", "RUB", FRIDAY, horizon=stored.recorded_tx) is None
        assert rate_on("USD", "RUB", FRIDAY, horizon=stored.recorded_tx + 1) is not None
        earlier = datetime.now(UTC) - timedelta(days=1)
        assert last_rate("USD", "RUB", on=FRIDAY, known_at=earlier) is None


class TestPrices:
    def test_say_their_day_and_source(self, share: Instrument) -> None:
        assert prices_on(FRIDAY, [share.pk]) == {}
        price(share, "MOEX TQBR", date(2026, 6, 3), "500")
        last = price(share, "MOEX SMAL", FRIDAY, "501")
        assert prices_on(FRIDAY, [share.pk])[share.pk] == (
            last.pk, Decimal(501), "RUB", FRIDAY, "MOEX SMAL",
        )  # fmt: skip
        main = prices_on(FRIDAY, [share.pk], source="MOEX TQBR")[share.pk]
        assert (main.value, main.day) == (Decimal(500), date(2026, 6, 3))


def test_names_say_the_numbers_for_ever(share: Instrument) -> None:
    old, at = price(share, "MOEX TQBR", FRIDAY, "500"), rate("CBR", FRIDAY, "80")
    price(share, "MOEX TQBR", date(2026, 6, 8), "600")
    found, rates = named(f"P{old.pk} R{at.pk}")
    assert found is not None
    assert (found.value, [each.value for each in rates]) == (Decimal(500), [Decimal(80)])
    assert named("") == (None, [])
    assert in_words({f"P{old.pk}", f"R{at.pk}"}) == [
        f"{share.asset.code} 500 of 2026-06-05 (MOEX TQBR)",
        "USD/RUB 80 of 2026-06-05 (CBR)",
    ]
