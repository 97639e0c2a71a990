"""From a batch of closings to rows: each side's part in currency and in base currency, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import NamedTuple

import numpy as np

from ledger.lots.converting import converted, in_base
from ledger.lots.passing import Passed
from ledger.lots.reading import EPOCH, Changes
from ledger.lots.rules import Flags, Ints, shares
from ledger.rule_kinds import CostDay
from reporting.reports.base import Cell, Row
from reporting.reports.realised_facts import Facts, Pool, Rate

UNPAID = -1
COUNTED = ("OK", "OLD_RATE")


@dataclass(frozen=True, slots=True)
class _Side:
    """Of every piece one side: which change, and its parts of price and fee in minor units."""

    index: Ints
    start: Ints
    gross: Ints
    fee: Ints


@dataclass(frozen=True, slots=True)
class _Rated:
    """The changes' amounts in base currency, each at the rate of the day its money moved."""

    rates: list[Rate | None]
    gross: Ints
    fee: Ints


class Realised:
    """The closings of one batch, with what they are worth."""

    def __init__(self, passed: Passed, facts: Facts, pools: Mapping[int, Pool]) -> None:
        self.passed, self.facts, self.pools = passed, facts, pools
        self.changes, self.pieces = passed.changes, passed.pieces
        self.money_day = self._money_days()
        opens_with_purchase = self.changes.incoming[self.pieces.opening]
        self.purchase = self._side(opens_with_purchase)
        self.sale = self._side(~opens_with_purchase)

    def _money_days(self) -> Ints:
        """When each change was paid; what came without a deal of ours was paid when it was bought."""
        taking_part = np.unique(np.concatenate((self.pieces.opening, self.pieces.closing)))
        deals = taking_part[self.changes.is_deal[taking_part]]
        found = self.facts.money_days(self.changes.source_id[deals].tolist())
        days = np.where(self.changes.is_deal, UNPAID, self.changes.day)
        days[deals] = [found.get(id, UNPAID) for id in self.changes.source_id[deals].tolist()]
        return days

    def _side(self, opens: Flags) -> _Side:
        p = self.pieces
        index = np.where(opens, p.opening, p.closing)
        start = np.where(opens, p.opening_from, p.closing_from)
        gross, fee = (self._shares(a, index, start) for a in (self.changes.gross, self.changes.fee))
        return _Side(index, start, gross, fee)

    def _shares(self, amounts: Ints, index: Ints, start: Ints) -> Ints:
        return shares(amounts, self.passed.quantities, index, start, self.pieces.quantity)

    def rows_between(self, start: date, until: date) -> Iterator[Row]:
        """The rows realised between two dates, in the order of pools and of closing."""
        realised = self.money_day[self.pieces.closing]
        first, last = ((day - EPOCH).days for day in (start, until))
        wanted = np.flatnonzero((realised >= first) & (realised <= last))
        if not len(wanted):
            return
        rated = self._rated(np.unique(np.concatenate(
            (self.purchase.index[wanted], self.sale.index[wanted]))))  # fmt: skip
        parts = {
            "cost": (rated.gross, self.purchase), "purchase_fee": (rated.fee, self.purchase),
            "proceeds": (rated.gross, self.sale), "sale_fee": (rated.fee, self.sale),
        }  # fmt: skip
        names = tuple(parts)
        columns = [self._shares(a, side.index, side.start)[wanted] for a, side in parts.values()]
        amounts = zip(*(column.tolist() for column in columns), strict=True)
        changes = _Plain(self.changes, self.money_day)
        for piece, in_base_currency in zip(self._pieces(wanted), amounts, strict=True):
            yield self._row(
                piece, changes, rated.rates, dict(zip(names, in_base_currency, strict=True))
            )

    def _pieces(self, wanted: Ints) -> Iterator[_Piece]:
        columns = (
            self.pieces.opening, self.pieces.closing, self.purchase.index, self.sale.index,
            self.pieces.quantity, self.purchase.gross, self.purchase.fee, self.sale.gross, self.sale.fee,
        )  # fmt: skip
        return map(_Piece._make, zip(*(c[wanted].tolist() for c in columns), strict=True))

    def _rated(self, which: Ints) -> _Rated:
        """Every change that takes part, at the rate of its own day; without one its amounts are zero."""
        rates: list[Rate | None] = [None] * len(self.changes)
        factors, numbers = [Fraction(0)], np.zeros(len(self.changes), np.int64)
        known: dict[tuple[Rate, int], int] = {}
        for n in which.tolist():
            if self.money_day[n] == UNPAID:
                continue
            code, unit = self.facts.currencies[int(self.changes.currency[n])]
            pool = self.pools[int(self.changes.pool[n])]
            rate = rates[n] = self.facts.rate(code, pool, _day(int(self.money_day[n])))
            if rate is None:
                continue
            key = (rate, pool.base_unit - unit)
            if key not in known:
                known[key] = len(factors)
                factors.append(rate.exact * Fraction(10) ** key[1])
            numbers[n] = known[key]
        return _Rated(
            rates,
            converted(self.changes.gross, factors, numbers),
            converted(self.changes.fee, factors, numbers),
        )

    def _row(
        self, p: _Piece, changes: _Plain, rates: list[Rate | None], base: dict[str, int]
    ) -> Row:
        pool, currencies = self.pools[changes.pool[p.closing]], self.facts.currencies
        paid, earned = changes.money_day[p.bought], changes.money_day[p.sold]
        realised = _day(changes.money_day[p.closing])
        cost_day, tax_base = (
            self.facts.cost_day(pool, realised),
            self.facts.tax_base(pool, realised),
        )
        income_rate, cost_rate = rates[p.sold], rates[p.bought]
        sale_code, sale_unit = currencies[changes.currency[p.sold]]
        cost_code, cost_unit = currencies[changes.currency[p.bought]]
        if cost_day == CostDay.INCOME_DAY and earned != UNPAID:
            cost_rate = self.facts.rate(cost_code, pool, _day(earned))
            if cost_rate is not None:
                factor = cost_rate.exact * Fraction(10) ** (pool.base_unit - cost_unit)
                base["cost"] = in_base(p.cost, factor)
        ruled = cost_day is not None and (
            tax_base is not None or not self.facts.taxed(pool, realised)
        )
        state = "NOT_PAID" if UNPAID in (paid, earned) else _state(ruled, income_rate, cost_rate)
        result = base["proceeds"] - base["sale_fee"] - base["cost"] - base["purchase_fee"]
        return [
            pool.entity, pool.owner, pool.account, pool.isin, tax_base,
            changes.reference(p.opening), _iso(changes.day[p.opening]),
            changes.reference(p.closing), _iso(changes.day[p.closing]), realised.isoformat(),
            _decimal(p.quantity, self.passed.places, trimmed=True), *_held(p, paid, earned),
            sale_code, _decimal(p.proceeds, sale_unit), _decimal(p.sale_fee, sale_unit), *_shown(income_rate),
            cost_code, _decimal(p.cost, cost_unit), _decimal(p.purchase_fee, cost_unit), *_shown(cost_rate),
            state, pool.base_currency,
            *(_decimal(amount, pool.base_unit) if state in COUNTED else None for amount in (
                base["proceeds"], base["sale_fee"], base["cost"], base["purchase_fee"], result)),
        ]  # fmt: skip


