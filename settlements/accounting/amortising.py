"""What of a bond at amortised cost has been earned since it was bought, beside what was paid for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from ledger.accounting.amortised import ToCome, effective_rate, worth
from ledger.accounting.worths import FINE
from ledger.lots.matching import Change
from refdata.models import Asset, BondPayment, Book
from refdata.selectors import reference_data


class AmortisedCostNotReckoned(Conflict):
    code = "amortised-cost-not-reckoned"
    title = gettext_noop("Amortised cost cannot be reckoned")
    detail = gettext_noop(
        "The policy of %(book)s measures %(asset)s at amortised cost, and no effective rate follows from its payments."
    )
    hint = gettext_noop(
        "Complete the terms of the bond, so that its payments are laid out, or let the policy measure at fair value."
    )


class Amortising:
    """The effective rates of what was bought of one bond; each lot has the rate of its own price and day."""

    def __init__(self, book: Book, asset_id: int, days: Mapping[int, date]) -> None:
        """`days` are those on which deals settled, from when on interest accrues (IFRS 9 B3.1.6)."""
        self.book, self.asset_id, self.days = book, asset_id, days
        self.bond = reference_data().bonds.get(asset_id)
        payments = BondPayment.objects.filter(instrument_id=asset_id).order_by("payment_date", "pk")
        self.flows = [ToCome(*row) for row in payments.values_list("payment_date", "amount")]
        self._rates: dict[tuple[Decimal, date], Decimal] = {}

    def settled_on(self, change: Change) -> date:
        """The day on which what is not a deal came about, and a deal settled."""
        if change.source_type != "deal":
            return change.trade_date
        return self.days.get(change.source_id, change.trade_date)

    def earned(self, opening: Change, gross: Decimal, quantity: Decimal, until: date) -> Decimal:
        """By so much, bought for so much without its coupon, what stands on a day is more than that; coupon included.

        In the currency of the lot, to 18 decimals. Raises AmortisedCostNotReckoned.
        """
        start = self.settled_on(opening)
        rate = self._rate(opening, gross / quantity, start)
        stands = worth(rate, max(until, start), self.flows) * quantity
        return (stands - gross).quantize(FINE)

    def coupon(self, quantity: Decimal, on: date) -> Decimal:
        """What had accrued of so many on a day."""
        return (self._accrued(on) * quantity).quantize(FINE)

    def _rate(self, opening: Change, price: Decimal, start: date) -> Decimal:
        key = price, start
        if key not in self._rates:
            if self.bond is None or opening.currency != self.bond.currency:
                raise self._refused()
            try:
                self._rates[key] = effective_rate(price + self._accrued(start), start, self.flows)
            except ValueError:
                raise self._refused() from None
        return self._rates[key]

    def _accrued(self, day: date) -> Decimal:
        if self.bond is None or self.bond.coupon_on(day) is None:
            return Decimal(0)
        unit = reference_data().currencies[self.bond.currency].minor_unit
        return self.bond.accrued_in_full(Decimal(1), day, unit)

    def _refused(self) -> AmortisedCostNotReckoned:
        asset = Asset.objects.values_list("code", flat=True).get(pk=self.asset_id)
        return AmortisedCostNotReckoned(book=self.book.code, asset=asset)
