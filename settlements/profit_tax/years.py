"""Sums of disposals: the bases of each year, what former losses take off them, the tax, and what was realised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ledger.ndfl.fx_date import SOVEREIGN_EXTERNAL_BOND
from ledger.profit_tax.bases import ProfitBase
from ledger.profit_tax.losses import LOSS_CARRY, CarriedYear, carry
from ledger.profit_tax.rates import PROFIT_RATE, tax_on
from refdata.dated_rules.rows import RuleBook
from settlements.profit_tax.disposals import Disposal
from settlements.profit_tax.facts import OwnEntity
from settlements.realised.results import COUNTED, Closing

FIRST = date(
    2015, 1, 1
)  # from then on traded securities belong to the general base (federal law 420-FZ)
OWN_BASES = (ProfitBase.UNTRADED,)  # those that carry their losses forward here


@dataclass(slots=True)
class BaseOfYear:
    """In minor units. `missing`: disposals that could not be reckoned, `untested`: whose price could not be tested."""

    income: int = 0
    costs: int = 0
    missing: int = 0
    untested: int = 0

    @property
    def result(self) -> int:
        return self.income - self.costs


class Taxed(NamedTuple):
    """A base of a year with what former losses take off it and its tax; none of either where no rule says it."""

    year: int
    base: ProfitBase
    sums: BaseOfYear
    lowered: Decimal | None
    taxable: Decimal | None
    rate: Decimal | None
    tax: Decimal | None


@dataclass(slots=True)
class Totals:
    """Of one entity in minor units: what all that was realised in a period comes to, in tax and without it."""

    taxed: int = 0
    adjusted: int = 0
    coupons: int = 0
    sovereign_cost: int = 0
    realised: int = 0
    sovereign_cost_realised: int = 0

    @property
    def by_rates(self) -> int:
        """What tax counts less of cost because NDFL has another day for the rate of some bonds."""
        return self.sovereign_cost_realised - self.sovereign_cost

    @property
    def expected(self) -> int:
        return self.realised + self.adjusted + self.coupons + self.by_rates


@dataclass(slots=True)
class Book:
    """All that is summed of one entity: bases by year, the period's totals, coupons by security (received, paid)."""

    entity: OwnEntity
    bases: dict[tuple[int, ProfitBase], BaseOfYear] = field(default_factory=dict)
    totals: Totals = field(default_factory=Totals)
    coupons: dict[tuple[str, str], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0])
    )
    results: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, each: Disposal) -> None:
        """To its year, whether it is of the period or not."""
        base, year = each.base or ProfitBase.GENERAL, each.closing.realised.year
        sums = self.bases.setdefault((year, base), BaseOfYear())
        if not each.counted:
            sums.missing += 1
            return
        sums.income += each.income
        sums.costs += each.income - each.result
        sums.untested += each.untested
        self.results[year] += each.result

    def add_of_period(self, each: Disposal) -> None:
        if not each.counted:
            return
        totals, pool = self.totals, each.closing.pool
        totals.taxed += each.result
        totals.adjusted += each.adjusted
        totals.coupons += each.coupons
        if pool.category == SOVEREIGN_EXTERNAL_BOND:
            totals.sovereign_cost += each.closing.in_base.cost
        if each.received or each.paid:
            of_security = self.coupons[pool.asset, pool.isin]
            of_security[0] += each.received
            of_security[1] += each.paid

    def add_realised(self, each: Closing) -> None:
        """The same closing as the realised result tells it."""
        if each.state in COUNTED:
            self.totals.realised += each.in_base.result
            if each.pool.category == SOVEREIGN_EXTERNAL_BOND:
                self.totals.sovereign_cost_realised += each.in_base.cost

    def amount(self, minor: int) -> Decimal:
        return Decimal(minor).scaleb(-self.entity.unit)

    def losses(self, base: ProfitBase, until: date, rules: RuleBook) -> list[CarriedYear]:
        """The losses of a base, year by year since its first disposal; the last year until a day."""
        own = {year: sums.result for (year, of), sums in self.bases.items() if of == base}
        if not own:
            return []
        years = range(min(own), until.year + 1)
        in_force = {year: rules.find(LOSS_CARRY, min(date(year, 12, 31), until)) for year in years}
        return carry(((year, self.amount(own.get(year, 0))) for year in years), in_force)

    def taxed(self, start: date, until: date, rules: RuleBook) -> Iterator[Taxed]:
        """The bases of the years that a period touches, each since the year began (art. 274 p. 7, 285)."""
        carried = {
            (each.year, base): each
            for base in OWN_BASES
            for each in self.losses(base, until, rules)
        }
        for year, base in sorted(self.bases):
            if start.year <= year <= until.year:
                found = carried.get((year, base))
                yield self._taxed(year, base, found, min(date(year, 12, 31), until), rules)

    def _taxed(
        self, year: int, base: ProfitBase, found: CarriedYear | None, day: date, rules: RuleBook
    ) -> Taxed:
        sums, rule = self.bases[year, base], rules.find(PROFIT_RATE, day, base)
        if found is None:
            lowered, taxable = None, max(self.amount(sums.result), Decimal(0))
        elif found.ruled or not found.opening:
            lowered, taxable = found.used, found.taxable
        else:
            return Taxed(year, base, sums, None, None, None, None)
        if rule is None:
            return Taxed(year, base, sums, lowered, taxable, None, None)
        rate = Decimal(rule.rate)
        return Taxed(year, base, sums, lowered, taxable, rate, tax_on(rule, taxable))
