"""The tax on pay: what a payment of it bears, by rate, on top of what the year bore before. Pure.

Tax is reckoned on the base of the year so far, rate by rate in whole rubles, and what was withheld at that rate
before is taken from it (art. 224 p. 1 as amended by 176-FZ, 225, 226 p. 3). Pay stands apart from securities: their
bases bear a scale of their own (art. 210 p. 2.1, 6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from backoffice.kernel.rounding import half_up_whole
from ledger.ndfl.brackets import PAY, PAY_NON_RESIDENT, Bracket, by_rate
from refdata.dated_rules.kinds import RuleKind

ZERO = Decimal(0)


def pay_scale(resident: bool) -> str:
    """The scale of `ndfl.brackets` that pay bears."""
    return PAY if resident else PAY_NON_RESIDENT


def due_by_rate(
    base: Decimal, before: Mapping[Decimal, Decimal], brackets: Sequence[Bracket]
) -> dict[Decimal, Decimal]:
    """What is to be withheld now at each rate, the lowest first; below zero it was withheld too much.

    `base` is that of the year with this payment, `before` what was withheld of it at each rate.
    """
    due = {rate: half_up_whole(part * rate) for rate, part in by_rate(base, brackets)}
    rates = sorted({*due, *before})
    found = {rate: due.get(rate, ZERO) - before.get(rate, ZERO) for rate in rates}
    return {rate: amount for rate, amount in found.items() if amount}


class PayCodes(Struct, frozen=True, forbid_unknown_fields=True):
    """The codes by which pay and what is deducted from it are told to the tax office."""

    incomes: Sequence[str]
    deductions: Sequence[str]


class Coded(Struct, frozen=True, forbid_unknown_fields=True):
    code: str


PAY_CODES = RuleKind(
    name="ndfl.pay_codes",
    title=_("NDFL: codes of pay and of its deductions"),
    value=PayCodes,
    given=Coded,
    found=bool,
    compute=lambda rule, given: given.code in rule.incomes or given.code in rule.deductions,
)
