"""How much of a year's result is free of tax because the securities were held for long (art. 219.1). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from backoffice.kernel.rounding import half_up_minor
from refdata.dated_rules.kinds import Number, RuleKind


class LongTerm(Struct, frozen=True, forbid_unknown_fields=True):
    """From how many full years on, so much for each of them; of whose securities, by country (empty: of any)."""

    years: int
    a_year: Number
    issuers: Sequence[str] = ()


class Held(Struct, frozen=True, forbid_unknown_fields=True):
    """What sales of a year brought of securities that had been held for so many full years."""

    years: int
    income: Number


class HeldLong(Struct, frozen=True, forbid_unknown_fields=True):
    held: Sequence[Held]


def coefficient(held: Sequence[Held], least: int) -> Fraction:
    """The years held, each weighted by its income: K of art. 219.1 p. 2."""
    counted = [each for each in held if each.years >= least]
    income = sum((Fraction(each.income) for each in counted), Fraction(0))
    weighted = sum((Fraction(each.income) * each.years for each in counted), Fraction(0))
    return weighted / income if income else Fraction(0)


def most_exempt(rule: LongTerm, held: Sequence[Held]) -> Decimal:
    """The most that is free of tax in a year, half up to the kopeck; of the result of these sales, not of more."""
    most = coefficient(held, rule.years) * Fraction(rule.a_year)
    return half_up_minor(Decimal(most.numerator) / Decimal(most.denominator), 2)


LONG_TERM = RuleKind(
    name="ndfl.long_term",
    title=_("NDFL: what is free of tax after years of holding"),
    value=LongTerm,
    given=HeldLong,
    found=Decimal,
    compute=lambda rule, given: most_exempt(rule, given.held),
)
