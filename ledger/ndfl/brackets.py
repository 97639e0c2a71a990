"""The tax on a base, by brackets. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from backoffice.kernel.rounding import half_up_whole
from refdata.dated_rules.kinds import Number, RuleKind


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


RESIDENT, NON_RESIDENT, NON_RESIDENT_DIVIDEND = "RESIDENT", "NON_RESIDENT", "NON_RESIDENT_DIVIDEND"
BRACKETS = RuleKind(
    name="ndfl.brackets",
    title=_("NDFL: rates on the results of securities"),
    keys=(RESIDENT, NON_RESIDENT, NON_RESIDENT_DIVIDEND),
    value=Brackets,
    given=YearlyBase,
    found=Decimal,
    compute=lambda rule, given: tax_on(Decimal(given.base), rule.brackets),
)
