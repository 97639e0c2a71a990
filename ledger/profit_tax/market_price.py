"""Which price counts for tax when it is another than the market's. Pure.

    dealt on an exchange      the price it was dealt at (art. 280 p. 11)
    traded, dealt elsewhere   not less than the lowest of the exchange's day for what was sold, not more than the
                              highest for what was bought (p. 12 to 14)
    not traded                not less than the calculated price less a share of it, not more than it with that share
                              on top (p. 16, 17: 20 %)

A sale above the range and a purchase below it count as they were: what the firm gains by a price is taxed anyway.
Points 11 and 12 are as federal law 420-FZ of 28.12.2013 has them; the others are to be checked against the text in
force before a firm relies on them.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from msgspec import Meta, Struct

from refdata.dated_rules.kinds import Number, RuleKind


class Verdict(StrEnum):
    """How the price of a deal stands to the market's."""

    ON_VENUE = "ON_VENUE"
    WITHIN = "WITHIN"
    BELOW = "BELOW"  # a sale, for less than the lowest that counts
    ABOVE = "ABOVE"  # a purchase, for more than the highest that counts
    NO_RANGE = "NO_RANGE"
    NO_CALCULATED = "NO_CALCULATED"
    BY_TERMS = "BY_TERMS"  # repaid by the issuer, at what its terms say


LABELS: dict[str, Promise] = {
    Verdict.ON_VENUE: _("Dealt on a venue: at market"), Verdict.WITHIN: _("Within the range"),
    Verdict.BELOW: _("Below the range: its lowest counts"),
    Verdict.ABOVE: _("Above the range: its highest counts"),
    Verdict.NO_RANGE: _("Not tested: no range of the day, the actual price counts"),
    Verdict.NO_CALCULATED: _("Not tested: no calculated price, the actual price counts"),
    Verdict.BY_TERMS: _("Not tested: repaid by its terms"),
}  # fmt: skip
UNTESTED = frozenset({Verdict.NO_RANGE, Verdict.NO_CALCULATED})


class MarketPrice(Struct, frozen=True, forbid_unknown_fields=True):
    """`months`: how far back the last day with a range, or a calculated price, still counts; `within`: a fraction."""

    within: Number
    months: Annotated[int, Meta(ge=0, le=24)]


class Dealt(Struct, frozen=True, forbid_unknown_fields=True):
    """A price of one unit in a currency, and in the same currency the range or the calculated price."""

    sale: bool
    price: Number
    low: Number | None = None
    high: Number | None = None
    calculated: Number | None = None


def borders(
    rule: MarketPrice, low: Fraction, high: Fraction, *, traded: bool
) -> tuple[Fraction, Fraction]:
    """Between which prices a deal counts as it was: the range, of what is not traded with the share around it."""
    share = Fraction(0) if traded else Fraction(rule.within)
    return low * (1 - share), high * (1 + share)


def judged(
    price: Fraction, low: Fraction, high: Fraction, *, sale: bool
) -> tuple[Verdict, Fraction]:
    """How a price stands between its borders, and the price that counts; on a border it is within."""
    if sale and price < low:
        return Verdict.BELOW, low
    if not sale and price > high:
        return Verdict.ABOVE, high
    return Verdict.WITHIN, price


def _of_vector(rule: MarketPrice, given: Dealt) -> Decimal:
    traded = given.calculated is None
    low, high = (Fraction(given.calculated or each or 0) for each in (given.low, given.high))
    _verdict, counts = judged(
        Fraction(given.price), *borders(rule, low, high, traded=traded), sale=given.sale
    )
    return Decimal(counts.numerator) / Decimal(counts.denominator)


MARKET_PRICE = RuleKind(
    name="profit_tax.market_price",
    title=_("Profit tax: which price counts beside the market's"),
    value=MarketPrice,
    given=Dealt,
    found=Decimal,
    compute=_of_vector,
)
