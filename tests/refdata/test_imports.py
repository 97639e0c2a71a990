"""`tests/expected/imports.csv`: what became of every real file, twice, against what was written down
before the loaders were."""

from __future__ import annotations

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from django.db.models import Count, IntegerField, Q, QuerySet, Sum
from django.db.models.functions import Cast

from refdata.loading.reading import Unreadable
from refdata.loading.recognising import recognise
from refdata.models import (
    Bank,
    BankAccount,
    CalendarDay,
    Currency,
    FxRate,
    IbanStructure,
    Instrument,
    InterestRate,
    LegalEntity,
    ListedCompany,
    ListedSecurity,
    Market,
    Price,
)

pytestmark = pytest.mark.django_db
EXPECTED = Path(__file__).resolve().parents[1] / "expected" / "imports.csv"
FOLDERS = ("reference", "rates", "calendars")


class Line(NamedTuple):
    file: str
    row: str
    outcome: str
    rows: int
    sums: dict[str, Decimal]


def expected_lines() -> list[Line]:
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        return [
            Line(
                row["file"], row["row"], row["outcome"], int(row["count"]),
                {name: Decimal(value) for name, _, value in
                 (each.partition("=") for each in row["sums"].split())},
            )
            for row in csv.DictReader(file)
            if row["file"].startswith(FOLDERS)
        ]  # fmt: skip


def total(rows: QuerySet[FxRate] | QuerySet[Price] | QuerySet[InterestRate]) -> Decimal:
    return rows.aggregate(total=Sum("value"))["total"] or Decimal(0)


def by(rows: QuerySet[Market] | QuerySet[LegalEntity], column: str) -> dict[str, Decimal]:
    found = rows.values_list(column).annotate(count=Count("pk"))
    return {str(name).lower(): Decimal(count) for name, count in found}


def of_currencies(file: str) -> dict[str, Decimal]:
    """Only the codes of the file: the base data knows currencies that one of them lacks."""
    from refdata.loading.iso4217 import CurrencyLine, parse_currencies

    codes = {row.code for row in parse_currencies(Path(file)) if isinstance(row, CurrencyLine)}
    rows = Currency.objects.filter(code__in=codes).values_list("minor_unit")
    return {f"decimals{unit}": Decimal(n) for unit, n in rows.annotate(n=Count("pk"))}


def of_moex(file: str) -> dict[str, Decimal]:
    """What is there now of the instruments of the file, and all prices of the sources it names."""
    from refdata.loading.moex import InstrumentLine, parse_instruments
    from refdata.loading.moex_prices import PriceLine, RateLine, parse_prices

    found: dict[str, Decimal] = {}
    path = Path(file)
    try:
        isins = [r.isin for r in parse_instruments(path) if isinstance(r, InstrumentLine)]
    except Unreadable:
        isins = []
    kinds = {"SHARE": "shares", "DEPOSITARY_RECEIPT": "receipts", "BOND": "bonds"}
    for kind, n in (
        Instrument.objects.filter(isin__in=isins).values_list("kind").annotate(n=Count("pk"))
    ):
        found[kinds[kind]] = Decimal(n)
    try:
        lines = [r for r in parse_prices(path) if isinstance(r, PriceLine | RateLine)]
    except Unreadable:
        return found
    sums = Decimal(0)
    for line in lines:
        if isinstance(line, PriceLine):
            rows = Price.objects.filter(
                instrument__ticker=line.ticker, price_date=line.day, source=line.source
            )
            sums += rows.get().value
        else:
            rates = FxRate.objects.filter(
                base=line.base, quote=line.quote, rate_date=line.day, source=line.source
            )
            sums += rates.get().value
    if lines:
        found["value"] = sums
    return found


def of_ecb(file: str) -> dict[str, Decimal]:
    rows = FxRate.objects.filter(source="ECB", base="EUR")
    if not file.endswith(".zip"):
        rows = rows.filter(rate_date="2026-04-13")
    return {"value": total(rows), "usd": total(rows.filter(quote="USD"))}


def of_cbr(file: str) -> dict[str, Decimal]:
    rows = FxRate.objects.filter(source="CBR", quote="RUB")
    if "dynamic" in file:
        return {"value": total(rows.filter(base="USD", rate_date__lte="2024-04-05"))}
    return {"value": total(rows.filter(rate_date="2024-04-25"))}


