"""The kind of dated rule that cash penalties for settlement fails are computed by."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from backoffice.kernel.rounding import half_up_minor
from refdata.dated_rules.kinds import Number, RuleKind, declare
from settlements.clearing import kinds as clearing  # noqa: F401 - declares its own

BASIS_POINT = Decimal("0.0001")


class PenaltyClass(StrEnum):
    """The rows of the annex of Regulation (EU) 2017/389 that concern securities."""

    LIQUID_SHARE = "LIQUID_SHARE"
    ILLIQUID_SHARE = "ILLIQUID_SHARE"
    GROWTH_MARKET_SHARE = "GROWTH_MARKET_SHARE"
    PUBLIC_DEBT = "PUBLIC_DEBT"
    OTHER_DEBT = "OTHER_DEBT"
    GROWTH_MARKET_DEBT = "GROWTH_MARKET_DEBT"
    OTHER = "OTHER"


class PenaltyRate(Struct, frozen=True, forbid_unknown_fields=True):
    basis_points: Number


class FailingDay(Struct, frozen=True, forbid_unknown_fields=True):
    """What fails and its reference price of the day; of debt the nominal and a share of it."""

    quantity: Number
    price: Number


def penalty_of_day(rate: PenaltyRate, quantity: Decimal, price: Decimal) -> Decimal:
    """What one business day of a fail costs, half up to the cent (CSDR art. 7; (EU) 2017/389)."""
    return half_up_minor(quantity * price * Decimal(rate.basis_points) * BASIS_POINT, 2)


PENALTY_RATE = RuleKind(
    name="csdr.penalty_rate",
    title=_("CSDR: daily rate of cash penalties"),
    keys=tuple(PenaltyClass),
    value=PenaltyRate,
    given=FailingDay,
    found=Decimal,
    compute=lambda rule, given: penalty_of_day(rule, Decimal(given.quantity), Decimal(given.price)),
)

declare(PENALTY_RATE)
