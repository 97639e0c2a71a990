"""Lots of one position as people read them: decimals in, closings and open lots out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import numpy as np

from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop
from ledger.lots.average import match_average
from ledger.lots.choosing import match_choosing
from ledger.lots.fifo import match_fifo
from ledger.lots.methods import Method
from ledger.lots.pooled import match_pooled
from ledger.lots.rules import Ints, Pieces, cut, left_of, shares


class CurrenciesDoNotCompare(Invalid):
    code = "currencies-do-not-compare"
    title = gettext_noop("Costs in several currencies cannot be compared or averaged")
    detail = gettext_noop("The position was dealt in %(currencies)s; %(method)s needs one.")
    hint = gettext_noop("Choose FIFO, LIFO or SPECIFIC, which compare no costs.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that adds to a position (`incoming`) or takes from it, with its price and fee.

    `gross` is what was paid or received for all of it, `fee` what the deal cost beside; both in
    `currency` and not negative. `at_cost`: what goes takes its cost along (`exchanging`).
    """

    id: int
    incoming: bool
    quantity: Decimal
    gross: Decimal
    fee: Decimal = Decimal(0)
    currency: str = ""
    trade_date: date = date.min
    executed_at: datetime | None = None
    source_type: str = ""
    source_id: int = 0
    book_id: int | None = None
    at_cost: bool = False

    @property
    def reference(self) -> str:
        """What it was: a deal, or something else by its type and number."""
        return (
            f"D-{self.source_id}"
            if self.source_type == "deal"
            else f"{self.source_type}:{self.source_id}"
        )

    @property
    def net(self) -> Decimal:
        """What it cost with its fee, or what it brought after it."""
        return self.gross + self.fee if self.incoming else self.gross - self.fee


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """What is still open of a change; at average cost of the whole position, without one."""

    opening: Change | None
    currency: str
    long: bool
    quantity: Decimal
    gross: Decimal
    fee: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """So much of a lot, closed by a change: what either side of it was worth, and its fees."""

    opening: Change | None
    closing: Change
    quantity: Decimal
    opening_gross: Decimal
    opening_fee: Decimal
    closing_gross: Decimal
    closing_fee: Decimal

    @property
    def cost(self) -> Decimal:
        """What was paid for what was bought, its fee apart."""
        return self.closing_gross if self.closing.incoming else self.opening_gross

    @property
    def proceeds(self) -> Decimal:
        """What was received for what was sold, its fee apart."""
        return self.opening_gross if self.closing.incoming else self.closing_gross

    @property
    def purchase_currency(self) -> str:
        """The currency of the cost; at average cost that of the position."""
        side = self.closing if self.closing.incoming else self.opening
        return (side or self.closing).currency

    @property
    def sale_currency(self) -> str:
        side = self.opening if self.closing.incoming else self.closing
        return (side or self.closing).currency

    @property
    def fees(self) -> Decimal:
        return self.opening_fee + self.closing_fee

    @property
    def single_currency(self) -> bool:
        """Whether both sides are in one currency, so that there is a result in it."""
        return self.purchase_currency == self.sale_currency

    @property
    def result(self) -> Decimal:
        """Proceeds less cost and both fees, where both sides are in one currency."""
        return self.proceeds - self.cost - self.fees


@dataclass(frozen=True, slots=True)
class Matched:
    """What a method made of a position's changes: nothing is in neither of both."""

    closings: Sequence[Closing]
    lots: Sequence[Lot]


COMPARING = {Method.HIFO, Method.LOFO, Method.AVERAGE, Method.POOLED}  # costs with costs
Named = Mapping[int, Sequence[tuple[int, Decimal]]]  # change id: (opening change id, quantity)


def match(
    changes: Sequence[Change], *, method: Method, minor_unit: int, named: Named | None = None
) -> Matched:
    """Match the changes of one position, which stand in order of
    date, time and sequence number. Amounts are split to the minor unit.

    Raises CurrenciesDoNotCompare and LotsNamedWrongly.
    """
    currencies = sorted({change.currency for change in changes})
    if method in COMPARING and len(currencies) > 1:
        raise CurrenciesDoNotCompare(currencies=", ".join(currencies), method=method)
    ledger = _Integers(changes, minor_unit)
    if method == Method.AVERAGE:
        return ledger.averaged()
    if method == Method.POOLED:
        return ledger.pooled()
    if method == Method.FIFO:
        same = np.zeros(len(changes), np.int64)
        pieces = match_fifo(same, np.array(ledger.incoming, dtype=bool), ledger.array("quantities"))
    else:
        pieces = match_choosing(
            method, ledger.incoming, ledger.quantities, ledger.net, ledger.of_ids(named or {})
        )
    return ledger.matched(pieces)


