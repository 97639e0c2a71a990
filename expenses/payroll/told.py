"""A payroll journal as a file tells it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)
TOTALS = ("accrued", "ndfl", "held", "contributions", "net")


class ToldPay(NamedTuple):
    """A row of the table; `line` is where it stands in the file."""

    line: int
    person: str
    inn: str
    resident: bool
    centre: str
    code: str
    accrued: Decimal
    deductions: dict[str, Decimal]
    base: Decimal
    by_rate: dict[Decimal, Decimal]
    held: Decimal
    contributions: Decimal
    net: Decimal
    account: str
    bik: str

    @property
    def ndfl(self) -> Decimal:
        return sum(self.by_rate.values(), ZERO)


@dataclass(frozen=True, slots=True)
class ToldJournal:
    """A journal as its file tells it, consistent in itself."""

    layout: str
    sha256: str
    entity: str
    number: str
    month: date
    pay_date: date
    corrects: str
    totals: Mapping[str, Decimal]
    lines: list[ToldPay]
