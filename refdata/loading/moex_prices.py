"""Prices and rates in the Moscow Exchange's answers (ISS): daily closes, quotes of a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction

from backoffice.kernel.i18n import gettext_noop
from refdata.loading.importing import (
    Loaded,
    Problem,
    add_missing,
    number,
    sorted_out,
    table_in,
)
from refdata.loading.moex import (
    CURRENCIES,
    HUNDRED,
    instruments_in,
    securities_in,
    store_instruments,
)
from refdata.loading.reading import Unreadable, read_json
from refdata.models import Currency, InstrumentIdentifier

CURRENCY_MARKET = "CURR"
BOND_MARKER = "COUPONVALUE"  # a column that only the table of bonds has


class PriceLine(NamedTuple):
    row: int
    ticker: str
    day: date
    source: str
    kind: str
    value: Decimal
    currency: str
    percent: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None


class RateLine(NamedTuple):
    row: int
    base: str
    quote: str
    day: date
    source: str
    value: Decimal


Line = PriceLine | RateLine | Problem


def parse_prices(path: Path) -> Iterator[Line]:
    """Daily closes of a history, or the last quote of each board of a day."""
    return prices_in(read_json(path))


def prices_in(document: Any) -> Iterator[Line]:
    if isinstance(document, dict) and "marketdata" in document:
        return _quotes(table_in(document, "marketdata"), securities_in(document))
    if isinstance(document, dict) and "history" in document:
        return _closes(table_in(document, "history"))
    raise Unreadable("the file has neither a history nor market data")


def _closes(lines: list[dict[str, Any]]) -> Iterator[Line]:
    for row, line in enumerate(lines, start=1):
        try:
            day = date.fromisoformat(str(line.get("TRADEDATE")))
        except ValueError:
            yield Problem(row, "TRADEDATE", f"{line.get('TRADEDATE')!r} is not a date")
            continue
        yield _price(row, line, "CLOSE", day, "CLOSE", {})


def _quotes(lines: list[dict[str, Any]], securities: list[dict[str, Any]]) -> Iterator[Line]:
    boards = {(line.get("SECID"), line.get("BOARDID")): line for line in securities}
    for row, line in enumerate(lines, start=1):
        if line.get("LAST") is None:
            continue  # nothing was dealt on that board
        try:
            day = _session_of(line)
        except ValueError:
            yield Problem(row, "SYSTIME", f"{line.get('SYSTIME')!r} is not a time")
            continue
        about = boards.get((line.get("SECID"), line.get("BOARDID")), {})
        if about.get("MARKETCODE") == CURRENCY_MARKET:
            yield _rate(row, line, about, day)
        else:
            yield _price(row, line, "LAST", day, "QUOTE", about)


def _session_of(line: dict[str, Any]) -> date:
    """The day that a quote was made on; an answer after midnight shows that of the day before."""
    asked_at = datetime.fromisoformat(str(line.get("SYSTIME")))
    updated = line.get("UPDATETIME")
    is_of_yesterday = bool(updated) and time.fromisoformat(str(updated)) > asked_at.time()
    return asked_at.date() - timedelta(days=int(is_of_yesterday))


def _source(line: dict[str, Any]) -> str:
    return f"MOEX {line.get('BOARDID')}"[:40]


def _rate(row: int, line: dict[str, Any], about: dict[str, Any], day: date) -> Line:
    """A pair's quote is for `FACEVALUE` units of its base."""
    try:
        value = number(line.get("LAST")) / number(about.get("FACEVALUE"))
    except ValueError as error:
        return Problem(row, "LAST", str(error))
    base, quote = str(about.get("FACEUNIT")), str(about.get("CURRENCYID"))
    pair = [CURRENCIES.get(code, code) for code in (base, quote)]
    return RateLine(row, pair[0], pair[1], day, _source(line), value)


def _price(
    row: int, line: dict[str, Any], name: str, day: date, kind: str, about: dict[str, Any]
) -> PriceLine | Problem:
    """The price of one in money; a bond is quoted in percent of its nominal."""
    if not line.get("SECID"):
        return Problem(row, "SECID", "the ticker is missing", code="missing-value")
    percent = None
    try:
        nominal = number(about.get("FACEVALUE")) if BOND_MARKER in about else None
        value = number(line.get(name))
        low, high = _range(line, nominal)
        if nominal is not None:
            percent, value = value / HUNDRED, value * nominal / HUNDRED
    except ValueError as error:
        return Problem(row, name, str(error))
    unit = str(about.get("CURRENCYID") or about.get("FACEUNIT") or "SUR")
    currency = CURRENCIES.get(unit, unit)[:3]
    return PriceLine(
        row, str(line["SECID"]), day, _source(line), kind, value, currency, percent, low, high
    )


def _range(
    line: dict[str, Any], nominal: Decimal | None
) -> tuple[Decimal, Decimal] | tuple[None, None]:
    """The lowest and the highest of the day in money for one; none where the line does not say both.

    Raises ValueError where the lowest is above the highest.
    """
    if line.get("LOW") is None or line.get("HIGH") is None:
        return None, None
    low, high = number(line["LOW"]), number(line["HIGH"])
    if low > high:
        raise ValueError(f"the lowest price {low} is above the highest {high}")
    return (low, high) if nominal is None else (low * nominal / HUNDRED, high * nominal / HUNDRED)


def load_prices(path: Path) -> Loaded:
    """Add the prices and rates of a history or of a day's market data."""
    return store_prices(parse_prices(path))


@transaction.atomic
def load_market_data(path: Path) -> Loaded:
    """A day's market data: the instruments it lists, then its prices; or the rates of its pairs."""
    document = read_json(path)
    listed = securities_in(document)
    securities = [line for line in listed if line.get("MARKETCODE") != CURRENCY_MARKET]
    instruments = store_instruments(instruments_in(securities))
    return instruments.and_also(store_prices(prices_in(document)))


def store_prices(parsed: Iterator[Line]) -> Loaded:
    """Add the prices and rates that are not there yet; those of what is unknown are problems."""
    rows, problems = sorted_out(parsed)
    tickers = InstrumentIdentifier.objects.filter(scheme="TICKER")
    known = dict(tickers.values_list("value", "instrument_id"))
    currencies = set(Currency.objects.values_list("code", flat=True))
    prices, rates = [], []
    for line in rows:
        if isinstance(line, RateLine):
            if {line.base, line.quote} <= currencies:
                rates.append(line[1:])
            else:
                problems.append(_unknown(line.row, "FACEUNIT", f"{line.base}/{line.quote}"))
        elif line.ticker in known:
            prices.append((known[line.ticker], *line[2:]))
        else:
            problems.append(_unknown(line.row, "SECID", line.ticker))
    columns = (
        "instrument_id", "price_date", "source", "kind", "value", "currency", "percent", "low", "high",
    )  # fmt: skip
    found = add_missing("refdata_price", columns, prices).and_also(
        add_missing("refdata_fxrate", ("base", "quote", "rate_date", "source", "value"), rates)
    )
    return found.and_also(Loaded(problems=problems))


def _unknown(row: int, name: str, code: str) -> Problem:
    hint = gettext_noop("Load the instruments first.")
    what = "unknown-instrument" if name == "SECID" else "unknown-currency"
    return Problem(row, name, f"{code} is not known", hint, what)
