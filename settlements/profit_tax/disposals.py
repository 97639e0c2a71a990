"""Disposals of the firm's own securities as the profit tax counts them: price, cost, coupon, the test of both prices.

Of lots by FIFO, the same closings as the realised result has (art. 280 p. 23, 329). In minor units of base currency.
The coupon that was paid with a purchase counts with the disposal of what was bought, and that received with a sale with
the sale (art. 280 p. 2, 3), whatever was paid by the issuer in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from fractions import Fraction
from itertools import islice
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from ledger.lots.converting import in_base
from ledger.lots.rules import cut
from ledger.profit_tax.bases import ProfitBase
from ledger.profit_tax.market_price import UNTESTED
from settlements.profit_tax.changes import Told, changes_told
from settlements.profit_tax.facts import ProfitFacts
from settlements.profit_tax.price_tests import PriceTest, tested
from settlements.realised.closings import cut_closings_between
from settlements.realised.facts import Pool
from settlements.realised.results import COUNTED, Closing, Cut, CutClosing, Part

AT_ONCE = 2_000  # closings whose changes are looked up together


class Way(StrEnum):
    """How a security left."""

    SALE = "SALE"
    REDEMPTION = "REDEMPTION"
    AMORTISATION = "AMORTISATION"
    OTHER = "OTHER"


WAYS = {
    Way.SALE.value: _("Sold"), Way.REDEMPTION.value: _("Redeemed, or taken by a corporate action"),
    Way.AMORTISATION.value: _("Repaid in part"), Way.OTHER.value: _("Otherwise"),
}  # fmt: skip
# What is missing, beside what the realised result says.
NO_BASE, NO_METHOD = "NO_BASE", "NO_METHOD"


class Disposal(NamedTuple):
    """One closing of lots as it is taxed.

    `state` says what is missing: only what is in COUNTED counts. Coupons are no part of price or cost; `apart` says
    that they are no part of the result either, since they are taxed by themselves.
    """

    closing: Closing
    way: Way
    traded: bool
    base: ProfitBase | None
    state: str
    sale: PriceTest
    purchase: PriceTest
    received: int
    paid: int
    apart: bool

    @property
    def counted(self) -> bool:
        return self.state in COUNTED

    @property
    def untested(self) -> bool:
        return bool({self.sale.verdict, self.purchase.verdict} & UNTESTED)

    @property
    def adjusted(self) -> int:
        """By how much the market's prices make more of the result: of what was sold and of what was bought."""
        return self.sale.more + self.purchase.more

    @property
    def coupons(self) -> int:
        return 0 if self.apart else self.received - self.paid

    @property
    def income(self) -> int:
        coupon = 0 if self.apart else self.received
        return self.closing.in_base.proceeds + self.sale.more + coupon

    @property
    def result(self) -> int:
        return self.closing.in_base.result + self.adjusted + self.coupons


def disposals_between(facts: ProfitFacts, start: date, until: date) -> Iterator[Disposal]:
    """What the firm disposed of between two days, in the order of pools and of closing."""
    closings = (
        each
        for each in cut_closings_between(facts, start, until)
        if facts.is_own(each.closing.pool)
    )
    while chunk := list(islice(closings, AT_ONCE)):
        ids = {side.change for each in chunk for side in (each.bought, each.sold)}
        changes = changes_told(ids, horizon=facts.horizon)
        for each in chunk:
            yield _reckoned(each, changes, facts)


def _reckoned(each: CutClosing, changes: Mapping[int, Told], facts: ProfitFacts) -> Disposal:
    closing, pool = each.closing, each.closing.pool
    sold, bought = changes.get(each.sold.change), changes.get(each.bought.change)
    base = facts.profit_base(pool, closing.realised)
    sides = ((closing.sale, sold, each.sold), (closing.purchase, bought, each.bought))
    received, paid = (_coupon(side, told, place, pool) for side, told, place in sides)
    return Disposal(
        closing, _way(each.sold, sold), pool.traded, base, _state(closing, base, facts),
        tested(sold, each.sold, closing.sale, pool, facts, is_sale=True),
        tested(bought, each.bought, closing.purchase, pool, facts, is_sale=False),
        received, paid, facts.coupon_is_apart(pool, closing.realised),
    )  # fmt: skip


def _way(place: Cut, sold: Told | None) -> Way:
    if sold is None:
        return Way.OTHER if place.change else Way.AMORTISATION
    return {"deal": Way.SALE, "entitlement": Way.REDEMPTION}.get(sold.source_type, Way.OTHER)


def _state(closing: Closing, base: ProfitBase | None, facts: ProfitFacts) -> str:
    if closing.state not in COUNTED:
        return closing.state
    if base is None:
        return NO_BASE
    return closing.state if facts.admits_fifo(closing.realised) else NO_METHOD


def _coupon(side: Part, told: Told | None, place: Cut, pool: Pool) -> int:
    """What of the coupon of a deal belongs to a closing: cut along the axis of the change, half up.

    After a corporate action only what went on with the cost is still to be shared.
    """
    if told is None or not told.accrued or side.rate is None:
        return 0
    left = Fraction(place.gross, told.gross) if told.gross else Fraction(1)
    carried = in_base(told.accrued, left)
    part = cut(carried, place.whole, place.end) - cut(carried, place.whole, place.start)
    return in_base(part, side.rate.exact * Fraction(10) ** (pool.base_unit - side.unit))