class _Integers:
    """Changes as integers of the smallest units in play, and back."""

    def __init__(self, changes: Sequence[Change], minor_unit: int) -> None:
        self.changes, self.minor_unit = changes, minor_unit
        places = [-int(c.quantity.normalize().as_tuple().exponent) for c in changes]
        self.places = max([0, *places])
        self.incoming = [c.incoming for c in changes]
        self.quantities = [int(c.quantity.scaleb(self.places)) for c in changes]
        self.gross = [int(c.gross.scaleb(minor_unit)) for c in changes]
        self.fees = [int(c.fee.scaleb(minor_unit)) for c in changes]
        self.net = [int(c.net.scaleb(minor_unit)) for c in changes]

    def array(self, name: str) -> Ints:
        return np.array(getattr(self, name), dtype=object)

    def of_ids(self, named: Named) -> dict[int, list[tuple[int, int]]]:
        number = {change.id: place for place, change in enumerate(self.changes)}
        return {
            number[closing]: [
                (number.get(id, -1), int(part.scaleb(self.places))) for id, part in lots
            ]
            for closing, lots in named.items()
            if closing in number
        }

    def matched(self, pieces: Pieces) -> Matched:
        cut = {
            (side, name): shares(self.array(name), self.array("quantities"), *where, pieces.quantity)
            for side, where in (
                ("opening", (pieces.opening, pieces.opening_from)),
                ("closing", (pieces.closing, pieces.closing_from)),
            )
            for name in ("gross", "fees")
        }  # fmt: skip
        closings = [
            Closing(
                opening=self.changes[opening], closing=self.changes[closing],
                quantity=self._quantity(quantity),
                opening_gross=self._money(cut["opening", "gross"][n]),
                opening_fee=self._money(cut["opening", "fees"][n]),
                closing_gross=self._money(cut["closing", "gross"][n]),
                closing_fee=self._money(cut["closing", "fees"][n]),
            )
            for n, (opening, closing, quantity) in enumerate(
                zip(pieces.opening, pieces.closing, pieces.quantity, strict=True)
            )
        ]  # fmt: skip
        return Matched(closings, self._open_lots(pieces, cut))

    def _open_lots(self, pieces: Pieces, cut: Mapping[tuple[str, str], Ints]) -> list[Lot]:
        """Each change with what is left of its axis; what the pieces took of its amounts is gone."""
        open_units = left_of(self.array("quantities"), pieces)
        left = {"gross": self.array("gross"), "fees": self.array("fees")}
        for (side, name), parts in cut.items():
            np.subtract.at(left[name], getattr(pieces, side), parts.astype(object))
        return [
            Lot(
                opening=self.changes[n], currency=self.changes[n].currency,
                long=self.incoming[n],
                quantity=self._quantity(open_units[n]),
                gross=self._money(left["gross"][n]), fee=self._money(left["fees"][n]),
            )
            for n in range(len(self.changes))
            if open_units[n]
        ]  # fmt: skip

    def averaged(self) -> Matched:
        amounts = list(zip(self.gross, self.fees, strict=True))
        found, rest = match_average(self.incoming, self.quantities, amounts)
        closings = []
        for number, _, quantity, (gross, fee) in found:
            whole = self.quantities[number]
            own = [cut(a, whole, quantity) for a in amounts[number]]
            closings.append(
                Closing(
                    opening=None, closing=self.changes[number], quantity=self._quantity(quantity),
                    opening_gross=self._money(gross), opening_fee=self._money(fee),
                    closing_gross=self._money(own[0]), closing_fee=self._money(own[1]),
                )
            )  # fmt: skip
        if not rest.quantity:
            return Matched(closings, [])
        gross, fee = rest.amounts
        lot = Lot(
            opening=None, currency=self.changes[0].currency, long=rest.long, quantity=self._quantity(rest.quantity),
            gross=self._money(gross), fee=self._money(fee),
        )  # fmt: skip
        return Matched(closings, [lot])

    def pooled(self) -> Matched:
        """A sale closes the purchase of its day, or of the days after it: the purchase opens what it is of."""
        days = [change.trade_date.toordinal() for change in self.changes]
        amounts = list(zip(self.gross, self.fees, strict=True))
        taken, rest = match_pooled(days, self.incoming, self.quantities, amounts)
        closings = [
            Closing(
                opening=None if purchase is None else self.changes[purchase],
                closing=self.changes[sale], quantity=self._quantity(quantity),
                opening_gross=self._money(cost[0]), opening_fee=self._money(cost[1]),
                closing_gross=self._money(proceeds[0]), closing_fee=self._money(proceeds[1]),
            )
            for sale, purchase, quantity, cost, proceeds in taken
        ]  # fmt: skip
        lots = [
            Lot(
                opening=None if change is None else self.changes[change], currency=self.changes[0].currency,
                long=long, quantity=self._quantity(quantity), gross=self._money(gross), fee=self._money(fee),
            )
            for long, change, quantity, (gross, fee) in rest
        ]  # fmt: skip
        return Matched(closings, lots)

    def _quantity(self, units: int) -> Decimal:
        return Decimal(int(units)).scaleb(-self.places)

    def _money(self, units: int) -> Decimal:
        return Decimal(int(units)).scaleb(-self.minor_unit)
