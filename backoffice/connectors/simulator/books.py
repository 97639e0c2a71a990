"""The books of a played depository: accounts of both sides, cycles, parts, and reasons. Pure.

Securities and money move together or not at all (DVP), and only where both sides have them. What cannot
settle waits and is tried again in every cycle, in the order of priority and arrival.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, Decimal

from backoffice.connectors.simulator.paying import Payment
from backoffice.connectors.simulator.terms import (
    FEE,
    NOTHING,
    OF_THE_PLACE,
    TRANSFER,
    Account,
    Advice,
    Event,
    Instructed,
    Moved,
    Why,
)

Balances = dict[Account, Decimal]
Settled = dict[str, tuple[Decimal, Decimal]]  # by instruction, in one cycle: quantity and money


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

    def run_cycle(self, *, is_last: bool = False, day: date | None = None) -> list[Advice]:
        """Settle what both sides have and what is due by `day` (None: all), until nothing more does; then say of the
        rest why not.

        Parts come after everything that settles whole. In the last cycle of the day the rest is failing.
        """
        for account, quantity in self.coming.pop(self.cycle, {}).items():
            self._add(account, quantity, other_account=OF_THE_PLACE, text="transfer")
        self.cycle += 1
        matched = list(self._match())
        settled: Settled = defaultdict(lambda: (NOTHING, NOTHING))
        while self._pass(settled, day, in_parts=False) or self._pass(settled, day, in_parts=True):
            pass
        return [*matched, *self._advices(settled, day, is_last)]

    def _match(self) -> Iterator[Advice]:
        """What the other side instructs or mends by now; and what settled half may settle whole."""
        for each in self.waiting.values():
            if each.most == 0:
                each.most = None
            if 0 < each.matches_in <= self.cycle:
                each.matches_in = 0
                yield Advice(each.reference, Event.MATCHED)

    def pay_in(self, payment: Payment) -> None:
        """Money of somebody outside comes on an account."""
        account = Account(payment.account, payment.currency)
        self._add(account, payment.amount, "", payment.payer, payment.payer_account, payment.text)

    def has(self, party: str, asset: str) -> Decimal:
        return self.balances.get(Account(party, asset), NOTHING)

    def _pass(self, settled: Settled, day: date | None, *, in_parts: bool) -> bool:
        """One look at each; with parts it ends at the first, since whole ones come before the next."""
        moved = False
        ready = (
            one for one in self.waiting.values()
            if not one.matches_in and one.most != 0 and not one.waits(day)
        )  # fmt: skip
        for each in sorted(ready, key=lambda one: one.priority):
            quantity = self._part(each) if in_parts else self._whole(each)
            if quantity is None:
                continue
            amount = self._settle(each, quantity)
            before = settled[each.reference]
            settled[each.reference] = before[0] + quantity, before[1] + amount
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
        sides = each.sides()
        most = min(each.left, self.has(sides.giver, each.asset))
        if each.amount_left:
            most = min(most, self.has(sides.payer, each.money) * each.left / each.amount_left)
        lots = (most / each.lot).to_integral_value(ROUND_DOWN)
        quantity = lots * each.lot if most < each.left else each.left
        while quantity > 0 and self._lacks(each, quantity):
            quantity -= each.lot
        least = max(each.minimum or NOTHING, each.lot)
        return quantity if quantity >= min(least, each.left) and quantity > 0 else None

    def _lacks(self, each: Instructed, quantity: Decimal) -> tuple[Why, ...]:
        sides = each.sides()
        found = []
        if quantity > self.has(sides.giver, each.asset):
            found.append(Why.LACK if each.delivers else Why.CLAC)
        amount = each.amount_of(quantity) if each.left else each.amount_left
        if amount > self.has(sides.payer, each.money):
            found.append(Why.CMON if each.delivers else Why.MONY)
        return tuple(found)

    def _settle(self, each: Instructed, quantity: Decimal) -> Decimal:
        """Move so much of it, and say for how much money."""
        giver, taker, payer, payee = each.sides()
        amount = each.amount_of(quantity) if each.left else each.amount_left
        ours = (each.party, each.purse or each.party)
        for party, other, asset, moved in (
            (giver, taker, each.asset, -quantity), (taker, giver, each.asset, quantity),
            (payer, payee, each.money, -amount), (payee, payer, each.money, amount),
        ):  # fmt: skip
            told = each.cash_account if party in ours else ""
            self._add(
                Account(party, asset), moved, each.reference, other, told, each.said(quantity)
            )
        each.left -= quantity
        each.amount_left -= amount
        each.most = None if each.most is None else NOTHING
        if not each.left:
            del self.waiting[each.reference]
            purse = Account(ours[1], each.money)
            self._add(purse, -each.fee, "", "", OF_THE_PLACE, "COMMISSION", FEE)
        return amount

    def _add(
        self, account: Account, quantity: Decimal, reference: str = "", other: str = "",
        other_account: str = "", text: str = "", kind: str = TRANSFER,
    ) -> None:  # fmt: skip
        if not quantity:
            return
        self.balances[account] = self.balances.get(account, NOTHING) + quantity
        self.movements += 1
        self.moved.append(
            Moved(self.movements, *account, quantity, reference, other, other_account, text, kind)
        )

    def _advices(self, settled: Settled, day: date | None, is_last: bool) -> Iterator[Advice]:
        for reference, (quantity, amount) in settled.items():
            if reference not in self.waiting:
                yield Advice(reference, Event.SETTLED, quantity, amount=amount)
            else:
                reasons = tuple(self._lacks(self.waiting[reference], self.waiting[reference].left))
                yield Advice(reference, Event.PART, quantity, reasons, amount)
        for each in self.waiting.values():
            if each.matches_in or each.most is not None:
                continue
            waits = each.waits(day)
            reasons = (waits,) if waits else tuple(self._lacks(each, each.left))
            event = Event.FAILING if is_last and waits is not Why.FUTU else Event.PENDING
            told = ",".join((event, *reasons))
            if told != each.told:  # the same is not said again
                each.told = told
                yield Advice(each.reference, event, NOTHING, reasons)
