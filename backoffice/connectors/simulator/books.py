"""The books of a played depository: accounts of both sides, cycles, parts, and reasons. Pure.

Securities and money move together or not at all (DVP), and only where both sides have them. What cannot
settle waits and is tried again in every cycle, in the order of priority and arrival.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple

NOTHING = Decimal(0)
NORMAL = 5  # a priority; a lower number goes first
NEVER = 10**9  # the cycle in which what the other side got wrong matches


class Account(NamedTuple):
    """What one party holds of one asset at the place."""

    party: str
    asset: str


Balances = dict[Account, Decimal]


class Moved(NamedTuple):
    """What came on an account, or left it below zero: by which instruction, and who is on the other side.

    `number` counts what was ever moved at the place. Of what came without an instruction the reference is empty.
    """

    number: int
    party: str
    asset: str
    quantity: Decimal
    reference: str = ""
    other: str = ""
    other_account: str = ""
    text: str = ""


class Why(StrEnum):
    """Why an instruction does not settle, in the market's codes, seen from who instructed."""

    LACK = "LACK"  # we lack the securities
    CLAC = "CLAC"  # the other side lacks the securities
    MONY = "MONY"  # we lack the money
    CMON = "CMON"  # the other side lacks the money


class Event(StrEnum):
    SETTLED = "settled"
    PART = "part"
    PENDING = "pending"
    FAILING = "failing"
    MATCHED = "matched"


class Advice(NamedTuple):
    """What the place says of an instruction after a cycle; of a part how much of it settled."""

    reference: str
    event: Event
    quantity: Decimal = NOTHING
    reasons: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Instructed:
    """An instruction of ours, as the place keeps it: `left` and `amount_left` are yet to settle.

    Of a payment the quantity is zero. It matches in the cycle `matches_in` (0: it is matched); in this cycle `most` of
    it settles (None: all).
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

    def sides(self) -> tuple[str, str]:
        """Who gives securities and who gives money."""
        pair = (self.party, self.counterparty)
        return pair if self.delivers else pair[::-1]

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


@dataclass
class Books:
    """The accounts of everybody at the place, and what was instructed and is not final, by arrival."""

    balances: Balances = field(default_factory=dict)
    waiting: dict[str, Instructed] = field(default_factory=dict)
    coming: dict[int, Balances] = field(default_factory=dict)  # what others bring, by cycle
    cycle: int = 0
    moved: list[Moved] = field(default_factory=list)  # since the last statement
    movements: int = 0  # ever

    def instruct(self, each: Instructed) -> None:
        """Take an instruction in, once."""
        self.waiting.setdefault(each.reference, each)

    def withdraw(self, reference: str) -> bool:
        """Cancel what is not final; whether there was anything to cancel."""
        return self.waiting.pop(reference, None) is not None

    def run_cycle(self, *, is_last: bool = False) -> list[Advice]:
        """Settle what both sides have, until nothing more does; then say of the rest why not.

        Parts come after everything that settles whole. In the last cycle of the day the rest is failing.
        """
        for account, quantity in self.coming.pop(self.cycle, {}).items():
            self._add(account, quantity, text="transfer")
        self.cycle += 1
        matched = list(self._match())
        settled: dict[str, Decimal] = defaultdict(Decimal)
        while self._pass(settled, in_parts=False) or self._pass(settled, in_parts=True):
            pass
        return [*matched, *self._advices(settled, is_last)]

    def _match(self) -> Iterator[Advice]:
        """What the other side instructs or mends by now; and what settled half may settle whole."""
        for each in self.waiting.values():
            if each.most == 0:
                each.most = None
            if 0 < each.matches_in <= self.cycle:
                each.matches_in = 0
                yield Advice(each.reference, Event.MATCHED)

    def has(self, party: str, asset: str) -> Decimal:
        return self.balances.get(Account(party, asset), NOTHING)

    def _pass(self, settled: dict[str, Decimal], *, in_parts: bool) -> bool:
        """One look at each; with parts it ends at the first, since whole ones come before the next."""
        moved = False
        matched = (one for one in self.waiting.values() if not one.matches_in and one.most != 0)
        for each in sorted(matched, key=lambda one: one.priority):
            quantity = self._part(each) if in_parts else self._whole(each)
            if quantity is None:
                continue
            self._settle(each, quantity)
            settled[each.reference] += quantity
            moved = True
            if in_parts:
                break
        return moved

    def _whole(self, each: Instructed) -> Decimal | None:
        most = each.left if each.most is None else each.most
        return None if self._lacks(each, most) else most

    def _part(self, each: Instructed) -> Decimal | None:
        """The most of it that both sides have, from its minimum and in whole lots."""
        if not each.partial_allowed or not each.left or each.most is not None:
            return None
        giver, payer = each.sides()
        most = min(each.left, self.has(giver, each.asset))
        if each.amount_left:
            most = min(most, self.has(payer, each.money) * each.left / each.amount_left)
        lots = (most / each.lot).to_integral_value(ROUND_DOWN)
        quantity = lots * each.lot if most < each.left else each.left
        while quantity > 0 and self._lacks(each, quantity):
            quantity -= each.lot
        least = max(each.minimum or NOTHING, each.lot)
        return quantity if quantity >= min(least, each.left) and quantity > 0 else None

    def _lacks(self, each: Instructed, quantity: Decimal) -> tuple[Why, ...]:
        giver, payer = each.sides()
        found = []
        if quantity > self.has(giver, each.asset):
            found.append(Why.LACK if each.delivers else Why.CLAC)
        amount = each.amount_of(quantity) if each.left else each.amount_left
        if amount > self.has(payer, each.money):
            found.append(Why.CMON if each.delivers else Why.MONY)
        return tuple(found)

    def _settle(self, each: Instructed, quantity: Decimal) -> None:
        giver, payer = each.sides()
        taker, payee = payer, giver
        amount = each.amount_of(quantity) if each.left else each.amount_left
        for party, other, asset, moved in (
            (giver, taker, each.asset, -quantity), (taker, giver, each.asset, quantity),
            (payer, payee, each.money, -amount), (payee, payer, each.money, amount),
        ):  # fmt: skip
            told = each.cash_account if party == each.party else ""
            self._add(
                Account(party, asset), moved, each.reference, other, told, each.said(quantity)
            )
        each.left -= quantity
        each.amount_left -= amount
        each.most = None if each.most is None else NOTHING
        if not each.left:
            del self.waiting[each.reference]

    def _add(
        self, account: Account, quantity: Decimal, reference: str = "", other: str = "",
        other_account: str = "", text: str = "",
    ) -> None:  # fmt: skip
        if not quantity:
            return
        self.balances[account] = self.balances.get(account, NOTHING) + quantity
        self.movements += 1
        self.moved.append(
            Moved(self.movements, *account, quantity, reference, other, other_account, text)
        )

    def _advices(self, settled: Mapping[str, Decimal], is_last: bool) -> Iterator[Advice]:
        for reference, quantity in settled.items():
            if reference not in self.waiting:
                yield Advice(reference, Event.SETTLED, quantity)
            else:
                reasons = tuple(self._lacks(self.waiting[reference], self.waiting[reference].left))
                yield Advice(reference, Event.PART, quantity, reasons)
        for each in self.waiting.values():
            if each.matches_in or each.most is not None:
                continue
            reasons = tuple(self._lacks(each, each.left))
            event = Event.FAILING if is_last else Event.PENDING
            told = ",".join((event, *reasons))
            if told != each.told:  # the same is not said again
                each.told = told
                yield Advice(each.reference, event, NOTHING, reasons)
