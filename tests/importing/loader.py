"""What a firm that brings the shared trade files has loaded before: whom it deals with, in what, for which book."""

from __future__ import annotations

from datetime import date
from typing import Any

from deals.exposing.exposure import forget_definitions
from deals.importing.mapping import MappingTerms, mapping_of
from deals.importing.presets import Preset
from refdata.models import (
    Asset,
    Book,
    Calendar,
    Currency,
    CurrencyCalendar,
    CurrencyPair,
    Entity,
    Instrument,
    InstrumentIdentifier,
    Party,
)
from refdata.selectors import forget_reference_data

BOOK, BROKER = "ABROAD", "BROKER"
# ticker, ISIN, market, currency
INSTRUMENTS = (
    ("GME", "US36467W1099", "XNYS", "USD"), ("NVDA", "US67066G1040", "XNYS", "USD"),
    ("META", "US30303M1027", "XNYS", "USD"), ("AMZN", "US0231351067", "XNYS", "USD"),
    ("BABA", "US01609W1027", "XNYS", "USD"),
    ("OPRA", "US68373M1071", "XNYS", "USD"), ("VUAG", "IE00BFMXXD54", "XNYS", "USD"),
    ("CNX1", "IE00B53SZB19", "XLON", "GBP"),
    ("AAPL", "US0378331005", "XNYS", "USD"), ("MSFT", "US5949181045", "XNYS", "USD"),
)  # fmt: skip
PAIRS = (("USD", "INR"), ("EUR", "CZK"), ("USD", "CZK"))


def load_what_files_name() -> None:
    """A book without limits, a broker, shares by ticker, and two currencies with plain calendars."""
    Book.objects.create(code=BOOK, entity=Entity.objects.get(code="RUS"), name="Shares abroad")
    Party.objects.create(code=BROKER, name="A broker abroad", roles=["COUNTERPARTY"])
    for ticker, isin, market, currency in INSTRUMENTS:
        asset = Asset.objects.create(kind="SECURITY", code=isin, name=ticker)
        row = Instrument.objects.create(
            asset=asset, kind="SHARE", isin=isin, ticker=ticker, market=market, currency=currency
        )
        for scheme, value in (("TICKER", ticker), ("ISIN", isin)):
            InstrumentIdentifier.objects.create(instrument=row, scheme=scheme, value=value)
    for code in ("INR", "CZK"):
        calendar = Calendar.objects.create(code=code, name=code, kind="WORKING", timezone="UTC")
        CurrencyCalendar.objects.create(
            currency=Currency.objects.get(code=code), calendar=calendar, valid_from=date(1999, 1, 1)
        )
    for base, quote in PAIRS:
        CurrencyPair.objects.create(
            base=Currency.objects.get(code=base), quote=Currency.objects.get(code=quote),
            spot_days=2, valid_from=date(1999, 1, 1),
        )  # fmt: skip
    forget_reference_data()
    forget_definitions()


def document_for(preset: Preset) -> dict[str, Any]:
    """A known format as this firm uses it: with its broker, where the file names no counterparty."""
    members = preset.document["members"]
    if not any(each["member"] == "counterparty" for each in members):
        members = [*members, {"member": "counterparty", "default": BROKER}]
    return preset.document | {"members": members}


def terms_for(preset: Preset) -> MappingTerms:
    return mapping_of(document_for(preset))
