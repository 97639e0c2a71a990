"""Which files a folder has and which columns each of them, as data."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any


def _flag(text: str) -> bool:
    return {"yes": True, "no": False}[text]


@dataclass(frozen=True, slots=True)
class Column:
    """How a column is read; what may be empty is None then."""

    name: str
    read: Callable[[str], Any] = str
    required: bool = True


PLACES, LARGEST = 8, Decimal(10) ** 19


def _exact(text: str) -> Decimal:
    """Nothing of a number is rounded away: it has no more places than are kept."""
    value = Decimal(text)
    if not value.is_finite() or abs(value) >= LARGEST or value != round(value, PLACES):
        raise ValueError(text)
    return value


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _year(text: str) -> int:
    if not 2000 <= int(text) <= 2100:
        raise ValueError(text)
    return int(text)


def _source(text: str) -> str:
    """`entitlement:12`: what it came from in the other system."""
    if not re.fullmatch("[a-z_]{1,20}:[0-9]{1,15}", text):
        raise ValueError(text)
    return text


def code(name: str, *, required: bool = True) -> Column:
    return Column(name, str, required)


def number(name: str, *, required: bool = True) -> Column:
    return Column(name, _exact, required)


def day(name: str) -> Column:
    return Column(name, date.fromisoformat)


# By file; what each says is written beside its reader. An amount is signed: above zero it is had.
TABLES: dict[str, tuple[Column, ...]] = {
    "accounts.csv": (
        code("entity"), code("account"), code("owner"), code("place", required=False),
        code("counterparty", required=False), code("book", required=False),
    ),
    "balances.csv": (code("account"), code("asset"), day("day"), number("amount")),
    "pools.csv": (
        Column("pool", int), code("entity"), code("owner"), code("asset"), code("account"),
    ),
    "lots.csv": (
        code("entity"), code("owner"), code("account"), code("asset"), code("book", required=False),
        Column("incoming", _flag), number("quantity"), number("gross", required=False),
        number("fee", required=False), code("currency", required=False), day("trade_date"),
        Column("executed_at", _moment), Column("sequence", int),
        Column("source", _source, required=False), Column("part", int, required=False),
        Column("at_cost", _flag, required=False),
        number("cost_base", required=False), number("fee_base", required=False),
    ),
    "taxes.csv": (
        code("entity"), code("taxpayer"), Column("year", _year), day("day"), code("source", required=False),
        number("payment"), number("tax"), number("before"), number("withheld"), day("transfer_by"),
        Column("bases", json.loads, required=False),
    ),
    "incomes.csv": (
        code("entity"), code("taxpayer"), code("base"), code("kind"), day("day"), number("income"),
        number("costs"), number("withheld"), Column("full_years", int), code("issuer", required=False),
    ),
    "depository.csv": (code("entity"), code("place"), code("owner"), code("asset"), number("quantity")),
    "bank.csv": (code("entity"), code("place"), code("owner"), code("currency"), number("amount")),
    "accruals.csv": (code("entity"), code("owner"), code("asset"), number("accrued"), code("currency")),
}  # fmt: skip

# What another system says each evening while both run side by side. The result is that of the day, by book, in the
# currency of the entity's books.
PARALLEL = {
    "depository.csv": TABLES["depository.csv"], "bank.csv": TABLES["bank.csv"],
    "results.csv": (code("entity"), code("book"), number("result")),
}  # fmt: skip
