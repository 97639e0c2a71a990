"""Currencies of ISO 4217: the maintenance agency's table (XML) or a CSV of it, withdrawn ones too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from django.db import transaction

from refdata.loading.importing import Loaded, Problem, sorted_out
from refdata.loading.reading import Unreadable, content_of, read_csv, read_xml
from refdata.models import Asset, Currency


class CurrencyLine(NamedTuple):
    code: str
    numeric: str
    minor_unit: int
    name: str
    withdrawn_date: date | None


def parse_currencies(path: Path) -> Iterator[CurrencyLine | Problem]:
    """Every code with minor units; codes without (metals, tests, funds) are no money and passed over."""
    is_xml = content_of(path).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")
    lines = _xml(path) if is_xml else _csv(path)
    for row, (code, numeric, unit, name, withdrawn) in lines:
        if not code or unit in ("", "-", "N.A."):
            continue
        if not (len(code) == 3 and code.isascii() and code.isupper()):
            yield Problem(row, "AlphabeticCode", f"{code!r} is not three capital letters")
        elif unit not in "01234" or len(unit) != 1:
            yield Problem(row, "MinorUnit", f"{unit!r} is not a number of decimals")
        else:
            try:
                ended = date.fromisoformat(f"{withdrawn}-01"[:10]) if withdrawn else None
            except ValueError:
                yield Problem(row, "WithdrawalDate", f"{withdrawn!r} is neither month nor day")
                continue
            yield CurrencyLine(code, numeric.zfill(3) if numeric else "", int(unit), name, ended)


Line = tuple[int, tuple[str, str, str, str, str]]


def _csv(path: Path) -> Iterator[Line]:
    lines = read_csv(path)
    header = next(lines, [])
    if "AlphabeticCode" not in header:
        raise Unreadable("there is no column AlphabeticCode")
    names = ("AlphabeticCode", "NumericCode", "MinorUnit", "Currency", "WithdrawalDate")
    places = [header.index(name) if name in header else len(header) for name in names]
    for row, cells in enumerate(lines, start=2):
        code, numeric, unit, name, withdrawn = (
            cells[at] if at < len(cells) else "" for at in places
        )
        yield row, (code, numeric, unit, name, withdrawn)


def _xml(path: Path) -> Iterator[Line]:
    root = read_xml(path)
    names = ("Ccy", "CcyNbr", "CcyMnrUnts", "CcyNm", "WthdrwlDt")
    for row, entry in enumerate(root.iter("CcyNtry"), start=1):
        code, numeric, unit, name, withdrawn = (
            (entry.findtext(each) or "").strip() for each in names
        )
        yield row, (code, numeric, unit, name, withdrawn)


@transaction.atomic
def load_currencies(path: Path) -> Loaded:
    """Add what is not there yet, and give the number to those that have none."""
    rows, problems = sorted_out(parse_currencies(path))
    lines: dict[str, CurrencyLine] = {}
    for row in sorted(rows, key=lambda r: r.withdrawn_date is not None):
        lines.setdefault(row.code, row)  # one in use goes before one that was withdrawn
    known = {row.code: row for row in Currency.objects.all()}
    new = [line for code, line in lines.items() if code not in known]
    assets = Asset.objects.bulk_create(
        Asset(kind="CURRENCY", code=r.code, name=r.name[:200], decimals=r.minor_unit) for r in new
    )
    Currency.objects.bulk_create(
        Currency(
            asset=asset, code=r.code, numeric=r.numeric, minor_unit=r.minor_unit,
            withdrawn_date=r.withdrawn_date,
        )
        for asset, r in zip(assets, new, strict=True)
    )  # fmt: skip
    numbered = [
        row
        for code, row in known.items()
        if not row.numeric and code in lines and lines[code].numeric
    ]
    for row in numbered:
        row.numeric = lines[row.code].numeric
    Currency.objects.bulk_update(numbered, ["numeric"])
    unchanged = len(lines) - len(new) - len(numbered)
    return Loaded(len(new), unchanged, problems, changed=len(numbered))
