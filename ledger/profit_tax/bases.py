"""The base that a disposal of securities belongs to, and whose coupon is no part of its result. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from msgspec import Meta, Struct

from refdata.dated_rules.kinds import RuleKind


class ProfitBase(StrEnum):
    """GENERAL is the firm's base as a whole, of which securities are a part (art. 274, 280 p. 21, 22)."""

    GENERAL = "GENERAL"
    UNTRADED = "UNTRADED"


LABELS: dict[str, Promise] = {
    ProfitBase.GENERAL: _("Part of the general base"),
    ProfitBase.UNTRADED: _("Untraded securities, a base of their own"),
}


class ProfitBases(Struct, frozen=True, forbid_unknown_fields=True):
    """The base of results in securities that are traded on an organised market, and in others."""

    traded: ProfitBase
    untraded: ProfitBase


class Disposal(Struct, frozen=True, forbid_unknown_fields=True):
    traded: bool


def base_named(rule: ProfitBases, traded: bool) -> ProfitBase:
    return rule.traded if traded else rule.untraded


PROFIT_BASES = RuleKind(
    name="profit_tax.bases",
    title=_("Profit tax: the base a disposal of securities belongs to"),
    keys=("", "DEALER", "BROKER", "MANAGER", "BANK"),  # for all, or for those of a licence
    value=ProfitBases,
    given=Disposal,
    found=ProfitBase,
    compute=lambda rule, given: base_named(rule, given.traded),
)


Pattern = Annotated[str, Meta(min_length=1, max_length=80)]


def require_pattern(pattern: str) -> None:
    try:
        re.compile(pattern, re.ASCII)
    except re.error:
        raise ValueError("a registration number is no regular expression") from None


class CouponApart(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose coupon is taxed apart, by the whole of the registration number of the issue, each a regular expression."""

    registration_numbers: Annotated[Sequence[Pattern], Meta(max_length=50)]

    def __post_init__(self) -> None:
        for pattern in self.registration_numbers:
            require_pattern(pattern)


class Issue(Struct, frozen=True, forbid_unknown_fields=True):
    registration_number: str


def is_apart(rule: CouponApart, registration_number: str) -> bool:
    """Interest on state and municipal securities is no part of what their disposal brings (art. 281, 284 p. 4)."""
    return any(
        re.fullmatch(each, registration_number, re.ASCII) for each in rule.registration_numbers
    )


COUPON_APART = RuleKind(
    name="profit_tax.coupon_apart",
    title=_("Profit tax: whose coupon is taxed apart"),
    value=CouponApart,
    given=Issue,
    found=bool,
    compute=lambda rule, given: is_apart(rule, given.registration_number),
)
