"""The bases that results are reckoned in, and which loss lowers which of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from msgspec import Struct

from refdata.dated_rules.kinds import Number, RuleKind

ZERO = Decimal(0)


class TaxBase(StrEnum):
    """What is reckoned apart (art. 210 p. 2.1, 214.1, 214.3, 214.4, 214.9)."""

    TRADED = "TRADED"
    UNTRADED = "UNTRADED"
    DERIV_TRADED = "DERIV_TRADED"
    DERIV_UNTRADED = "DERIV_UNTRADED"
    REPO = "REPO"
    LENDING = "LENDING"
    IIS = "IIS"
    DIVIDEND = "DIVIDEND"
    PAYROLL = "PAYROLL"


# Those of securities and derivatives; pay stands apart with a scale of its own (art. 224 p. 1).
OF_SECURITIES = tuple(base for base in TaxBase if base != TaxBase.PAYROLL)
LABELS: dict[str, Promise] = {
    TaxBase.TRADED: _("Traded securities"), TaxBase.UNTRADED: _("Untraded securities"),
    TaxBase.DERIV_TRADED: _("Traded derivatives"), TaxBase.DERIV_UNTRADED: _("Untraded derivatives"),
    TaxBase.REPO: _("Repos"), TaxBase.LENDING: _("Securities lending"),
    TaxBase.IIS: _("Individual investment account"), TaxBase.DIVIDEND: _("Dividends"),
    TaxBase.PAYROLL: pgettext_lazy("payroll", "Pay"),
}  # fmt: skip


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


class SetOff(Struct, frozen=True, forbid_unknown_fields=True):
    """A loss of one base lowers those named, in that order."""

    loss: TaxBase
    lowers: Sequence[TaxBase]


class SetOffs(Struct, frozen=True, forbid_unknown_fields=True):
    """In the order in which they are made; a loss that no row names lowers nothing but its own base."""

    rows: Sequence[SetOff]


class Results(Struct, frozen=True, forbid_unknown_fields=True):
    """What a year came to so far, by base: income less what it cost."""

    results: dict[TaxBase, Number]


def lowered(rule: SetOffs, results: Mapping[TaxBase, Decimal]) -> dict[TaxBase, Decimal]:
    """By how much losses of other bases lower each gain; none is lowered below zero, and no loss counts twice."""
    left = dict(results)
    taken = dict.fromkeys(results, ZERO)
    for row in rule.rows:
        for base in row.lowers:
            amount = min(max(left.get(base, ZERO), ZERO), max(-left.get(row.loss, ZERO), ZERO))
            if amount:
                left[base] -= amount
                left[row.loss] += amount
                taken[base] += amount
    return taken


def taxable(rule: SetOffs, results: Mapping[TaxBase, Decimal]) -> dict[TaxBase, Decimal]:
    """What is taxed of each base: its gain, less losses that lower it; of a loss nothing (art. 210 p. 3)."""
    taken = lowered(rule, results)
    return {base: max(amount - taken[base], ZERO) for base, amount in results.items()}


SET_OFFS = RuleKind(
    name="ndfl.set_offs",
    title=_("NDFL: which loss lowers which base"),
    value=SetOffs,
    given=Results,
    found=Decimal,
    compute=lambda rule, given: sum(
        taxable(rule, {base: Decimal(n) for base, n in given.results.items()}).values(), ZERO
    ),
)
