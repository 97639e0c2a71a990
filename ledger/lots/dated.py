"""What laws say about lots and the tax on them, as dated rows with their sources. Pure.

A row computes on the days from `valid_from` until the day before `valid_until`. Nothing here is a
constant of the computation: another law is another row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.rounding import half_up_whole
from ledger.lots.methods import Method, Purpose

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Dated(Generic[Value]):
    """One row: what holds from a day on, until another, and where that is written."""

    value: Value
    valid_from: date
    source: str
    valid_until: date | None = None


def in_force(rows: Sequence[Dated[Value]], on: date) -> Value | None:
    """The value that holds on a day; of several the youngest row's. None: no row says anything."""
    found = [
        row
        for row in rows
        if row.valid_from <= on and (row.valid_until is None or on < row.valid_until)
    ]
    return max(found, key=lambda row: row.valid_from).value if found else None


class CostDay(StrEnum):
    """Of which day the official rate is that a cost in foreign currency is counted with."""

    DEBITED = "DEBITED"  # the day it was paid
    INCOME_DAY = "INCOME_DAY"  # the day the income was credited, whenever the cost was paid


class TaxBase(StrEnum):
    """The bases of results of selling securities that are reckoned apart."""

    TRADED = "TRADED"
    UNTRADED = "UNTRADED"
    IIS = "IIS"


class Bracket(NamedTuple):
    """A rate, as a fraction, on what lies above `above` and up to the next bracket."""

    above: Decimal
    rate: Decimal


SECURITY, SOVEREIGN_EXTERNAL_BOND = "SECURITY", "SOVEREIGN_EXTERNAL_BOND"
COST_DAYS: dict[str, Sequence[Dated[CostDay]]] = {
    SECURITY: (
        Dated(CostDay.DEBITED, date(2016, 1, 1), "Tax Code of Russia art. 210 p. 5, art. 214.1"),
    ),
    SOVEREIGN_EXTERNAL_BOND: (
        Dated(CostDay.INCOME_DAY, date(2016, 1, 1), "Tax Code of Russia art. 214.1 p. 13"),
    ),
}
# By account and whether the security is traded on an organised market.
TAX_BASES: dict[tuple[str, bool], Sequence[Dated[TaxBase]]] = {
    ("GENERAL", True): (Dated(TaxBase.TRADED, date(2015, 1, 1), "Tax Code of Russia art. 214.1"),),
    ("GENERAL", False): (
        Dated(TaxBase.UNTRADED, date(2015, 1, 1), "Tax Code of Russia art. 214.1"),
    ),
    ("IIS", True): (Dated(TaxBase.IIS, date(2015, 1, 1), "Tax Code of Russia art. 214.9"),),
    ("IIS", False): (Dated(TaxBase.IIS, date(2015, 1, 1), "Tax Code of Russia art. 214.9"),),
}
# On investment income of residents.
NDFL_BRACKETS: Sequence[Dated[Sequence[Bracket]]] = (
    Dated(
        (Bracket(Decimal(0), Decimal("0.13")), Bracket(Decimal(5_000_000), Decimal("0.15"))),
        date(2021, 1, 1), "Tax Code of Russia art. 224 p. 1", date(2025, 1, 1),
    ),
    Dated(
        (Bracket(Decimal(0), Decimal("0.13")), Bracket(Decimal(2_400_000), Decimal("0.15"))),
        date(2025, 1, 1), "Tax Code of Russia art. 224 p. 1.1",
    ),
)  # fmt: skip
METHODS: dict[Purpose, Sequence[Dated[frozenset[Method]]]] = {
    Purpose.MANAGEMENT: (
        Dated(frozenset(Method), date(2000, 1, 1), "The firm's own accounting policy"),
    ),
    Purpose.NDFL: (
        Dated(frozenset({Method.FIFO}), date(2000, 1, 1), "Tax Code of Russia art. 214.1 p. 13"),
    ),
    # The cost of the unit, which the law admits as well, is what SPECIFIC closes: lots as named.
    Purpose.RU_PROFIT_TAX: (
        Dated(
            frozenset({Method.FIFO, Method.SPECIFIC}), date(2000, 1, 1),
            "Tax Code of Russia art. 280 p. 23, art. 329",
        ),
    ),
}  # fmt: skip


class MethodNotAllowed(Invalid):
    code = "method-not-allowed-for-purpose"
    title = gettext_noop("That method is not allowed for that purpose")
    detail = gettext_noop("%(method)s is not among the methods of %(purpose)s: %(allowed)s.")
    hint = gettext_noop("Choose one of these methods, or another purpose.")


def require_method(method: Method, purpose: Purpose, *, on: date) -> None:
    """Raises MethodNotAllowed for a method that the purpose does not admit on a day."""
    allowed = in_force(METHODS[purpose], on) or frozenset()
    if method not in allowed:
        raise MethodNotAllowed(
            method=method.value, purpose=purpose.value,
            allowed=", ".join(each.value for each in Method if each in allowed) or "–",
        )  # fmt: skip


def tax_on(base: Decimal, brackets: Sequence[Bracket]) -> Decimal:
    """The tax on a base of a year, in whole rubles, from 50 kopecks up (art. 52 p. 6); a loss bears none."""
    tax, upper = Decimal(0), None
    for bracket in sorted(brackets, reverse=True):
        top = base if upper is None else min(base, upper)
        tax += max(Decimal(0), top - bracket.above) * bracket.rate
        upper = bracket.above
    return half_up_whole(tax)
