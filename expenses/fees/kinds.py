"""The dated rules of fees: VAT of a service, whether it is recovered, when a month is paid and appealed against."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _
from msgspec import Meta, Struct

from refdata.dated_rules.kinds import Number, RuleKind, declare
from refdata.fees import parted

SERVICE = r"[A-Z0-9_]{2,20}"
CODE = r"[A-Z0-9_-]{2,24}"  # of a party


class ServiceVat(Struct, frozen=True, forbid_unknown_fields=True):
    """The rate of VAT of a service as a fraction, or by which article it has none."""

    rate: Number = "0"
    exempt: str = ""

    def __post_init__(self) -> None:
        if Decimal(self.rate) < 0 or (Decimal(self.rate) > 0) == bool(self.exempt):
            raise ValueError("either a rate above zero, or the article by which it is exempt")


class Billed(Struct, frozen=True, forbid_unknown_fields=True):
    """An amount of such a service; `on_top`: its VAT comes to it, else it is contained in it."""

    amount: Number
    on_top: bool = False


class NetAndVat(Struct, frozen=True, forbid_unknown_fields=True):
    net: Number
    vat: Number


def in_parts(rule: ServiceVat, given: Billed) -> NetAndVat:
    found = parted(Decimal(given.amount), Decimal(rule.rate), on_top=given.on_top, minor_unit=2)
    return NetAndVat(f"{found.net:.2f}", f"{found.vat:.2f}")


VAT = RuleKind(
    name="vat.service",
    title=_("VAT of a service"),
    keys=(),
    key_pattern=SERVICE,
    value=ServiceVat,
    given=Billed,
    found=NetAndVat,
    compute=in_parts,
)


class Recovery(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether VAT that others bill is recovered; else it is a part of the cost (NK Art. 170 p. 5)."""

    recovered: bool


class Firm(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing more is asked: the key says which firm."""


# The key is what the firm is before the law: `RU/BROKER`.
RECOVERY = RuleKind(
    name="vat.recovery",
    title=_("VAT: whether what others bill is recovered, by profile"),
    keys=(),
    key_pattern=r"[A-Z]{2}/[A-Z]{2,12}",
    value=Recovery,
    given=Firm,
    found=bool,
    compute=lambda rule, given: rule.recovered,
)


class Days(Struct, frozen=True, forbid_unknown_fields=True):
    """So many calendar days."""

    days: Annotated[int, Meta(ge=0, le=366)]


class Ended(Struct, frozen=True, forbid_unknown_fields=True):
    """A day from which days are counted."""

    day: date


def days_after(rule: Days, given: Ended) -> date:
    return given.day + timedelta(rule.days)


def _days_of(name: str, title: Any) -> RuleKind[Days]:
    """A rule for a party (its code), or for all."""
    return RuleKind(
        name=name, title=title, keys=("",), key_pattern=CODE, value=Days, given=Ended, found=date,
        compute=days_after,
    )  # fmt: skip


DUE = _days_of("fees.due", _("Fees: days after the end of a month until they are paid"))
APPEAL = _days_of("fees.appeal", _("Fees: days after its day until a bill may be appealed against"))

declare(VAT, RECOVERY, DUE, APPEAL)
