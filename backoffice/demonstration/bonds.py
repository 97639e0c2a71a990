"""A bond of the demonstration: the terms are public, the holdings invented. Repeatable."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from refdata.bonds import lay_out
from refdata.models import (
    Asset,
    BondTerms,
    Entity,
    Instrument,
    InstrumentIdentifier,
    Party,
    Place,
)

OFZ = "RU000A1038V6"
# ISIN, ticker, name, Russian name, nominal, rate, first day, last day, days from coupon to coupon
BONDS = (
    (OFZ, "SU26238RMFS4", "OFZ 26238", "ОФЗ 26238", 1000, "0.071", date(2021, 6, 9), date(2041, 5, 15), 182),
)  # fmt: skip


def load_bonds() -> None:
    """Government bonds with a fixed coupon, their payments laid out."""
    for isin, ticker, name, name_ru, nominal, rate, start, end, every_days in BONDS:
        asset, _ = Asset.objects.get_or_create(
            code=isin, defaults={"kind": "SECURITY", "name": name, "name_ru": name_ru}
        )
        bond, _ = Instrument.objects.get_or_create(
            asset=asset,
            defaults={
                "isin": isin, "ticker": ticker, "kind": "BOND", "currency": "RUB", "market": "MISX",
                "nominal": Decimal(nominal), "nominal_currency": "RUB",
            },
        )  # fmt: skip
        for scheme, value in (("ISIN", isin), ("TICKER", ticker)):
            InstrumentIdentifier.objects.get_or_create(instrument=bond, scheme=scheme, value=value)
        terms, _ = BondTerms.objects.get_or_create(
            instrument=bond,
            defaults={
                "start_date": start, "maturity_date": end, "coupon_rate": Decimal(rate),
                "every_days": every_days,
            },
        )  # fmt: skip
        lay_out(bond, terms)


def holdings_of(entity: Entity, bank: str) -> Iterator[tuple[Party, Place, Asset, Decimal]]:
    """What of bonds we and a bank held at our own books before the first deal."""
    house, ofz = Place.objects.get(code="HOUSE"), Asset.objects.get(code=OFZ)
    if entity.code == "RUS":
        yield entity.own_party, house, ofz, Decimal(20_000)
        yield Party.objects.get(code=bank), house, ofz, Decimal(100_000)