class _Piece(NamedTuple):
    """One closing as plain numbers: which changes, how much, and each side's part in its currency."""

    opening: int
    closing: int
    bought: int
    sold: int
    quantity: int
    cost: int
    purchase_fee: int
    proceeds: int
    sale_fee: int


class _Plain:
    """The changes of a batch as lists: what is looked at row by row."""

    def __init__(self, changes: Changes, money_day: Ints) -> None:
        self.pool, self.day = changes.pool.tolist(), changes.day.tolist()
        self.currency, self.money_day = changes.currency.tolist(), money_day.tolist()
        self.source_id, self.is_deal = changes.source_id.tolist(), changes.is_deal.tolist()

    def reference(self, n: int) -> str:
        return f"D-{self.source_id[n]}" if self.is_deal[n] else str(self.source_id[n])


def _state(ruled: bool, income_rate: Rate | None, cost_rate: Rate | None) -> str:
    if not ruled:
        return "NO_RULE"
    if income_rate is None or cost_rate is None:
        return "NO_RATE"
    return "OLD_RATE" if income_rate.old or cost_rate.old else "OK"


def _held(p: _Piece, paid: int, earned: int) -> tuple[Cell, Cell]:
    """Days and full years from the purchase's settlement to the sale's; a short sale held nothing."""
    if UNPAID in (paid, earned) or earned < paid or p.opening == p.sold:
        return None, None
    return str(earned - paid), str(_full_years(_day(paid), _day(earned)))


def _full_years(first: date, last: date) -> int:
    return last.year - first.year - ((last.month, last.day) < (first.month, first.day))


@cache
def _day(number: int) -> date:
    return EPOCH + timedelta(days=number)


@cache
def _iso(number: int) -> str:
    return _day(number).isoformat()


def _decimal(units: int, places: int, *, trimmed: bool = False) -> str:
    """Integer units as plain decimal notation."""
    if not places:
        return str(units)
    whole, part = divmod(abs(units), 10**places)
    fraction = f"{part:0{places}d}"
    if trimmed:
        fraction = fraction.rstrip("0")
    return f"{'-' if units < 0 else ''}{whole}{'.' if fraction else ''}{fraction}"


def _shown(rate: Rate | None) -> tuple[Cell, Cell]:
    if rate is None:
        return None, None
    return f"{rate.value.normalize():f}", rate.day.isoformat() if rate.day else None
