"""What obligations come to when they are netted. Pure: rows in, rows out, nothing is lost on the way.

Bilateral: one row for each pair, over the same asset. Multilateral: each party's own position, and as
few rows as settle all positions (rules, section 11; domain-decisions 13 says who may net how).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple


class Owed(NamedTuple):
    """What one party owes another of one asset on one date, in so many rows; more than nothing."""

    debtor: Hashable
    creditor: Hashable
    quantity: Decimal
    rows: int = 1


class Gain(NamedTuple):
    """What netting saves: how much and how many were to move, and how much and how many move now."""

    gross: Decimal
    gross_count: int
    net: Decimal
    net_count: int

    @property
    def saved(self) -> Decimal:
        """The share of the gross that does not move any more; nothing where nothing was to move."""
        return (self.gross - self.net) / self.gross if self.gross else Decimal(0)


class Leg(NamedTuple):
    """A settlement that a net comes to, seen from the owner; quantities are more than nothing.

    `money_id` is the currency where it is another than the set's: then it is paid by our account in that.
    """

    method: str
    delivers: bool
    quantity: Decimal
    amount: Decimal
    money_id: int | None = None


class Shape(NamedTuple):
    """A part of a large settlement that is instructed by itself."""

    quantity: Decimal
    amount: Decimal


def shapes_of(quantity: Decimal, amount: Decimal, *, most: Decimal, minor_unit: int) -> list[Shape]:
    """A settlement in shapes of at most so much of the security: full ones, then what is left.

    Each has its share of the money to the minor unit, by what is given so far, so that quantities and
    money sum to the whole exactly. `most` is more than nothing.
    """
    unit = Decimal(1).scaleb(-minor_unit)
    found: list[Shape] = []
    given = paid = Decimal(0)
    while given < quantity:
        part = min(most, quantity - given)
        given += part
        until = (
            amount
            if given == quantity
            else (amount * given / quantity).quantize(unit, ROUND_HALF_UP)
        )
        found.append(Shape(part, until - paid))
        paid = until
    return found


def positions_of(owed: Iterable[Owed]) -> dict[Hashable, Decimal]:
    """What each party receives in all, below zero: gives. They sum to nothing."""
    found: defaultdict[Hashable, Decimal] = defaultdict(Decimal)
    for debtor, creditor, quantity, _ in owed:
        found[debtor] -= quantity
        found[creditor] += quantity
    return dict(found)


def net_of(owed: Iterable[Owed], *, multilateral: bool = False) -> list[Owed]:
    """The net of obligations in one asset and date: by pair, or among all parties together."""
    return transfers_of(positions_of(owed)) if multilateral else _by_pair(owed)


def _by_pair(owed: Iterable[Owed]) -> list[Owed]:
    nets: dict[tuple[Hashable, Hashable], Decimal] = {}
    for debtor, creditor, quantity, _ in owed:
        back = (creditor, debtor)
        if back in nets:
            nets[back] -= quantity
        else:
            nets[debtor, creditor] = nets.get((debtor, creditor), Decimal(0)) + quantity
    return [
        Owed(debtor, creditor, net) if net > 0 else Owed(creditor, debtor, -net)
        for (debtor, creditor), net in nets.items()
        if net
    ]


def transfers_of(positions: Mapping[Hashable, Decimal]) -> list[Owed]:
    """Rows that bring all positions to nothing: the largest debtor pays the largest creditor first.

    At most one row fewer than there are parties. Equal positions keep the order they are given in.
    """
    debtors = _sorted({party: -net for party, net in positions.items() if net < 0})
    creditors = _sorted({party: net for party, net in positions.items() if net > 0})
    found: list[Owed] = []
    while debtors and creditors:
        (debtor, owes), (creditor, waits) = debtors[0], creditors[0]
        moved = min(owes, waits)
        found.append(Owed(debtor, creditor, moved))
        for side, party, left in ((debtors, debtor, owes), (creditors, creditor, waits)):
            side.pop(0)
            if left > moved:
                side.insert(0, (party, left - moved))
    return found


def _sorted(positions: Mapping[Hashable, Decimal]) -> list[tuple[Hashable, Decimal]]:
    return sorted(positions.items(), key=lambda row: -row[1])


def gain_of(owed: Iterable[Owed], nets: Iterable[Owed]) -> Gain:
    """What moves before and after netting."""
    before, after = list(owed), list(nets)
    return Gain(
        sum((row.quantity for row in before), Decimal(0)), sum(row.rows for row in before),
        sum((row.quantity for row in after), Decimal(0)), sum(row.rows for row in after),
    )  # fmt: skip


def legs_of(quantity: Decimal, amount: Decimal) -> list[Leg]:
    """What settles a net of securities and money, both signed: above zero the owner receives.

    Securities against money where they go opposite ways; else each by itself, and nothing for nothing.
    """
    if quantity and amount and (quantity > 0) != (amount > 0):
        return [Leg("DVP", quantity < 0, abs(quantity), abs(amount))]
    found = []
    if quantity:
        found.append(Leg("FOP", quantity < 0, abs(quantity), Decimal(0)))
    if amount:
        found.append(Leg("PFOD", amount > 0, Decimal(0), abs(amount)))
    return found
