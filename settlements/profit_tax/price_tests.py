"""The price of a deal held against the market's of its day, and what that makes of a closing (art. 280 p. 11 to 17).

The whole deal is tested, at its own price for one without coupon; what the price that counts is more, or less, belongs
to a closing in the measure in which the deal does. Exact until it is in base currency, then half up once.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from ledger.profit_tax.market_price import Verdict, borders, judged
from refdata.price_ranges import PriceRange
from settlements.profit_tax.changes import Told
from settlements.profit_tax.facts import ProfitFacts
from settlements.realised.facts import Pool
from settlements.realised.results import Cut, Part

ISSUER = "entitlement"  # what a corporate action takes is taken at what its terms say


class PriceTest(NamedTuple):
    """`low` and `high` are the borders, in the currency of `range`; `more` is what the result is more by them.

    In minor units of base currency, and never below zero: the test is made for the budget.
    """

    verdict: Verdict
    range: PriceRange | None = None
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(0)
    more: int = 0


def tested(
    told: Told | None, place: Cut, side: Part, pool: Pool, facts: ProfitFacts, *, is_sale: bool
) -> PriceTest:
    """Of one side of a closing. What cannot be tested counts as it was."""
    if not place.change or (told is not None and told.source_type == ISSUER):
        return PriceTest(Verdict.BY_TERMS)
    if told is not None and told.on_venue:
        return PriceTest(Verdict.ON_VENUE)
    untested = PriceTest(Verdict.NO_RANGE if told is None or told.traded else Verdict.NO_CALCULATED)
    rule = None if told is None else facts.market_rule(told.day)
    found = None if told is None or rule is None else facts.range_of(told, rule)
    if told is None or rule is None or found is None:
        return untested
    factor = _factor(found, told, pool, facts)
    if factor is None:
        return untested
    low, high = borders(rule, Fraction(found.low), Fraction(found.high), traded=told.traded)
    verdict, counts = judged(told.price, low * factor, high * factor, sale=is_sale)
    more = abs(counts - told.price) * _units(told, place)
    return PriceTest(verdict, found, low, high, _in_base(more, side, pool))


def _factor(found: PriceRange, told: Told, pool: Pool, facts: ProfitFacts) -> Fraction | None:
    """What one unit of the currency of a price is worth in minor units of the deal's, at the rates of its day."""
    units = Fraction(10 ** facts.unit_of(told.currency))
    if found.currency == told.currency:
        return units
    one, other = (facts.rate(code, pool, told.day) for code in (found.currency, told.currency))
    return None if one is None or other is None else one.exact / other.exact * units


def _units(told: Told, place: Cut) -> Fraction:
    """How many units of the deal a closing is of; of what was carried over a corporate action by its cost."""
    left = Fraction(place.gross, told.gross) if told.gross else Fraction(1)
    return Fraction(told.quantity) * left * (place.end - place.start) / place.whole


def _in_base(amount: Fraction, side: Part, pool: Pool) -> int:
    """Of minor units of a side those of base currency, half up."""
    if side.rate is None:
        return 0
    exact = amount * side.rate.exact * Fraction(10) ** (pool.base_unit - side.unit)
    return int((2 * exact + 1) // 2)
