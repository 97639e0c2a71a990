"""The tax on a base of a year. Pure."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from backoffice.kernel.rounding import half_up_whole
from ledger.profit_tax.bases import ProfitBase
from refdata.dated_rules.kinds import Number, RuleKind


class ProfitRate(Struct, frozen=True, forbid_unknown_fields=True):
    """A fraction: what goes to the federal budget and to that of the region together."""

    rate: Number


class BaseOfYear(Struct, frozen=True, forbid_unknown_fields=True):
    base: Number


def tax_on(rule: ProfitRate, base: Decimal) -> Decimal:
    """In whole rubles, from 50 kopecks up (art. 52 p. 6); a loss bears none (art. 274 p. 8)."""
    return half_up_whole(max(base, Decimal(0)) * Decimal(rule.rate))


PROFIT_RATE = RuleKind(
    name="profit_tax.rate",
    title=_("Profit tax: the rate on a base"),
    keys=tuple(ProfitBase),
    value=ProfitRate,
    given=BaseOfYear,
    found=Decimal,
    compute=lambda rule, given: tax_on(rule, Decimal(given.base)),
)
