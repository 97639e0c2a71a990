"""The Moscow Exchange's answers (ISS): lists of instruments, and the description of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction

from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.identifiers import problem_with
from refdata.bonds import Terms, keep_terms
from refdata.loading.importing import (
    Loaded,
    Problem,
    identifier,
    number,
    sorted_out,
    table_in,
)
from refdata.loading.issuers import Issuer, keep_issuers
from refdata.loading.reading import Unreadable, read_json
from refdata.models import Asset, Instrument, InstrumentIdentifier

MARKET = "MISX"
KINDS = {
    "common_share": "SHARE", "preferred_share": "SHARE", "depositary_receipt": "DEPOSITARY_RECEIPT",
    "public_ppif": "FUND", "exchange_ppif": "FUND", "etf_ppif": "FUND", "stock_ppif": "FUND",
    "exchange_bond": "BOND", "corporate_bond": "BOND", "ofz_bond": "BOND", "subfederal_bond": "BOND",
    "municipal_bond": "BOND", "cb_bond": "BOND", "euro_bond": "BOND",
    "1": "SHARE", "2": "SHARE", "D": "DEPOSITARY_RECEIPT", "9": "FUND", "A": "FUND", "J": "FUND",
    "3": "BOND", "4": "BOND", "5": "BOND", "6": "BOND", "7": "BOND", "8": "BOND", "C": "BOND",
}  # fmt: skip
CURRENCIES = {"SUR": "RUB"}  # the exchange still writes the ruble of before 1998
HUNDRED = Decimal(100)
MAX_PERIOD_DAYS = 3660


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
    terms: Terms | None = None
    issuer: Issuer | None = None


def securities_in(document: Any) -> list[dict[str, Any]]:
    """The securities that an answer lists, or the one that it describes. Raises Unreadable."""
    if isinstance(document, dict) and "description" in document:
        told = table_in(document, "description")
        return [{str(line.get("name")): line.get("value") for line in told}]
    lines = [
        {str(name).upper(): value for name, value in line.items()}
        for line in table_in(document, "securities")
    ]
    if lines and all("SHORT_TITLE" in line for line in lines):
        detail = "the answer describes the columns of the table of securities and lists none"
        raise Unreadable(detail, "describes-columns")
    return lines


def parse_instruments(path: Path) -> Iterator[InstrumentLine | Problem]:
    """The shares, receipts, funds and bonds of an answer, each once however many boards show it."""
    return instruments_in(securities_in(read_json(path)))


def instruments_in(lines: Iterable[dict[str, Any]]) -> Iterator[InstrumentLine | Problem]:
    seen: set[str] = set()
    for row, line in enumerate(lines, start=1):
        code = str(line.get("ISIN") or "")
        told = str(line.get("TYPE") or line.get("SECTYPE") or "")
        kind = KINDS.get(told)
        if kind is None:
            detail = f"{told!r} is neither share, receipt, fund nor bond"
            yield Problem(
                row,
                "TYPE",
                detail,
                gettext_noop("Nothing to do: it is not kept."),
                "unsupported-type",
            )
        elif problem := identifier("ISIN", code, row, "ISIN"):
            yield problem
        elif not line.get("SECID"):
            yield Problem(row, "SECID", "the ticker is missing", code="missing-value")
        elif code not in seen:
            seen.add(code)
            yield _instrument(row, line, code, kind)


def _instrument(row: int, line: dict[str, Any], code: str, kind: str) -> InstrumentLine | Problem:
    unit = str(line.get("FACEUNIT") or "SUR")
    try:
        nominal = _number(line.get("FACEVALUE"))
        terms = _terms(line) if kind == "BOND" else None
        size = int(_number(line.get("ISSUESIZE")) or 0) or None
    except ValueError as error:
        return Problem(row, "FACEVALUE" if kind != "BOND" else "MATDATE", str(error))
    name_ru = str(line.get("NAME") or line.get("SECNAME") or line["SECID"])
    return InstrumentLine(
        code, str(line["SECID"])[:20], str(line.get("LATNAME") or line["SECID"])[:200],
        name_ru[:200], kind, CURRENCIES.get(unit, unit)[:3], str(line.get("REGNUMBER") or "")[:40],
        size, nominal, terms, _issuer(line),
    )  # fmt: skip


def _issuer(line: dict[str, Any]) -> Issuer | None:
    """Who issued it, where the answer says so by a tax number that is one."""
    inn, name = str(line.get("EMITENT_INN") or ""), str(line.get("EMITENT_TITLE") or "")
    return Issuer(inn, name) if name and problem_with("INN", inn) is None else None


def _terms(line: dict[str, Any]) -> Terms:
    """What an answer says of a bond. Raises ValueError."""
    rate = _number(line.get("COUPONPERCENT"))
    every = _number(line.get("COUPONPERIOD"))
    start, maturity = _day(line.get("ISSUEDATE")), _day(line.get("MATDATE"))
    if start and maturity and maturity <= start:
        raise ValueError(f"it matures on {maturity}, not after its start on {start}")
    if every is not None and not 1 <= every <= MAX_PERIOD_DAYS:
        raise ValueError(f"{every} days are no coupon period")
    return Terms(
        start_date=start, maturity_date=maturity,
        coupon_rate=None if rate is None else rate / HUNDRED,
        every_days=None if every is None else int(every),
    )  # fmt: skip


def _number(told: Any) -> Decimal | None:
    return number(told) if told not in (None, "", 0, "0") else None


def _day(told: Any) -> date | None:
    """The exchange writes an absent day as zeros."""
    text = str(told or "")
    return None if text in ("", "0000-00-00") else date.fromisoformat(text)


def load_instruments(path: Path) -> Loaded:
    """Add the instruments that are not there yet, known by ISIN and ticker."""
    return store_instruments(parse_instruments(path))


@transaction.atomic
def store_instruments(parsed: Iterable[InstrumentLine | Problem]) -> Loaded:
    rows, problems = sorted_out(parsed)
    known = set(Instrument.objects.values_list("isin", flat=True))
    new = [row for row in rows if row.isin not in known]
    assets = Asset.objects.bulk_create(
        Asset(kind="SECURITY", code=r.isin, name=r.name, name_ru=r.name_ru) for r in new
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
    told = {row.isin: row.terms for row in rows if row.terms is not None}
    issuers = {row.isin: row.issuer for row in rows if row.issuer is not None}
    completed = (keep_terms(told) | keep_issuers(issuers)) - {row.isin for row in new}
    unchanged = len(rows) - len(new) - len(completed)
    return Loaded(len(new), unchanged, problems, changed=len(completed))
