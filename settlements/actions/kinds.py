"""The dated rules of corporate actions: what is withheld of whom by whom, and from when income is ours."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from backoffice.kernel.rounding import half_up_minor, half_up_whole
from refdata.dated_rules.kinds import Number, RuleKind, declare
from settlements.actions.state import WithheldBy


class Withheld(Struct, frozen=True, forbid_unknown_fields=True):
    """A rate, as a fraction, for income from a country to owners of a residence and kind; empty: any.

    `whole`: in whole units of the currency, as the Tax Code of Russia art. 52 p. 6 has it.
    """

    rate: Number
    by: WithheldBy
    country: str = ""
    residence: str = ""
    owner: str = ""
    whole: bool = False

    def fits(self, country: str, residence: str, owner: str) -> bool:
        asked = (country, residence, owner)
        said = (self.country, self.residence, self.owner)
        return all(mine in ("", theirs) for mine, theirs in zip(said, asked, strict=True))


class Withholding(Struct, frozen=True, forbid_unknown_fields=True):
    """The first row that fits counts; where none does nothing is withheld."""

    rows: Sequence[Withheld]

    def row_for(self, country: str, residence: str, owner: str) -> Withheld | None:
        return next((row for row in self.rows if row.fits(country, residence, owner)), None)


class Income(Struct, frozen=True, forbid_unknown_fields=True):
    """What is paid, from where, to whom."""

    gross: Number
    country: str
    residence: str
    owner: str


def withheld_of(row: Withheld | None, gross: Decimal, minor_unit: int) -> Decimal:
    """What is withheld, half up: to the minor unit, or in whole units where the row says so."""
    if row is None or row.by == WithheldBy.NOBODY:
        return Decimal(0)
    tax = gross * Decimal(row.rate)
    return half_up_whole(tax) if row.whole else half_up_minor(tax, minor_unit)


DIVIDEND, INTEREST = "DIVIDEND", "INTEREST"
WITHHOLDING = RuleKind(
    name="income.withholding",
    title=_("Income of securities: tax that is withheld"),
    keys=(DIVIDEND, INTEREST),
    value=Withholding,
    given=Income,
    found=Decimal,
    compute=lambda rule, given: withheld_of(
        rule.row_for(given.country, given.residence, given.owner), Decimal(given.gross), 2
    ),
)


class AccruedOn(StrEnum):
    """The day on which income is booked as owed to us."""

    EX = "EX"
    RECORD = "RECORD"
    PAYMENT = "PAYMENT"


class Accrual(Struct, frozen=True, forbid_unknown_fields=True):
    on: AccruedOn


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing else is asked."""


ACCRUAL = RuleKind(
    name="income.accrual",
    title=_("Income of securities: from which day it is owed to us"),
    value=Accrual,
    given=Nothing,
    found=AccruedOn,
    compute=lambda rule, given: rule.on,
)

declare(WITHHOLDING, ACCRUAL)
