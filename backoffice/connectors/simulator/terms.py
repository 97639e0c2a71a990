"""What a played place keeps of an instruction, and what it says of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple

NOTHING = Decimal(0)
NORMAL = 5  # a priority; a lower number goes first
NEVER = 10**9  # the cycle in which what the other side got wrong matches
TRANSFER, FEE = "NTRF", "NCHG"
OF_THE_PLACE = "70601810000000000000"  # where its commissions go


class Account(NamedTuple):
    """What one party holds of one asset at the place."""

    party: str
    asset: str


class Moved(NamedTuple):
    """What came on an account, or left it below zero: by which instruction, and who is on the other side.

    `number` counts what was ever moved at the place. Of what came without an instruction the reference is empty.
    `kind` is what a bank calls it on a statement.
    """

    number: int
    party: str
    asset: str
    quantity: Decimal
    reference: str = ""
    other: str = ""
    other_account: str = ""
    text: str = ""
    kind: str = TRANSFER


class Why(StrEnum):
    """Why an instruction does not settle, in the market's codes, seen from who instructed."""

    LACK = "LACK"  # we lack the securities
    CLAC = "CLAC"  # the other side lacks the securities
    MONY = "MONY"  # we lack the money
    CMON = "CMON"  # the other side lacks the money
    FUTU = "FUTU"  # its day has not come
    PREA = "PREA"  # whoever instructed it holds it


class Event(StrEnum):
    SETTLED = "settled"
    PART = "part"
    PENDING = "pending"
    FAILING = "failing"
    MATCHED = "matched"


class Advice(NamedTuple):
    """What the place says of an instruction after a cycle; of what settled how much did, and for how much money."""

    reference: str
    event: Event
    quantity: Decimal = NOTHING
    reasons: tuple[str, ...] = ()
    amount: Decimal = NOTHING


class Sides(NamedTuple):
    """On which accounts it moves: of who gives and who takes the securities, of who pays and who is paid."""

    giver: str
    taker: str
    payer: str
    payee: str


@dataclass(kw_only=True)
class Instructed:
    """An instruction of ours, as the place keeps it: `left` and `amount_left` are yet to settle.

    Of a payment the quantity is zero. It matches in the cycle `matches_in` (0: it is matched); in this cycle `most` of
    it settles (None: all). `purse` and `cash_account` are where the money of either side is, if not with its
    securities. Before its day `due` nothing of it settles, nor while it is `held`.
    """

    reference: str
    party: str
    counterparty: str
    delivers: bool
    asset: str
    money: str
    left: Decimal
    amount_left: Decimal
    partial_allowed: bool = False
    minimum: Decimal | None = None
    lot: Decimal = Decimal(1)
    priority: int = NORMAL
    told: str = ""
    cash_account: str = ""  # of the other side
    matches_in: int = 0
    most: Decimal | None = None
    purse: str = ""
    due: str = ""
    held: bool = False
    fee: Decimal = NOTHING  # that the place takes for it, without a word

    def sides(self) -> Sides:
        ours, purse = self.party, self.purse or self.party
        theirs = self.counterparty
        if self.delivers:
            return Sides(ours, theirs, theirs, purse)
        return Sides(theirs, ours, purse, theirs)

    def waits(self, day: date | None) -> Why | None:
        """Why it does not settle on a day, whatever anybody has."""
        if self.held:
            return Why.PREA
        return Why.FUTU if day and self.due > day.isoformat() else None

    def said(self, quantity: Decimal) -> str:
        """What a statement says of so much of it: our reference first, then what for, then for whom."""
        what = f"DVP {quantity:f} {self.asset}" if self.asset else "PAYMENT"
        return f"{self.reference} {what} FOR {self.party}"

    def amount_of(self, quantity: Decimal) -> Decimal:
        """Its share of what is left, half up; what is last takes the residue."""
        if quantity == self.left:
            return self.amount_left
        share = self.amount_left * quantity / self.left
        unit = Decimal(1).scaleb(min(int(self.amount_left.normalize().as_tuple().exponent), -2))
        return share.quantize(unit, ROUND_HALF_UP)
