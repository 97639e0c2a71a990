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
    return half_up_whole(sum((part * rate for rate, part in by_rate(base, brackets)), Decimal(0)))


def by_rate(base: Decimal, brackets: Sequence[Bracket]) -> list[tuple[Decimal, Decimal]]:
    """What of a base bears which rate, the lowest bracket first; a loss bears none."""
    steps = sorted(brackets, key=lambda each: Decimal(each.above))
    found = []
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        top = base if following is None else min(base, Decimal(following.above))
        found.append((Decimal(step.rate), max(top - Decimal(step.above), Decimal(0))))
    return found


RESIDENT, NON_RESIDENT, NON_RESIDENT_DIVIDEND = "RESIDENT", "NON_RESIDENT", "NON_RESIDENT_DIVIDEND"
PAY, PAY_NON_RESIDENT = "PAY", "PAY_NON_RESIDENT"
BRACKETS = RuleKind(
    name="ndfl.brackets",
    title=_("NDFL: rates on the results of securities and on pay"),
    keys=(RESIDENT, NON_RESIDENT, NON_RESIDENT_DIVIDEND, PAY, PAY_NON_RESIDENT),
    value=Brackets,
    given=YearlyBase,
    found=Decimal,
    compute=lambda rule, given: tax_on(Decimal(given.base), rule.brackets),
)
