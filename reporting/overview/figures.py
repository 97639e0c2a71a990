"""The figures of a period beside those of the period before: what they were, and which of them ask for a look. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

ZERO, HUNDRED = Decimal(0), Decimal(100)
TENTH, CENT = Decimal("0.1"), Decimal("0.01")
MUCH = Decimal("1.2")  # more than a fifth more of what nobody wants
POINTS = Decimal(2)  # or so many points less of what everybody does


class Measure(TextChoices):
    """The order is that of the page."""

    RESULT = "RESULT", _("Result")
    INCOME = "INCOME", _("Income")
    EXPENSES = "EXPENSES", _("Expenses")
    DEALS = "DEALS", _("Deals")
    STRAIGHT = "STRAIGHT", _("Straight through, % of deals")
    DUE = "DUE", _("Settlements due")
    ON_TIME = "ON_TIME", _("Settled on time, % by number")
    ON_TIME_VALUE = "ON_TIME_VALUE", _("Settled on time, % by value")
    FAILS = "FAILS", _("Fails")
    FAIL_COST = "FAIL_COST", _("Cost of fails, below zero received")
    BREAKS = "BREAKS", _("Open breaks")
    BREACHES = "BREACHES", _("Breaches of limits")
    FEES = "FEES", _("Fees paid to others")
    PER_DEAL = "PER_DEAL", _("Fees per deal")
    PER_FAIL = "PER_FAIL", _("Cost per fail")


class Alert(TextChoices):
    LOSS = "LOSS", _("Expenses are more than income")
    MORE = "MORE", _("More than a fifth above the period before")
    LESS = "LESS", _("Two points or more below the period before")


MONEY = frozenset({
    Measure.RESULT, Measure.INCOME, Measure.EXPENSES, Measure.FAIL_COST, Measure.FEES, Measure.PER_DEAL,
    Measure.PER_FAIL,
})  # fmt: skip
UNWANTED = frozenset({
    Measure.EXPENSES, Measure.FAILS, Measure.FAIL_COST, Measure.BREAKS, Measure.BREACHES, Measure.PER_DEAL,
    Measure.PER_FAIL,
})  # fmt: skip
SHARES = frozenset({Measure.STRAIGHT, Measure.ON_TIME, Measure.ON_TIME_VALUE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What a period of one entity comes to, money in its base currency; expenses and costs above zero.

    Income and expenses are None where they cannot be told.
    """

    income: Decimal | None = ZERO
    expenses: Decimal | None = ZERO
    deals: int = 0
    straight: int = 0
    due: int = 0
    on_time: int = 0
    due_value: Decimal = ZERO
    on_time_value: Decimal = ZERO
    fails: int = 0
    fail_cost: Decimal = ZERO
    breaks: int = 0
    breaches: int = 0
    fees: Decimal = ZERO

    def measured(self) -> dict[Measure, Decimal | None]:
        """Every measure; None where it is a share of nothing. Shares to a tenth of a per cent, half up."""
        return {
            Measure.RESULT: None
            if self.income is None or self.expenses is None
            else self.income - self.expenses,
            Measure.INCOME: self.income,
            Measure.EXPENSES: self.expenses,
            Measure.DEALS: Decimal(self.deals),
            Measure.STRAIGHT: share(self.straight, self.deals),
            Measure.DUE: Decimal(self.due),
            Measure.ON_TIME: share(self.on_time, self.due),
            Measure.ON_TIME_VALUE: share(self.on_time_value, self.due_value),
            Measure.FAILS: Decimal(self.fails),
            Measure.FAIL_COST: self.fail_cost,
            Measure.BREAKS: Decimal(self.breaks),
            Measure.BREACHES: Decimal(self.breaches),
            Measure.FEES: self.fees,
            Measure.PER_DEAL: each(self.fees, self.deals),
            Measure.PER_FAIL: each(self.fail_cost, self.fails),
        }


@dataclass(frozen=True, slots=True)
class Figure:
    measure: Measure
    now: Decimal | None
    before: Decimal | None
    alert: Alert | None


def figures_of(now: Sums, before: Sums) -> list[Figure]:
    """Both periods measure by measure, with what asks for a look."""
    then = before.measured()
    return [
        Figure(measure, value, then[measure], alert_of(measure, value, then[measure]))
        for measure, value in now.measured().items()
    ]


def alert_of(measure: Measure, now: Decimal | None, before: Decimal | None) -> Alert | None:
    if now is None:
        return None
    if measure == Measure.RESULT:
        return Alert.LOSS if now < 0 else None
    if before is None:
        return None
    if measure in UNWANTED:
        return Alert.MORE if now > max(before, ZERO) * MUCH else None
    return Alert.LESS if measure in SHARES and now <= before - POINTS else None


def share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Of nothing there is no share."""
    if not whole:
        return None
    return (HUNDRED * part / whole).quantize(TENTH, ROUND_HALF_UP)


def each(amount: Decimal, count: int) -> Decimal | None:
    """What one comes to, to a hundredth, half up; of none there is none."""
    return (amount / count).quantize(CENT, ROUND_HALF_UP) if count else None


def in_and_out(lines: Mapping[Any, Decimal] | None) -> tuple[Decimal | None, Decimal | None]:
    """What the lines of a result bring and what they take, both above zero; None where they cannot be told."""
    if lines is None:
        return None, None
    amounts = lines.values()
    return sum((a for a in amounts if a > 0), ZERO), -sum((a for a in amounts if a < 0), ZERO)
