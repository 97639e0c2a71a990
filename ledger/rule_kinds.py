"""The kinds of dated rules that lots and the tax on them follow. Pure but for their labels."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from backoffice.kernel.rounding import half_up_whole
from ledger.lots.methods import Method, Purpose
from refdata.dated_rules.kinds import Number, RuleKind, declare


class CostDay(StrEnum):
    """Of which day the official rate is that a cost in foreign currency is counted with."""

    DEBITED = "DEBITED"  # the day it was paid
    INCOME_DAY = "INCOME_DAY"  # the day the income was credited, whenever the cost was paid


class TaxBase(StrEnum):
    """The bases of results of selling securities that are reckoned apart."""

    TRADED = "TRADED"
    UNTRADED = "UNTRADED"
    IIS = "IIS"


class Methods(Struct, frozen=True, forbid_unknown_fields=True):
    methods: list[Method]


class MethodAsked(Struct, frozen=True, forbid_unknown_fields=True):
    method: Method


def allows(rule: Methods, method: Method) -> bool:
    return method in rule.methods


LOT_METHODS = RuleKind(
    name="lots.methods",
    title=_("Methods by which lots may be closed"),
    keys=tuple(Purpose.values),
    value=Methods,
    given=MethodAsked,
    found=bool,
    compute=lambda rule, given: allows(rule, given.method),
)


class FxDate(Struct, frozen=True, forbid_unknown_fields=True):
    cost: CostDay


class Trade(Struct, frozen=True, forbid_unknown_fields=True):
    """Amounts in currency, and the official rates of the days on which they were paid and credited."""

    cost: Number
    debited_rate: Number
    proceeds: Number
    income_rate: Number


def base_of(rule: FxDate, given: Trade) -> Decimal:
    """What a sale adds to the base, in rubles: income at its own day's rate, cost at that of the rule."""
    rate = given.income_rate if rule.cost == CostDay.INCOME_DAY else given.debited_rate
    income = Decimal(given.proceeds) * Decimal(given.income_rate)
    return income - Decimal(given.cost) * Decimal(rate)


SECURITY, SOVEREIGN_EXTERNAL_BOND = "SECURITY", "SOVEREIGN_EXTERNAL_BOND"
FX_DATE = RuleKind(
    name="ndfl.fx_date",
    title=_("NDFL: which day's rate a cost is counted with"),
    keys=(SECURITY, SOVEREIGN_EXTERNAL_BOND),
    value=FxDate,
    given=Trade,
    found=Decimal,
    compute=base_of,
)


class Bases(Struct, frozen=True, forbid_unknown_fields=True):
    """The base of results in traded securities and in others, by account."""

    traded: dict[str, TaxBase]
    untraded: dict[str, TaxBase]


class Sale(Struct, frozen=True, forbid_unknown_fields=True):
    account: str
    traded: bool


def base_named(rule: Bases, account: str, traded: bool) -> TaxBase | None:
    return (rule.traded if traded else rule.untraded).get(account)


TAX_BASES = RuleKind(
    name="ndfl.tax_bases",
    title=_("NDFL: the base a result belongs to"),
    value=Bases,
    given=Sale,
    found=TaxBase | None,
    compute=lambda rule, given: base_named(rule, given.account, given.traded),
)


class Bracket(Struct, frozen=True, forbid_unknown_fields=True):
    """A rate, as a fraction, on what lies above `above` and up to the next bracket."""

    above: Number
    rate: Number


class Brackets(Struct, frozen=True, forbid_unknown_fields=True):
    brackets: list[Bracket]


class YearlyBase(Struct, frozen=True, forbid_unknown_fields=True):
    base: Number


def tax_on(base: Decimal, brackets: Sequence[Bracket]) -> Decimal:
    """The tax on a base of a year, in whole rubles, from 50 kopecks up (art. 52 p. 6); a loss bears none."""
    tax, upper = Decimal(0), None
    for bracket in sorted(brackets, key=lambda each: Decimal(each.above), reverse=True):
        above = Decimal(bracket.above)
        top = base if upper is None else min(base, upper)
        tax += max(Decimal(0), top - above) * Decimal(bracket.rate)
        upper = above
    return half_up_whole(tax)


RESIDENT, NON_RESIDENT = "RESIDENT", "NON_RESIDENT"
BRACKETS = RuleKind(
    name="ndfl.brackets",
    title=_("NDFL: rates on the results of securities"),
    keys=(RESIDENT, NON_RESIDENT),
    value=Brackets,
    given=YearlyBase,
    found=Decimal,
    compute=lambda rule, given: tax_on(Decimal(given.base), rule.brackets),
)

declare(LOT_METHODS, FX_DATE, TAX_BASES, BRACKETS)
