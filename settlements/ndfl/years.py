"""A taxpayer's year so far: bases, what losses lower, the tax on all of it, and what was withheld."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ledger.ndfl.bases import SET_OFFS, TaxBase, lowered
from ledger.ndfl.brackets import BRACKETS, NON_RESIDENT, NON_RESIDENT_DIVIDEND, RESIDENT, tax_on
from ledger.ndfl.codes import CODES, COUPON, Codes
from ledger.ndfl.long_term import LONG_TERM, Held, most_exempt
from ledger.ndfl.pay import pay_scale
from refdata.dated_rules.rows import NoRuleInForce, RuleBook, rules_as_known
from settlements.ndfl.incomes import Income, IncomeKind, Taxpayer, incomes_between
from settlements.ndfl.kept import Withheld, withheld_until

ZERO = Decimal(0)


@dataclass(slots=True)
class BaseSoFar:
    """One base of a year: what came, what it cost, by how much losses of other bases lower it."""

    income: Decimal = ZERO
    costs: Decimal = ZERO
    lowered: Decimal = ZERO
    free_if_asked: Decimal = ZERO

    @property
    def result(self) -> Decimal:
        return self.income - self.costs

    @property
    def taxable(self) -> Decimal:
        return max(self.result - self.lowered, ZERO)


@dataclass(slots=True)
class YearSoFar:
    """`tax` is none where no rule says what it is; `missing` counts incomes that could not be reckoned.

    Of what was `withheld`, `of_pay` was kept back of pay. `resident_paid` says what the taxpayer was when last paid.
    """

    taxpayer: Taxpayer
    incomes: list[Income] = field(default_factory=list)
    bases: dict[TaxBase, BaseSoFar] = field(default_factory=dict)
    withheld: Decimal = ZERO
    of_pay: Decimal = ZERO
    resident_paid: bool = True
    tax: Decimal | None = None
    missing: int = 0

    @property
    def of_securities(self) -> Decimal:
        """What was kept back of all but pay."""
        return self.withheld - self.of_pay

    @property
    def taxable(self) -> Decimal:
        return sum((each.taxable for each in self.bases.values()), ZERO)


def years_so_far(
    day: date, *, horizon: int, entity_ids: Sequence[int] | None,
    owner_ids: Sequence[int] | None = None,
) -> list[YearSoFar]:  # fmt: skip
    """Of every taxpayer with an income the year until a day, itself included, as known below a horizon."""
    found = incomes_between(
        date(day.year, 1, 1), day, horizon=horizon, entity_ids=entity_ids, owner_ids=owner_ids
    )
    rules = rules_as_known(horizon)
    kept = withheld_until(day, horizon=horizon, entity_ids=entity_ids, owner_ids=owner_ids)
    years = _gathered(found, kept)
    for year in years:
        _reckon(year, rules, day)
    return years


class Earned(NamedTuple):
    """What came, what it cost, and what was kept back when it was paid."""

    income: Decimal = ZERO
    costs: Decimal = ZERO
    withheld: Decimal = ZERO


class Told(NamedTuple):
    """What certificates tell apart: the month, the base, the kind, and of pay its own codes."""

    month: str
    base: TaxBase
    kind: IncomeKind
    codes: tuple[str, str]


def by_month(year: YearSoFar) -> dict[Told, Earned]:
    """What was earned in each month of each base, kind and code, in this order, as certificates tell it."""
    sums: defaultdict[Told, Earned] = defaultdict(Earned)
    for each in year.incomes:
        assert each.base is not None
        key = Told(f"{each.day:%Y-%m}", each.base, each.kind, each.codes)
        parts = each.income, each.costs, each.withheld
        sums[key] = Earned(*(a + b for a, b in zip(sums[key], parts, strict=True)))
    return dict(sorted(sums.items()))


def codes_of(told: Told, rules: RuleBook, day: date) -> Codes | None:
    """By which codes an income is told on a day; a coupon has its own, pay brings them."""
    if told.kind == IncomeKind.PAY:
        return Codes(*told.codes)
    return rules.find(CODES, day, COUPON if told.kind == IncomeKind.COUPON else told.base)


def _gathered(incomes: Iterable[Income], kept: Iterable[Withheld]) -> list[YearSoFar]:
    years: dict[Taxpayer, YearSoFar] = {}
    for each in kept:
        year = years.setdefault(each.taxpayer, YearSoFar(each.taxpayer))
        year.withheld += each.amount
        year.of_pay += each.amount if each.of_pay else ZERO
    for income in incomes:
        year = years.setdefault(income.taxpayer, YearSoFar(income.taxpayer))
        if income.base is None:
            year.missing += 1
            continue
        year.incomes.append(income)
        if income.kind == IncomeKind.PAY:
            year.resident_paid = income.resident  # they come by day
        base = year.bases.setdefault(income.base, BaseSoFar())
        base.income += income.income
        base.costs += income.costs
    found = [years[key] for key in sorted(years)]
    return [each for each in found if each.incomes or each.missing or each.withheld]


def _reckon(year: YearSoFar, rules: RuleBook, day: date) -> None:
    set_offs = rules.find(SET_OFFS, day)
    if set_offs is not None:
        taken = lowered(set_offs, {base: each.result for base, each in year.bases.items()})
        for base, amount in taken.items():
            year.bases[base].lowered = amount
    _set_free(year, rules, day)
    try:
        year.tax = tax_on_bases(year, rules, day)
    except NoRuleInForce:
        year.tax = None


def tax_on_bases(
    year: YearSoFar, rules: RuleBook, day: date, *, without: Collection[TaxBase] = ()
) -> Decimal:
    """The tax of the year, of all bases or without some. Raises NoRuleInForce."""
    rules.in_force(SET_OFFS, day)
    scales = by_scale(year, without=without)
    return sum(
        (tax_on(base, rules.in_force(BRACKETS, day, key).brackets) for key, base in scales.items()),
        ZERO,
    )


def by_scale(year: YearSoFar, *, without: Collection[TaxBase] = ()) -> dict[str, Decimal]:
    """All bases of a resident but pay together (art. 210 p. 6); of others dividends apart (art. 224 p. 3)."""
    bases = {base: each.taxable for base, each in year.bases.items() if base not in without}
    pay = bases.pop(TaxBase.PAYROLL, None)
    of_pay = {} if pay is None else {pay_scale(year.resident_paid): pay}
    if pay is not None and not bases:
        return of_pay
    whole = sum(bases.values(), ZERO)
    if year.taxpayer.resident:
        return {RESIDENT: whole} | of_pay
    dividends = bases.get(TaxBase.DIVIDEND, ZERO)
    return {NON_RESIDENT: whole - dividends, NON_RESIDENT_DIVIDEND: dividends} | of_pay


def _set_free(year: YearSoFar, rules: RuleBook, day: date) -> None:
    """What of traded securities is free of tax after years of holding, if the taxpayer asks for it (art. 219.1)."""
    rule = rules.find(LONG_TERM, day)
    base = year.bases.get(TaxBase.TRADED)
    if rule is None or base is None:
        return
    income, result = defaultdict[int, Decimal](Decimal), ZERO
    for each in year.incomes:
        counts = not rule.issuers or each.issuer in rule.issuers
        if each.base == TaxBase.TRADED and counts and each.full_years >= rule.years:
            income[each.full_years] += each.income
            result += each.result
    held = [Held(years, str(amount)) for years, amount in sorted(income.items())]
    base.free_if_asked = max(min(result, most_exempt(rule, held), base.taxable), ZERO)
