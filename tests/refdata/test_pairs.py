"""Currency pairs: their spot days, the calendars of their currencies, and what the database refuses."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from refdata.models import (
    Asset,
    Calendar,
    CurrencyCalendar,
    CurrencyPair,
    Instrument,
    Market,
)
from refdata.selectors import forget_reference_data, reference_data

pytestmark = pytest.mark.django_db
ON = date(2024, 5, 24)


@pytest.mark.parametrize(
    ("base", "quote", "spot_days"),
    [("EUR", "USD", 2), ("GBP", "USD", 2), ("GBP", "CAD", 2),
     ("USD", "CAD", 1), ("USD", "TRY", 1), ("USD", "RUB", 1), ("USD", "PHP", 1)],
)  # fmt: skip
def test_spot_days_of_section_4_whichever_way_the_pair_is_asked(
    base: str, quote: str, spot_days: int
) -> None:
    for one, other in ((base, quote), (quote, base)):
        pair = reference_data().pair_of(one, other, ON)
        assert pair is not None
        assert (pair.base, pair.quote, pair.spot_days) == (base, quote, spot_days)


def test_every_currency_of_a_pair_has_a_calendar_and_its_holidays() -> None:
    reference = reference_data()
    for pair in reference.pairs:
        for currency in (pair.base, pair.quote):
            calendar = reference.calendar_of(currency, ON)
            assert calendar is not None, currency
            assert calendar.exceptions, currency
    for currency, holiday in (
        ("USD", date(2024, 5, 27)), ("GBP", date(2024, 5, 27)), ("CAD", date(2024, 5, 20)),
        ("EUR", date(2024, 5, 1)), ("RUB", date(2025, 5, 9)), ("JPY", date(2024, 5, 6)),
    ):  # fmt: skip
        calendar = reference.calendar_of(currency, ON)
        assert calendar is not None
        assert not calendar.is_open(holiday), currency
    toronto = reference.calendar_of("CAD", ON)
    assert toronto is not None
    assert toronto.is_open(date(2024, 5, 27))  # D8: only the United States rest


def test_a_pair_and_a_calendar_hold_from_their_day_on() -> None:
    CurrencyPair.objects.filter(base__code="USD", quote__code="RUB").update(
        valid_until=date(2030, 1, 1)
    )
    CurrencyPair.objects.create(
        base_id="USD", quote_id="RUB", spot_days=0, valid_from=date(2030, 1, 1)
    )
    CurrencyCalendar.objects.filter(currency__code="GBP").update(valid_until=date(2030, 1, 1))
    CurrencyCalendar.objects.create(
        currency_id="GBP", calendar=Calendar.objects.get(code="CH"), valid_from=date(2030, 1, 1)
    )
    forget_reference_data()
    reference = reference_data()
    days = []
    for on in (date(2029, 12, 31), date(2030, 1, 1)):
        pair, calendar = reference.pair_of("RUB", "USD", on), reference.calendar_of("GBP", on)
        assert pair is not None
        assert calendar is not None
        days.append((pair.spot_days, calendar.code))
    assert days == [(1, "GB"), (0, "CH")]
    assert reference.pair_of("EUR", "USD", date(1998, 12, 31)) is None
    assert reference.calendar_of("AED", ON) is None


def stored_at_once(base: str, quote: str) -> None:
    CurrencyPair.objects.create(
        base_id=base, quote_id=quote, spot_days=2, valid_from=date(1999, 1, 1)
    )
    connection.check_constraints()  # foreign keys are asked at the commit otherwise


def test_a_pair_is_there_once_whichever_way_it_is_written() -> None:
    for base, quote in (("USD", "EUR"), ("EUR", "EUR"), ("EUR", "QQQ")):
        with pytest.raises(IntegrityError), transaction.atomic():
            stored_at_once(base, quote)


def test_an_instrument_names_a_market_that_is_known() -> None:
    asset = Asset.objects.create(kind="SECURITY", code="XS0000000009", name="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        Instrument.objects.create(asset=asset, kind="SHARE", currency="EUR", market="QQQQ")
    assert Market.objects.get(mic="MISX").country == "RU"


def test_base_data_loads_once() -> None:
    counted = [CurrencyPair, CurrencyCalendar, Market]
    before = [model.objects.count() for model in counted]  # type: ignore[attr-defined]
    call_command("load_base_data", verbosity=0)
    assert [model.objects.count() for model in counted] == before  # type: ignore[attr-defined]
    assert before == [23, 11, 5]
