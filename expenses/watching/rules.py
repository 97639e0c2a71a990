"""Whether a month's expense outruns its income, and what drove it. Pure.

Income and each cause of expense are held against their average over the months before (half up). What of the swing from
the usual result to this one a cause explains is by how much it rose above its average, or income fell below it. Causes
are named from the largest down until they explain the swing; where nothing was worse than usual, the largest expenses
are named instead, until they come to what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from backoffice.kernel.rounding import half_up_minor

ZERO = Decimal(0)
INCOME = "INCOME"


class Told(NamedTuple):
    """A month: what came in, and what went out by cause; both above zero."""

    income: Decimal
    expenses: Mapping[str, Decimal]

    @property
    def expense(self) -> Decimal:
        return sum(self.expenses.values(), ZERO)

    @property
    def result(self) -> Decimal:
        return self.income - self.expense


class Driver(NamedTuple):
    """A cause: what it came to, what is usual, and by how much it made the result worse."""

    cause: str
    amount: Decimal
    usual: Decimal
    worse_by: Decimal


class Outrun(NamedTuple):
    """By how much expense is more than income, how much worse than usual that is, and the drivers."""

    gap: Decimal
    swing: Decimal
    drivers: Sequence[Driver]


def outrun(now: Told, before: Sequence[Told], minor_unit: int) -> Outrun | None:
    """None where income covers the expense of the month."""
    if now.result >= 0:
        return None
    found = _causes(now, before, minor_unit)
    swing = sum((each.worse_by for each in found), ZERO)
    worse = [each for each in found if each.worse_by > 0]
    if swing > 0:
        return Outrun(-now.result, swing, _until(worse, "worse_by", swing))
    spent = [each for each in found if each.cause != INCOME]
    return Outrun(-now.result, swing, _until(spent, "amount", -now.result))


def _causes(now: Told, before: Sequence[Told], minor_unit: int) -> list[Driver]:
    def usual(values: Sequence[Decimal]) -> Decimal:
        if not values:
            return ZERO
        return half_up_minor(sum(values, ZERO) / len(values), minor_unit)

    income = usual([each.income for each in before])
    causes = sorted({*now.expenses, *(cause for each in before for cause in each.expenses)})
    found = [Driver(INCOME, now.income, income, income - now.income)]
    for cause in causes:
        amount = now.expenses.get(cause, ZERO)
        average = usual([each.expenses.get(cause, ZERO) for each in before])
        found.append(Driver(cause, amount, average, amount - average))
    return found


def _until(drivers: Sequence[Driver], by: str, enough: Decimal) -> list[Driver]:
    """The largest, as many as come to enough together."""
    named, total = list[Driver](), ZERO
    for each in sorted(drivers, key=lambda d: (-getattr(d, by), d.cause)):
        if total >= enough or getattr(each, by) <= 0:
            break
        named.append(each)
        total += getattr(each, by)
    return named
