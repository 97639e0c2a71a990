"""Which loader a file is for, by what it says: nobody has to choose, and no name is trusted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import psycopg2
from django.db import DataError, IntegrityError, transaction

from backoffice.kernel.i18n import gettext_noop
from refdata.loading import (
    bic_lists,
    calendars,
    cbr,
    ecb,
    ed807,
    gleif,
    iban,
    iso4217,
    iso10383,
    listings,
    moex,
    moex_prices,
    ofac_csv,
    published_lists,
    rosfinmonitoring,
    sanctions,
)
from refdata.loading.importing import Loaded
from refdata.loading.reading import Unreadable, content_of, read_csv, read_xml

# COPY goes to the driver past Django, which names its errors its own way.
REFUSALS = (DataError, IntegrityError, psycopg2.DataError, psycopg2.IntegrityError)
DBF = (
    "a table of dBASE, whose columns nobody has published here: bring the list as XML, or as CSV in our own"
    " layout"
)
UNKNOWN = "not a file of reference data that is known here"


@dataclass(frozen=True, slots=True)
class Loader:
    """A kind of file: its stable name, what people call it, and how it is loaded."""

    name: str
    title: str
    load: Callable[[Path], Loaded]

    def run(self, path: Path) -> Loaded:
        """Load in one transaction; what the database itself refuses refuses the file."""
        try:
            with transaction.atomic():
                return self.load(path)
        except REFUSALS as error:
            told = str(error).splitlines()[0]
            raise Unreadable(f"a value does not fit: {told}", "does-not-fit") from None

    def look(self, path: Path) -> Loaded:
        """What `run` would do now, with nothing kept."""
        try:
            with transaction.atomic():
                found = self.run(path)
                raise _Enough
        except _Enough:
            return found


class _Enough(Exception):
    """Rolls back what was only looked at."""


LOADERS = {
    loader.name: loader
    for loader in (
        Loader("currencies", gettext_noop("Currencies of ISO 4217"), iso4217.load_currencies),
        Loader("markets", gettext_noop("Markets of ISO 10383"), iso10383.load_markets),
        Loader(
            "bik-directory", gettext_noop("BIK directory of the Bank of Russia"),
            ed807.load_directory,
        ),
        Loader("bic-list", gettext_noop("List of BICs"), bic_lists.load_banks),
        Loader("iban-registry", gettext_noop("Structure of IBANs"), iban.load_structures),
        Loader("lei-records", gettext_noop("Records of the LEI register"), gleif.load_entities),
        Loader("symbols", gettext_noop("ISINs and their symbols"), listings.load_securities),
        Loader("companies", gettext_noop("Companies of an index"), listings.load_companies),
        Loader(
            "moex-instruments", gettext_noop("Moscow Exchange, instruments"),
            moex.load_instruments,
        ),
        Loader("moex-prices", gettext_noop("Moscow Exchange, closes"), moex_prices.load_prices),
        Loader(
            "moex-market-data", gettext_noop("Moscow Exchange, market data of a day"),
            moex_prices.load_market_data,
        ),
        Loader("ecb-rates", gettext_noop("Reference rates of the ECB"), ecb.load_rates),
        Loader("cbr-rates", gettext_noop("Rates of the Bank of Russia"), cbr.load_rates),
        Loader(
            "cbr-currencies", gettext_noop("Currency codes of the Bank of Russia"),
            cbr.load_currencies,
        ),
        Loader("cbr-key-rate", gettext_noop("Key rate of the Bank of Russia"), cbr.load_key_rate),
        Loader("calendar", gettext_noop("Days of a calendar"), calendars.load_known_calendar),
        Loader("sanctions-list", gettext_noop("List of sanctions"), sanctions.load_list),
        Loader(
            "published-sanctions-list", gettext_noop("List of sanctions of the UN, OFAC, the EU or Rosfinmonitoring"),
            published_lists.load_published,
        ),
    )
}  # fmt: skip

XML_ROOTS = {
    "ISO_4217": "currencies", "dataroot": "markets", "ED807": "bik-directory",
    "ValCurs": "cbr-rates", "Valuta": "cbr-currencies", "Envelope": "cbr-key-rate",
    "KeyRate": "cbr-key-rate", sanctions.ROOT: "sanctions-list",
    **dict.fromkeys(published_lists.ROOTS, "published-sanctions-list"),
}  # fmt: skip
# Tables of the Moscow Exchange that hold nothing of what is kept here.
MOEX_OTHERS = frozenset(
    {"board", "boards", "boardgroups", "collections", "engines", "markets", "dates",
     "securitygroups", "turnovers"}
)  # fmt: skip


def recognise(path: Path) -> Loader:
    """The loader for a file. Raises Unreadable, also for an archive or XML that is not safe."""
    if ofac_csv.in_archive(path):
        return LOADERS["published-sanctions-list"]
    content = content_of(path)
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if _is_dbf(content):
        raise Unreadable(DBF, "table-of-dbf")
    if start.startswith(b"<"):
        name = _xml(read_xml(path))
    elif start.startswith((b"{", b"[")):
        name = _json(start)
    else:
        name = _csv(path)
    if name is None:
        raise Unreadable(UNKNOWN, "not-recognised")
    return LOADERS[name]


def _xml(root: Element) -> str | None:
    known = XML_ROOTS.get(root.tag)
    if known is None and rosfinmonitoring.is_list(root):
        return "published-sanctions-list"
    return known


def _is_dbf(content: bytes) -> bool:
    """Whether it begins as dBASE III does: its version, then the day of the last change."""
    return content[:1] == b"\x03" and len(content) > 32 and content[2] <= 12 and content[3] <= 31


def _json(content: bytes) -> str | None:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not readable JSON: {error}") from None
    if not isinstance(document, dict) or not document:
        return None
    data = document.get("data")
    first = data[0] if isinstance(data, list) and data else data
    if isinstance(first, dict) and first.get("type") == "lei-records":
        return "lei-records"
    if isinstance(document.get("list"), list) and "country_code" in document:
        return "bic-list"
    if all(isinstance(each, dict) and "iban_spec" in each for each in document.values()):
        return "iban-registry"
    if all(isinstance(each, str) for each in document.values()):
        return "calendar"
    return _moex(document)


def _moex(document: dict[str, Any]) -> str | None:
    """Market data bring their securities with them; a description is one instrument's."""
    tables = {name for name, each in document.items() if isinstance(each, dict)}
    if "description" in tables:
        return "moex-instruments"
    if "securities" in tables:
        moex.securities_in(document)  # says when it only describes columns
        return "moex-market-data" if "marketdata" in tables else "moex-instruments"
    if "history" in tables:
        return "moex-prices"
    if tables & MOEX_OTHERS:
        raise Unreadable(
            f"an answer of the exchange about {', '.join(sorted(tables))}: no instrument, price or"
            " rate is in it",
            "nothing-to-load",
        )
    return None


def _csv(path: Path) -> str | None:
    header = next(read_csv(path), [])
    if header[:1] == ["Date"]:
        return "ecb-rates"
    if header == listings.SYMBOLS_HEADER:
        return "symbols"
    if set(listings.COMPANY_COLUMNS) <= set(header):
        return "companies"
    if "AlphabeticCode" in header:
        return "currencies"
    if published_lists.is_eu_csv(header) or ofac_csv.is_main(header):
        return "published-sanctions-list"
    if set(sanctions.HEADER[:5]) <= set(header):
        return "sanctions-list"
    return "calendar" if {"open", "close"} <= set(header) else None