def of_calendar(file: str) -> dict[str, Decimal]:
    codes = {"RU_COMMON": "RU", "XECB": "TARGET", "XNYS": "XNYS", "sessions_xmos": "MISX"}
    code = codes.get(Path(file).stem, "XNYS")
    with Path(file).open(encoding="utf-8", newline="") as text:
        if file.endswith(".csv"):
            days = {row[""][:10] for row in csv.DictReader(text)}
        else:
            import json

            days = {d for d, name in json.load(text).items() if "markets close at" not in name}
    rows = CalendarDay.objects.filter(calendar__code=code, day__in=days)
    name = "open" if file.endswith(".csv") else "closed"
    return {name: Decimal(rows.filter(is_open=name == "open").count())}


def of_directory(_: str) -> dict[str, Decimal]:
    rows = Bank.objects.filter(scheme="BIK")
    return {
        "swift": Decimal(rows.exclude(swift="").count()),
        "accounts": Decimal(BankAccount.objects.count()),
    }


def of_symbols(_: str) -> dict[str, Decimal]:
    lists = list(ListedSecurity.objects.values_list("symbols", flat=True))
    return {
        "symbols": Decimal(sum(map(len, lists))), "unnamed": Decimal(sum(not each for each in lists))
    }  # fmt: skip


def of_companies(_: str) -> dict[str, Decimal]:
    numbers = ListedCompany.objects.annotate(number=Cast("cik", IntegerField()))
    return {"cik": Decimal(numbers.aggregate(total=Sum("number"))["total"])}


def of_structures(_: str) -> dict[str, Decimal]:
    found = IbanStructure.objects.aggregate(length=Sum("length"), sepa=Count("pk", Q(is_sepa=True)))
    return {name: Decimal(value) for name, value in found.items()}


def of_entities(file: str) -> dict[str, Decimal]:
    lei = Path(file).name.partition("_")[0]
    return by(LegalEntity.objects.filter(lei=lei), "registration")


SUMS: dict[str, Callable[[str], dict[str, Decimal]]] = {
    "currencies": of_currencies,
    "markets": lambda _: (
        by(Market.objects.all(), "status")
        | {"lei": Decimal(Market.objects.exclude(lei="").count())}
    ),
    "bik-directory": of_directory,
    "bic-list": lambda _: {},
    "iban-registry": of_structures,
    "lei-records": of_entities,
    "symbols": of_symbols,
    "companies": of_companies,
    "moex-instruments": of_moex,
    "moex-prices": of_moex,
    "moex-market-data": of_moex,
    "ecb-rates": of_ecb,
    "cbr-rates": of_cbr,
    "cbr-currencies": lambda _: {},
    "cbr-key-rate": lambda _: {"value": total(InterestRate.objects.filter(source="CBR"))},
    "calendar": of_calendar,
}


def test_every_file_has_its_line(shared_data: Path) -> None:
    there = {
        str(path.relative_to(shared_data))
        for folder in FOLDERS
        for path in (shared_data / folder).rglob("*")
        if path.is_file()
    }
    assert {line.file for line in expected_lines()} == there


def test_every_file_yields_what_was_written_down_and_nothing_twice(shared_data: Path) -> None:
    wrong = []
    lines = expected_lines()
    for line in lines:
        if line.row != "*":
            continue
        refused = [r for r in lines if r.file == line.file and r.row != "*"]
        got = outcome_of(shared_data / line.file)
        want = (line.outcome, line.rows, line.sums, [(r.row, r.outcome) for r in refused])
        if got != want:
            wrong.append((line.file, "expected", want, "got", got))
    assert wrong == []


def outcome_of(path: Path) -> tuple[str, int, dict[str, Decimal], list[tuple[str, str]]]:
    """The outcome in the words of the file of expectations; loads twice, and the second adds 0."""
    try:
        loader = recognise(path)
        first = loader.run(path)
    except Unreadable as error:
        return f"REFUSED({error.code})", 0, {}, []
    second = loader.run(path)
    assert (second.added, second.changed) == (0, 0), path
    assert second.unchanged == first.good, path
    assert second.problems == first.problems, path
    refused = [(str(each.row), f"REFUSED({each.code})") for each in first.problems]
    assert all(each.field and each.detail and each.hint for each in first.problems)
    return "ACCEPTED", first.good, SUMS[loader.name](str(path)), refused
