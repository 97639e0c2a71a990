"""The Moscow Exchange's answers (ISS): instruments, daily closes, quotes of a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction
from stdnum import isin

from refdata.loading.importing import (
    Loaded,
    Problem,
    Unreadable,
    add_missing,
    number,
    read_json,
    sorted_out,
    table_in,
)
from refdata.models import Asset, Instrument, InstrumentIdentifier

MARKET = "MISX"
KINDS = {
    "common_share": "SHARE", "preferred_share": "SHARE", "depositary_receipt": "DEPOSITARY_RECEIPT",
    "1": "SHARE", "2": "SHARE",
}  # fmt: skip
CURRENCIES = {"SUR": "RUB"}  # the exchange still writes the ruble of before 1998


class InstrumentLine(NamedTuple):
    isin: str
    ticker: str
    name: str
    name_ru: str
    kind: str
    currency: str
    registration_number: str
    issue_size: int | None
    nominal: Decimal | None


class PriceLine(NamedTuple):
    ticker: str
    day: date
    source: str
    kind: str
    value: Decimal
    currency: str


def parse_instruments(path: Path) -> Iterator[InstrumentLine | Problem]:
    """The shares and receipts in a list of securities, each once however many boards show it."""
    seen: set[str] = set()
    for row, line in enumerate(table_in(read_json(path), "securities"), start=1):
        code = str(line.get("ISIN") or "")
        kind = KINDS.get(str(line.get("TYPE") or line.get("SECTYPE") or ""))
        if not isin.is_valid(code):
            yield Problem(row, "ISIN", f"{code!r} is not an ISIN")
        elif kind is None:
            yield Problem(row, "TYPE", f"{line.get('TYPE')!r} is neither share nor receipt")
        elif not line.get("SECID"):
            yield Problem(row, "SECID", "the ticker is missing")
        elif code not in seen:
            seen.add(code)
            yield _instrument(line, code, kind)


def _instrument(line: dict[str, Any], code: str, kind: str) -> InstrumentLine:
    unit = str(line.get("FACEUNIT") or "SUR")
    nominal = line.get("FACEVALUE")
    name_ru = str(line.get("NAME") or line.get("SECNAME") or line["SECID"])
    return InstrumentLine(
        code, str(line["SECID"]), str(line.get("LATNAME") or line["SECID"]), name_ru, kind,
        CURRENCIES.get(unit, unit), str(line.get("REGNUMBER") or ""), line.get("ISSUESIZE") or None,
        Decimal(nominal) if nominal else None,
    )  # fmt: skip


@transaction.atomic
def load_instruments(path: Path) -> Loaded:
    """Add the instruments that are not there yet, known by ISIN and ticker."""
    rows, problems = sorted_out(parse_instruments(path))
    known = set(Instrument.objects.values_list("isin", flat=True))
    new = [row for row in rows if row.isin not in known]
    assets = Asset.objects.bulk_create(
        Asset(kind="SECURITY", code=r.isin, name=r.name[:200], name_ru=r.name_ru[:200]) for r in new
    )
    Instrument.objects.bulk_create(
        Instrument(
            asset=asset, isin=r.isin, ticker=r.ticker, kind=r.kind, currency=r.currency,
            market=MARKET, registration_number=r.registration_number, issue_size=r.issue_size,
            nominal=r.nominal, nominal_currency=r.currency if r.nominal else "",
        )
        for asset, r in zip(assets, new, strict=True)
    )  # fmt: skip
    InstrumentIdentifier.objects.bulk_create(
        (
            InstrumentIdentifier(instrument_id=asset.pk, scheme=scheme, value=value)
            for asset, r in zip(assets, new, strict=True)
            for scheme, value in (("ISIN", r.isin), ("TICKER", r.ticker))
        ),
        ignore_conflicts=True,
    )
    return Loaded(len(new), len(rows) - len(new), problems)


def parse_prices(path: Path) -> Iterator[PriceLine | Problem]:
    """Daily closes of a history, or the last quote of each board of a day."""
    document = read_json(path)
    if isinstance(document, dict) and "history" in document:
        return _closes(table_in(document, "history"))
    if isinstance(document, dict) and "marketdata" in document:
        return _quotes(table_in(document, "marketdata"))
    raise Unreadable("the file has neither a history nor market data")


def _closes(lines: list[dict[str, Any]]) -> Iterator[PriceLine | Problem]:
    for row, line in enumerate(lines, start=1):
        try:
            day = date.fromisoformat(str(line.get("TRADEDATE")))
        except ValueError:
            yield Problem(row, "TRADEDATE", f"{line.get('TRADEDATE')!r} is not a date")
            continue
        yield _price(row, line, "CLOSE", day, "CLOSE")


def _quotes(lines: list[dict[str, Any]]) -> Iterator[PriceLine | Problem]:
    for row, line in enumerate(lines, start=1):
        if line.get("LAST") is None:
            continue  # nothing was dealt on that board
        try:
            day = datetime.fromisoformat(str(line.get("SYSTIME"))).date()
        except ValueError:
            yield Problem(row, "SYSTIME", f"{line.get('SYSTIME')!r} is not a time")
            continue
        yield _price(row, line, "LAST", day, "QUOTE")


def _price(row: int, line: dict[str, Any], name: str, day: date, kind: str) -> PriceLine | Problem:
    if not line.get("SECID"):
        return Problem(row, "SECID", "the ticker is missing")
    try:
        value = number(line.get(name))
    except ValueError as error:
        return Problem(row, name, str(error))
    return PriceLine(str(line["SECID"]), day, f"MOEX {line.get('BOARDID')}", kind, value, "RUB")


def load_prices(path: Path) -> Loaded:
    """Add the prices that are not there yet; those of unknown instruments are problems."""
    rows, problems = sorted_out(parse_prices(path))
    known = dict(
        InstrumentIdentifier.objects.filter(scheme="TICKER").values_list("value", "instrument_id")
    )
    for position, line in enumerate(rows, start=1):
        if line.ticker not in known:
            hint = "Load the instruments first."
            problems.append(Problem(position, "SECID", f"{line.ticker} is not known", hint))
    columns = ("instrument_id", "price_date", "source", "kind", "value", "currency")
    values = [(known[r[0]], *r[1:]) for r in rows if r.ticker in known]
    found = add_missing("refdata_price", columns, values)
    return Loaded(found.added, found.unchanged, problems)
