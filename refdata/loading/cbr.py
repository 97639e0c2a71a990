"""The Bank of Russia's XML: rates of a day or of a currency, its list of currencies, its key rate.

Values have a decimal comma and stand for `Nominal` units. The day is the one that the answer
names: asked for a Sunday, the bank answers with the day that its rate was set for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

from django.db import transaction

from backoffice.kernel.i18n import gettext_noop
from refdata.loading.importing import (
    Loaded,
    Problem,
    add_missing,
    day_in,
    number,
    sorted_out,
)
from refdata.loading.reading import Unreadable, read_xml
from refdata.models import Currency, CurrencyIdentifier

SOURCE = "CBR"
KEY_RATE = "CBR KEY RATE"
DAY = "%d.%m.%Y"
HUNDRED = Decimal(100)


class RateLine(NamedTuple):
    """What one unit of a currency was worth in rubles; the bank's own code where it has one."""

    row: int
    code: str
    bank_code: str
    day: date
    value: Decimal


class CurrencyLine(NamedTuple):
    row: int
    code: str
    bank_code: str


class KeyRateLine(NamedTuple):
    code: str
    day: date
    source: str
    value: Decimal


def parse_rates(path: Path) -> Iterator[RateLine | Problem]:
    """Rates of all currencies on a day, or of one currency over days."""
    root = read_xml(path)
    if root.tag != "ValCurs":
        raise Unreadable("the document is not ValCurs")
    if root.find("Record") is not None:
        for row, record in enumerate(root.findall("Record"), start=1):
            yield _rate(row, record, "", record.get("Id", ""), record.get("Date", ""))
    else:
        for row, entry in enumerate(root.findall("Valute"), start=1):
            code = (entry.findtext("CharCode") or "").strip()
            yield _rate(row, entry, code, entry.get("ID", ""), root.get("Date", ""))


def _rate(row: int, entry: Element, code: str, bank_code: str, day: str) -> RateLine | Problem:
    try:
        on = day_in(day, DAY)
    except ValueError as error:
        return Problem(row, "Date", str(error))
    amounts = []
    for name in ("Value", "Nominal"):
        try:
            amounts.append(number(entry.findtext(name) or ""))
        except ValueError as error:
            return Problem(row, name, str(error))
    return RateLine(row, code, bank_code, on, amounts[0] / amounts[1])


@transaction.atomic
def load_rates(path: Path) -> Loaded:
    """Add the rates that are not there yet.

    An answer over days names its currency by the bank's code only, which an answer of a day or the
    list of currencies has to bring first.
    """
    rows, problems = sorted_out(parse_rates(path))
    _remember([(row.code, row.bank_code) for row in rows if row.code])
    known = set(Currency.objects.values_list("code", flat=True))
    codes = _known_codes()
    lines = []
    for row in rows:
        code = row.code or codes.get(row.bank_code, "")
        if code in known:
            lines.append((code, "RUB", row.day, SOURCE, row.value))
        else:
            name = "CharCode" if row.code else "Id"
            problems.append(_unknown(row.row, name, row.code or row.bank_code))
    found = add_missing("refdata_fxrate", ("base", "quote", "rate_date", "source", "value"), lines)
    return found.and_also(Loaded(problems=problems))


def _unknown(row: int, name: str, code: str) -> Problem:
    hint = gettext_noop("Load the currencies (ISO 4217), and the bank's list of currencies, first.")
    return Problem(row, name, f"the currency {code!r} is not known", hint, "unknown-currency")


def _known_codes() -> dict[str, str]:
    rows = CurrencyIdentifier.objects.filter(scheme=SOURCE)
    return dict(rows.values_list("value", "currency__code"))


def _remember(pairs: list[tuple[str, str]]) -> Loaded:
    """Keep the bank's own codes of the currencies that we know."""
    known = set(Currency.objects.values_list("code", flat=True))
    rows = [(code, SOURCE, bank) for code, bank in pairs if code in known and bank]
    return add_missing("refdata_currencyidentifier", ("currency", "scheme", "value"), rows)


def parse_currencies(path: Path) -> Iterator[CurrencyLine | Problem]:
    root = read_xml(path)
    if root.tag != "Valuta":
        raise Unreadable("the document is not Valuta")
    for row, item in enumerate(root.findall("Item"), start=1):
        code = (item.findtext("ISO_Char_Code") or "").strip()
        bank_code = item.get("ID", "").strip()
        if not bank_code:
            yield Problem(row, "ID", "the value is missing", code="missing-value")
        else:
            yield CurrencyLine(row, code, bank_code[:20])


@transaction.atomic
def load_currencies(path: Path) -> Loaded:
    """Add the bank's own codes of currencies that we know; the others are named."""
    rows, problems = sorted_out(parse_currencies(path))
    known = set(Currency.objects.values_list("code", flat=True))
    problems += [
        _unknown(row.row, "ISO_Char_Code", row.code) for row in rows if row.code not in known
    ]
    found = _remember([(row.code, row.bank_code) for row in rows])
    return found.and_also(Loaded(problems=problems))


def parse_key_rate(path: Path) -> Iterator[KeyRateLine | Problem]:
    """The key rate by days, as a fraction."""
    root = read_xml(path)
    records = list(root.iter("KR"))
    if root.tag not in ("Envelope", "KeyRate") or not records:
        raise Unreadable("the document has no key rates")
    for row, record in enumerate(records, start=1):
        told = (record.findtext("DT") or "")[:10]
        try:
            day = date.fromisoformat(told)
        except ValueError:
            yield Problem(row, "DT", f"{told!r} is not a date")
            continue
        try:
            value = number(record.findtext("Rate") or "") / HUNDRED
        except ValueError as error:
            yield Problem(row, "Rate", str(error))
            continue
        yield KeyRateLine(KEY_RATE, day, SOURCE, value)


def load_key_rate(path: Path) -> Loaded:
    rows, problems = sorted_out(parse_key_rate(path))
    found = add_missing("refdata_interestrate", ("code", "rate_date", "source", "value"), rows)
    return found.and_also(Loaded(problems=problems))
