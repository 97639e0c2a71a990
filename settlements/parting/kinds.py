"""Whether settlements of a place settle in parts unless somebody says otherwise: a dated rule."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Literal

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from refdata.dated_rules.kinds import Number, RuleKind, declare
from settlements.deadlines.kinds import PLACE
from settlements.parting.rules import PartTerms

NONE = PartTerms(allowed=False, minimum=None, lot=Decimal(1))


class Partials(Struct, frozen=True, forbid_unknown_fields=True):
    """`minimum_percent` of the whole is the least that a part may have; parts go in units, or in the lots
    of the instrument.
    """

    allowed: bool
    minimum_percent: Number = "0"
    lots: Literal["UNIT", "INSTRUMENT"] = "UNIT"


class Whole(Struct, frozen=True, forbid_unknown_fields=True):
    """What settles: so much of an instrument whose lot is so large."""

    quantity: Number
    lot_size: Number = "1"


def terms_of(rule: Partials, quantity: Decimal, lot_size: Decimal) -> PartTerms:
    """The terms of its parts; the minimum is of whole lots, and at least one."""
    if not rule.allowed or quantity <= 0:
        return NONE
    lot = lot_size if rule.lots == "INSTRUMENT" else Decimal(1)
    share = quantity * Decimal(rule.minimum_percent) / 100 / lot
    minimum = max(share.to_integral_value(ROUND_CEILING), Decimal(1)) * lot
    return PartTerms(allowed=True, minimum=min(minimum, quantity), lot=lot)


def least_part(rule: Partials, given: Whole) -> Decimal:
    """The least that settles of it by itself: all of it where no parts are allowed."""
    terms = terms_of(rule, Decimal(given.quantity), Decimal(given.lot_size))
    return Decimal(given.quantity) if terms.minimum is None else terms.minimum


PARTIALS = RuleKind(
    name="settle.partials",
    title=_("Settlement: parts at a place"),
    keys=("",),
    key_pattern=PLACE,
    value=Partials,
    given=Whole,
    found=Decimal,
    compute=least_part,
)

declare(PARTIALS)
