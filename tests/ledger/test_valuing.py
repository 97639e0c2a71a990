"""Valuation: by the last prices and rates that were known, which it names, and which may be stale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Max
from django.test import Client
from django.utils.html import escape

from backoffice.access.models import User
from backoffice.events.selectors import KnownAt
from backoffice.night_points import found_points
from ledger.days import open_day
from ledger.models import BusinessDay, Night, Valuation
from ledger.nights import begin_night, complete_step, note_step, start_step
from ledger.valuing import Valued, value_positions
from refdata.models import Entity, FxRate, Price
from refdata.selectors import business_days

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 26, 17, tzinfo=UTC)


@pytest.fixture
def night() -> Night:
    """That of a working day long after the last price and the last rate there are."""
    entity = Entity.objects.get(code="RUS")
    BusinessDay.objects.all().delete()
    last = FxRate.objects.aggregate(last=Max("rate_date"))["last"] + timedelta(days=30)
    day = open_day(entity_id=entity.pk, day=business_days("RU").add(last, 1))
    return begin_night(day=day, stage="FLASH", steps=["valuation"], at=AT)


def valued(night: Night) -> Valued:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tx_now()")
        horizon = cursor.fetchone()[0] + 1
    return value_positions(night, known=KnownAt(at=AT, number=0, horizon=horizon), at=AT)


def points(night: Night) -> dict[tuple[str, str], tuple[int, Any]]:
    return {
        (p.kind, p.key): (p.count, p.amount)
        for p in found_points(night.day)
        if p.kind.startswith("stale")
    }


def of(night: Night, asset: str) -> Valuation:
    return Valuation.objects.filter(night=night, asset__code=asset).order_by("owner_id")[0]


def rate(night: Night, base: str, value: str, *, days_before: int = 0) -> FxRate:
    day = night.day.day - timedelta(days=days_before)
    return FxRate.objects.create(
        base=base, quote="RUB", rate_date=day, source="CBR", value=Decimal(value)
    )


def test_each_position_names_the_rates_it_was_valued_by(night: Night) -> None:
    stored = rate(night, "USD", "81.25")
    valued(night)
    row = of(night, "USD")
    assert (row.rate, row.rate_date, row.rate_names, row.rate_stale) == (
        Decimal("81.25"), night.day.day, f"R{stored.pk}", False,
    )  # fmt: skip
    assert row.base_value == row.value * Decimal("81.25")  # type: ignore[operator]
    own = of(night, "RUB")
    assert (own.rate, own.rate_date, own.rate_names, own.rate_stale) == (
        Decimal(1), None, "", False,
    )  # fmt: skip


def test_a_stale_rate_is_counted_and_becomes_an_open_point(night: Night) -> None:
    stored = rate(night, "USD", "81.25", days_before=15)
    found = valued(night)
    dollars = Valuation.objects.filter(night=night, asset__code="USD")
    assert {row.rate_stale for row in dollars} == {True}
    assert found.stale >= dollars.count() > 0
    together = sum(
        row.base_value or 0 for row in Valuation.objects.filter(night=night, currency="USD")
    )
    key = f"USD {stored.rate_date}"
    assert points(night)["stale-rate", key][1] == together


def test_a_stale_price_is_counted_by_its_source(night: Night) -> None:
    """The demonstration's prices are good for five days: they are a month old, but for one share."""
    share = Price.objects.filter(source="DEMONSTRATION", currency="RUB").latest("id").instrument
    Price.objects.create(
        instrument=share, price_date=night.day.day, source="MOEX TQBR", value=Decimal(250),
        currency="RUB",
    )  # fmt: skip
    valued(night)
    rows = Valuation.objects.filter(night=night, price_source="DEMONSTRATION")
    assert {row.price_stale for row in rows} == {True}
    assert points(night)["stale-price", "DEMONSTRATION"][0] == rows.count() > 0
    assert not Valuation.objects.filter(night=night, asset=share.asset, price_stale=True).exists()


def test_a_rate_that_was_not_known_does_not_count(night: Night) -> None:
    stored = rate(night, "USD", "81.25")
    stored.refresh_from_db()
    known = KnownAt(at=AT, number=0, horizon=stored.recorded_tx)
    value_positions(night, known=known, at=AT)
    assert not Valuation.objects.filter(rate_names__contains=f"R{stored.pk}").exists()


def test_every_position_is_shown_with_its_price_and_rate(night: Night) -> None:
    """The step leads to its positions; a stale rate is marked, and the list is a file as well."""
    rate(night, "USD", "80.5", days_before=15)
    step = night.steps.get(name="valuation")
    start_step(step, at=AT)
    found = valued(night)
    facts = {
        "positions": found.positions,
        "unpriced": found.unpriced,
        "stale": found.stale,
        "total": "1",
    }
    note_step(step, facts=facts)
    complete_step(step, at=AT)

    address = f"/valuations/?entity=RUS&day={night.day.day}&stage=FLASH"
    assert f'href="{escape(address)}"' in shown("accountant", f"/close/{night.day}/")
    assert shown("accountant", address).count("<tr><td") == min(found.positions, 50)
    stale = shown("accountant", f"{address}&stale=yes&asset=USD")
    assert '<span class="badge warn">stale</span>' in stale
    assert "80.5" in stale
    answer: Any = browser("accountant").get(f"{address}&export=csv")
    rows = b"".join(answer.streaming_content).decode()
    assert rows.count("\n") == found.positions + 1
    assert browser("dealer").get(address).status_code == 403


def browser(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def shown(name: str, address: str) -> str:
    return browser(name).get(address).content.decode()
