"""Closings of lots between two days: each side's part in currency and in base currency, and what is missing.

Lots are those of the tax pool, FIFO. A result is realised on the day the money of its closing deal moved; income is
counted at the official rate of the day it was credited, cost and fees at that of the day each was debited, as the
dated rule in force on the day of income says (`ledger.ndfl`; Tax Code of Russia art. 210 p. 5, 214.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np

from ledger.lots.carried_passes import pass_carried
from ledger.lots.conversions import converted_pools
from ledger.lots.converting import converted
from ledger.lots.converting import in_base as converted_one
from ledger.lots.passing import Passed, pass_fifo
from ledger.lots.reading import EPOCH, Changes, read_changes
from ledger.lots.rules import Flags, Ints, shares
from ledger.ndfl.fx_date import CostDay
from settlements.realised.facts import Facts, Pool, Rate, money_days
from settlements.realised.results import Closing, Cut, CutClosing, InBase, Part

UNPAID = -1


def closings_between(
    start: date, until: date, *, horizon: int, entity_ids: Sequence[int] | None,
    owner_ids: Sequence[int] | None = None,
) -> Iterator[Closing]:  # fmt: skip
    """What was realised between two days as known below a horizon, in the order of pools and of closing."""
    facts = Facts(horizon=horizon, entity_ids=entity_ids, owner_ids=owner_ids)
    for realised in _passes(facts, start, until):
        yield from realised.between(start, until)


def cut_closings_between(facts: Facts, start: date, until: date) -> Iterator[CutClosing]:
    """The same, by facts of one's own, with the places of every closing on the axes of its two changes."""
    for realised in _passes(facts, start, until):
        yield from realised.cut_between(start, until)


def _passes(facts: Facts, start: date, until: date) -> Iterator[_Realised]:
    pools = facts.touched_pools(start, until)
    if not pools:
        return
    converted = converted_pools(list(pools), horizon=facts.horizon)
    batches = read_changes(horizon=facts.horizon, pool_ids=sorted(pools.keys() - converted))
    carried = pass_carried(sorted(converted), horizon=facts.horizon)
    for passed in chain(pass_fifo(batches), carried):
        if len(passed.pieces):
            yield _Realised(passed, facts, pools)


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


class _Realised:
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
        found = money_days(self.changes.source_id[deals].tolist(), horizon=self.facts.horizon)
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

    def between(self, start: date, until: date) -> Iterator[Closing]:
        return (closing for _, closing in self._found(start, until))

    def cut_between(self, start: date, until: date) -> Iterator[CutClosing]:
        for number, closing in self._found(start, until):
            yield CutClosing(
                closing, self._cut(self.purchase, number), self._cut(self.sale, number)
            )

    def _cut(self, side: _Side, number: int) -> Cut:
        index, start = int(side.index[number]), int(side.start[number])
        return Cut(
            int(self.changes.id[index]), start, start + int(self.pieces.quantity[number]),
            int(self.passed.quantities[index]), int(self.changes.gross[index]),
        )  # fmt: skip

    def _found(self, start: date, until: date) -> Iterator[tuple[int, Closing]]:
        """What was realised between two days, each with the number of its piece."""
        realised = self.money_day[self.pieces.closing]
        first, last = ((day - EPOCH).days for day in (start, until))
        wanted = np.flatnonzero((realised >= first) & (realised <= last))
        if not len(wanted):
            return
        rated = self._rated(np.unique(np.concatenate(
            (self.purchase.index[wanted], self.sale.index[wanted]))))  # fmt: skip
        sides = (
            (rated.gross, self.sale), (rated.fee, self.sale),
            (rated.gross, self.purchase), (rated.fee, self.purchase),
        )  # fmt: skip
        columns = [self._shares(a, side.index, side.start)[wanted] for a, side in sides]
        amounts = zip(*(column.tolist() for column in columns), strict=True)
        changes = _Plain(self.changes, self.money_day)
        found = zip(wanted.tolist(), self._pieces(wanted), map(InBase._make, amounts), strict=True)
        for number, piece, in_base in found:
            yield number, self._closing(piece, changes, rated.rates, in_base)

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

    def _closing(
        self, p: _Piece, changes: _Plain, rates: list[Rate | None], in_base: InBase
    ) -> Closing:
        pool, facts = self.pools[changes.pool[p.closing]], self.facts
        paid, earned = changes.money_day[p.bought], changes.money_day[p.sold]
        realised = _day(changes.money_day[p.closing])
        cost_day, tax_base = facts.cost_day(pool, realised), facts.tax_base(pool, realised)
        income_rate, cost_rate = rates[p.sold], rates[p.bought]
        sale_code, sale_unit = facts.currencies[changes.currency[p.sold]]
        cost_code, cost_unit = facts.currencies[changes.currency[p.bought]]
        if cost_day == CostDay.INCOME_DAY and earned != UNPAID:
            cost_rate = facts.rate(cost_code, pool, _day(earned))
            if cost_rate is not None:
                factor = cost_rate.exact * Fraction(10) ** (pool.base_unit - cost_unit)
                in_base = in_base._replace(cost=converted_one(p.cost, factor))
        ruled = cost_day is not None and (tax_base is not None or not facts.taxed(pool, realised))
        state = "NOT_PAID" if UNPAID in (paid, earned) else _state(ruled, income_rate, cost_rate)
        return Closing(
            pool, tax_base, changes.reference(p.opening), _day(changes.day[p.opening]),
            changes.reference(p.closing), _day(changes.day[p.closing]), realised, p.quantity,
            self.passed.places, _held(p, paid, earned),
            Part(sale_code, sale_unit, p.proceeds, p.sale_fee, income_rate),
            Part(cost_code, cost_unit, p.cost, p.purchase_fee, cost_rate), state, in_base,
        )  # fmt: skip


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


def _held(p: _Piece, paid: int, earned: int) -> tuple[int, int] | None:
    """Days and full years from the purchase's settlement to the sale's; a short sale held nothing."""
    if UNPAID in (paid, earned) or earned < paid or p.opening == p.sold:
        return None
    return earned - paid, _full_years(_day(paid), _day(earned))


def _full_years(first: date, last: date) -> int:
    return last.year - first.year - ((last.month, last.day) < (first.month, first.day))


@cache
def _day(number: int) -> date:
    return EPOCH + timedelta(days=number)
