"""How the securities of a book stand on a day: by its lots, FIFO, and by what of its deals has settled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ledger.accounting.regular_way import Category, Policy, Recognised, Stand
from ledger.accounting.worths import Worths
from ledger.lots.matching import Change, Closing, Lot, Matched
from ledger.lots.methods import Method
from ledger.lots.selectors import Asked, carried
from ledger.models import LotChange, LotPool
from refdata.models import Book
from settlements.accounting.amortising import Amortising
from settlements.accounting.settled import settled_of, settlement_days

ALL = 10**9  # changes of one position: statements leave none out
Sums = defaultdict[str, Decimal]
ONE = Decimal(1)


class Owed(NamedTuple):
    """What of its price a deal is owed that has not settled (below zero: owes), in the currency of the statements.

    `currency` is that of the deal, `what` as what it counts in `Stand`.
    """

    deal_id: int
    currency: str
    what: str
    amount: Decimal


class Standing(NamedTuple):
    """How a position stands without coupons; what of them has accrued on what is held, and bought; what is owed.

    Of what is at amortised cost `earned_held` is what stands more than was paid for it, `earned_gone` what stood more
    when it went, without its coupon.
    """

    stand: Stand
    accrued_held: Decimal
    accrued_bought: Decimal
    earned_held: Decimal
    earned_gone: Decimal
    owed: Sequence[Owed]


def stands_of(book: Book, day: date, worths: Worths, policy: Policy) -> dict[int, Standing]:
    """By asset how a book stands, in the currency of the statements. Raises AmortisedCostNotReckoned.

    What was paid for shares whose gains stay in the reserve counts at the rate of its day (IFRS 9 B5.7.3), for all else
    at that of today, so that differences of the rate are no part of the reserve (B5.7.2); so does what is owed.
    """
    pools = LotPool.objects.filter(
        pk__in=LotChange.objects.filter(book=book).values("pool"), owner_id=book.entity.own_party_id
    )
    found = {}
    for pool in pools.order_by("pk"):
        asked = Asked(Method.FIFO, book.code, worths.known.horizon, most=ALL)
        over, changes = carried(pool, asked, as_of=day)
        quantities = {
            each.source_id: each.quantity for each in changes if each.source_type == "deal"
        }
        settled = settled_of(
            quantities, asset_id=pool.asset_id, day=day, horizon=worths.known.horizon
        )
        amortising = None
        if policy.category == Category.AMORTISED_COST:
            days = settlement_days(quantities.keys(), horizon=worths.known.horizon)
            amortising = Amortising(book, pool.asset_id, days)
        counting = _Counting(pool.asset_id, day, worths, settled, policy, amortising)
        found[pool.asset_id] = counting.all_of(over.matched)
    return found


class _Counting:
    """The sums of one position, each by its name in `Stand`."""

    def __init__(
        self, asset_id: int, day: date, worths: Worths, settled: Mapping[int, Decimal], policy: Policy,
        amortising: Amortising | None,
    ) -> None:  # fmt: skip
        self.day, self.worths, self.settled = day, worths, settled
        self.at_paid_rate = policy.category == Category.FVOCI and not policy.reclassified
        self.by_trade_date = policy.recognised == Recognised.TRADE_DATE
        self.amortising = amortising
        self.earned_held = self.earned_gone = Decimal(0)
        self.accrued = worths.accrued(asset_id, day)
        self.clean = worths.of(asset_id, day) - self.accrued
        self.sums: Sums = defaultdict(Decimal)
        self.owed: list[Owed] = []

    def all_of(self, matched: Matched) -> Standing:
        held = bought = Decimal(0)
        for lot in matched.lots:
            self._add_lot(lot)
            if lot.long and lot.opening:
                bought += lot.quantity * self._open(lot.opening)
                held += lot.quantity * (1 - self._open(lot.opening))
        for closing in matched.closings:
            self._add_closing(closing)
        named = {name: str(amount) for name, amount in self.sums.items()}
        return Standing(
            Stand(**named), held * self.accrued, bought * self.accrued, self.earned_held,
            self.earned_gone, self.owed,
        )  # fmt: skip

    def _add_lot(self, lot: Lot) -> None:
        assert lot.opening is not None, "a lot of FIFO has what opened it"
        share, worth = self._open(lot.opening), lot.quantity * self.clean
        there, coming = ("held", "bought") if lot.long else ("short", "shorted")
        amount = "cost" if lot.long else "proceeds"
        paid = self._paid(lot.gross, lot.currency, lot.opening.trade_date)
        self._put(there, amount, paid, "value", worth, 1 - share)
        owed = self._owe(coming, lot.opening, lot.gross, share)
        self._put(coming, amount, owed, "value", worth, share)
        if self.amortising and lot.long and share < 1:
            earned = self.amortising.earned(lot.opening, lot.gross, lot.quantity, self.day)
            self.earned_held += self._of_today(earned, lot.currency) * (1 - share)

    def _add_closing(self, each: Closing) -> None:
        """Of what is closed so much passed as neither side of it has settled."""
        assert each.opening is not None, "a closing of FIFO has what opened it"
        long, share = not each.closing.incoming, self._open(each.closing)
        passed = min(share, self._open(each.opening))
        first, second = ("cost", "proceeds") if long else ("proceeds", "cost")
        through = "passed" if long else "passed_short"
        owes = self._owe(through, each.opening, each.opening_gross, passed)
        owed = self._owe(through, each.closing, each.closing_gross, passed)
        self._put(through, first, owes, second, owed, passed)
        going, on = "sold" if long else "covered", each.closing.trade_date
        paid = self._paid(each.opening_gross, each.opening.currency, each.opening.trade_date)
        owed = self._owe(going, each.closing, each.closing_gross, share - passed)
        self._put(going, first, paid, second, owed, share - passed)
        if not self.at_paid_rate:
            paid = self._then(each.opening_gross, each.opening.currency, on)
        done = self._then(each.closing_gross, each.closing.currency, on)
        self._put("closed" if long else "closed_short", first, paid, second, done, 1 - share)
        if self.amortising and long:
            self._earn(each, going=share - passed, gone=1 - share)

    def _earn(self, each: Closing, *, going: Decimal, gone: Decimal) -> None:
        """What was earned on what is sold: until the sale, by the settlement date until it is delivered."""
        assert self.amortising is not None
        assert each.opening is not None
        delivered = self.amortising.settled_on(each.closing)
        sold = each.closing.trade_date if self.by_trade_date else min(delivered, self.day)
        earned = self._earned_until(each, sold)
        coupon = self._of_today(self.amortising.coupon(each.quantity, sold), each.opening.currency)
        self.earned_gone += (earned - coupon) * gone
        if self.by_trade_date:
            self.earned_gone += (earned - coupon) * going
        else:
            self.earned_held += self._earned_until(each, self.day) * going

    def _earned_until(self, each: Closing, day: date) -> Decimal:
        assert self.amortising is not None
        assert each.opening is not None
        earned = self.amortising.earned(each.opening, each.opening_gross, each.quantity, day)
        return self._of_today(earned, each.opening.currency)

    def _owe(self, what: str, change: Change, gross: Decimal, share: Decimal) -> Decimal:
        """Note what of a price is owed, and give all of it in the currency of the statements."""
        amount = self._of_today(gross, change.currency)
        if share:
            signed = -amount if change.incoming else amount
            self.owed.append(Owed(change.source_id, change.currency, what, signed * share))
        return amount

    def _put(
        self, what: str, first: str, one: Decimal, second: str, other: Decimal, share: Decimal
    ) -> None:
        self.sums[f"{what}_{first}"] += one * share
        self.sums[f"{what}_{second}"] += other * share

    def _open(self, change: Change) -> Decimal:
        """The share that has not settled: of deals alone, all else is there at once."""
        if change.source_type != "deal":
            return Decimal(0)
        return ONE - min(self.settled.get(change.source_id, Decimal(0)), ONE)

    def _paid(self, amount: Decimal, currency: str, day: date) -> Decimal:
        if self.at_paid_rate:
            return self._then(amount, currency, day)
        return self._of_today(amount, currency)

    def _of_today(self, amount: Decimal, currency: str) -> Decimal:
        return self.worths.in_base(amount, currency, self.day)

    def _then(self, amount: Decimal, currency: str, day: date) -> Decimal:
        return self.worths.in_base(amount, currency, day)
