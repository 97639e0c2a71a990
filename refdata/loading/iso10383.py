"""Markets of ISO 10383 (MIC), as the registration authority publishes them in XML."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

from refdata.loading.importing import (
    Loaded,
    Problem,
    add_or_change,
    day_in,
    identifier,
    sorted_out,
)
from refdata.loading.reading import Unreadable, read_xml
from refdata.models import Market

RECORD = "ISO10383_MIC"
# The spreadsheet's headings as XML names: what is no letter stands as its code.
NAMES = {
    "mic": "MIC",
    "operating_mic": "OPERATING_x0020_MIC",
    "name": "MARKET_x0020_NAME-INSTITUTION_x0020_DESCRIPTION",
    "legal_name": "LEGAL_x0020_ENTITY_x0020_NAME",
    "lei": "LEI",
    "category": "MARKET_x0020_CATEGORY_x0020_CODE",
    "country": "ISO_x0020_COUNTRY_x0020_CODE_x0020__x0028_ISO_x0020_3166_x0029_",
    "city": "CITY",
    "status": "STATUS",
    "created": "CREATION_x0020_DATE",
    "expiry": "EXPIRY_x0020_DATE",
}


class MarketLine(NamedTuple):
    mic: str
    operating_mic: str
    name: str
    legal_name: str
    lei: str
    category: str
    country: str
    city: str
    status: str
    created_date: date | None
    expiry_date: date | None


def parse_markets(path: Path) -> Iterator[MarketLine | Problem]:
    records = read_xml(path).findall(RECORD)
    if not records:
        raise Unreadable(f"there is no record {RECORD}")
    for row, record in enumerate(records, start=1):
        yield _market(row, record)


def _market(row: int, record: Element) -> MarketLine | Problem:
    told = {name: (record.findtext(tag) or "").strip() for name, tag in NAMES.items()}
    for name in ("mic", "operating_mic"):
        code = told[name]
        if not (len(code) == 4 and code.isascii() and code.isalnum() and code.upper() == code):
            return Problem(row, NAMES[name], f"{code!r} is not a MIC", code="wrong-characters")
    if told["status"] not in Market.Status.values:
        return Problem(row, "STATUS", f"{told['status']!r} is no status of a market")
    if told["lei"] and (problem := identifier("LEI", told["lei"], row, "LEI")):
        return problem
    days = []
    for name in ("created", "expiry"):
        try:
            days.append(day_in(told[name], "%Y%m%d") if told[name] else None)
        except ValueError as error:
            return Problem(row, NAMES[name], str(error))
    return MarketLine(
        told["mic"], told["operating_mic"], told["name"][:250], told["legal_name"][:250],
        told["lei"], told["category"][:4], told["country"][:2], told["city"][:120],
        told["status"], *days,
    )  # fmt: skip


def load_markets(path: Path) -> Loaded:
    """Add the markets that are new, and change those that the list now describes otherwise."""
    rows, problems = sorted_out(parse_markets(path))
    found = add_or_change("refdata_market", ("mic",), MarketLine._fields, rows)
    return found.and_also(Loaded(problems=problems))
