"""What to release now towards a place where the other sides' balances are not known. Pure.

At such a place nothing of ours is spent in advance: what comes in counts only for the order in which things
go, and what was sent and is not final is no more at hand. First the best that can settle by the end of
the day is looked for, as if everything came in as likely as it is. Of that goes now what is covered; what none
of it waits for is free for the rest. In the last cycle before the cut-off nothing is kept back: what is at hand
may turn out to be enough once others have paid, and would lie unused otherwise. Clients' instructions
are not part of that: their accounts may be one account of the place, where one's would be used for another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from settlements.optimising.effort import Effort
from settlements.optimising.model import Aim, Holding, Instruction, Movement, Objective
from settlements.optimising.problem import Problem, problem_of
from settlements.optimising.relaxing import relax
from settlements.optimising.search import search
from settlements.optimising.weighing import share, weights_of
from settlements.releasing.chances import CERTAIN
from settlements.releasing.model import Borrow, Choice, Outlook, Released, Wait, Waits, Why

THOUSANDTHS = 1_000
Parts = dict[int, int]  # how much of each instruction
Hand = Mapping[Holding, int]


def choose(outlook: Outlook, effort: Effort | None = None) -> Choice:
    """Deterministic: the same outlook gives the same choice. Raises ValueError as `problem_of` does."""
    return _Choosing(outlook, effort).run()


class _Choosing:
    def __init__(self, outlook: Outlook, effort: Effort | None) -> None:
        self.outlook, self.effort = outlook, effort
        self.instructions = outlook.queue.instructions
        self.by_id = {each.id: each for each in self.instructions}
        self.hand = _at_hand(outlook)
        self.prices: dict[Holding, float] = {}  # at most what one unit more is worth
        self.missing: dict[Holding, tuple[int, float]] = {}
        self.borrow: tuple[Borrow, ...] = ()

    def run(self) -> Choice:
        is_last = self.outlook.is_last
        wanted = self._wanted()
        first = self._covered(wanted, self.hand)
        left = _less(self.hand, self._taken(first))
        waiting = {id: part for id, part in wanted.items() if id not in first}
        others = {
            each.id: each.quantity for each in self.instructions
            if each.id not in first and (is_last or each.id not in wanted)
        }  # fmt: skip
        more = self._covered(others, left if is_last else _less(left, self._taken(waiting)))
        left = _less(left, self._taken(more))
        released = self._in_order(first, Why.WANTED) + self._in_order(more, Why.SPARE)
        if is_last:
            released = self._with_all(released)
        gone = {each.id for each in released}
        return Choice(tuple(released), tuple(self._waiting(gone, left)), self.borrow)

    def _wanted(self) -> Parts:
        """The best by the end of the day if what comes in came as likely as it is."""
        hand = dict(self.hand)
        for holding, amount in self.outlook.coming.items():
            hand[holding] = hand.get(holding, 0) + amount
        for each in self.outlook.sent:
            for holding, amount in _brought(each):
                hand[holding] = hand.get(holding, 0) + self._likely(amount, each)
        likely = tuple(self._as_likely(each) for each in self.instructions)
        queue = replace(self.outlook.queue, instructions=likely, balances=hand, credit={})
        problem = problem_of(queue)
        found = search(
            problem, weights_of(likely, self.outlook.objective), self.effort, proving=False
        )
        wanted = _parts(likely, found.parts)
        (value,) = weights_of(likely, Objective(aim=Aim.VALUE))
        worth = relax(problem, value, np.flatnonzero(problem.free), problem.at_hand).price
        self.prices = {h: float(worth[n]) for n, h in enumerate(problem.holdings) if worth[n] > 0}
        self.missing = self._missing(wanted)
        self.borrow = self._to_borrow(problem, wanted)
        return wanted

    def _missing(self, wanted: Parts) -> dict[Holding, tuple[int, float]]:
        """Where the best takes more than is at hand now: how much, and what a unit is worth to it."""
        taken, worth = self._taken(wanted), defaultdict[Holding, int](int)
        for id, part in wanted.items():
            each = self.by_id[id]
            for holding, _ in _given(each):
                worth[holding] += self._likely(share(each.value, part, each.quantity), each)
        return {
            holding: (amount - self.hand.get(holding, 0), worth[holding] / amount)
            for holding, amount in taken.items()
            if amount > self.hand.get(holding, 0)
        }

    def _brings(self, holding: Holding, amount: int) -> int:
        """What so much more at a holding lets go, at most."""
        short, worth = self.missing.get(holding, (0, 0.0))
        return int(max(self.prices.get(holding, 0.0) * amount, worth * min(amount, short)))

    def _as_likely(self, each: Instruction) -> Instruction:
        """What it is worth and what it brings, by how likely it settles; what it takes is taken in full."""
        return replace(
            each, value=self._likely(each.value, each), penalty=self._likely(each.penalty, each),
            delivery=self._incoming(each.delivery, each), payment=self._incoming(each.payment, each),
        )  # fmt: skip

    def _incoming(self, movement: Movement | None, each: Instruction) -> Movement | None:
        if movement is None or movement.target is None:
            return movement
        return movement._replace(amount=self._likely(movement.amount, each))

    def _likely(self, amount: int, each: Instruction) -> int:
        return amount * self.outlook.chances.get(each.id, CERTAIN) // CERTAIN

    def _covered(self, most: Parts, hand: Hand) -> Parts:
        """Of these, up to so much of each, the best that is at hand now.

        What they bring is not at hand, but worth something: by that, what lets others go goes before.
        """
        if not most:
            return {}
        now = tuple(self._outgoing(each, most.get(each.id)) for each in self.instructions)
        problem = problem_of(
            replace(self.outlook.queue, instructions=now, balances=hand, credit={})
        )
        weights = weights_of(now, self.outlook.objective)
        return _parts(now, search(problem, weights, self.effort, proving=False).parts)

    def _outgoing(self, each: Instruction, part: int | None) -> Instruction:
        """Only what it takes of ours, of such a part of it; None keeps it out."""
        if part is None:
            return replace(each, held=True, delivery=None, payment=None)
        brings = sum(self._brings(holding, amount) for holding, amount in _brought(each))
        worth = share(each.value + brings, part, each.quantity)
        return replace(
            each, quantity=part, value=max(self._likely(worth, each), 1),
            penalty=share(self._likely(each.penalty, each), part, each.quantity),
            delivery=_taking(each.delivery, part, each.quantity),
            payment=_taking(each.payment, part, each.quantity),
        )  # fmt: skip

    def _taken(self, parts: Parts) -> dict[Holding, int]:
        taken: dict[Holding, int] = defaultdict(int)
        for id, part in parts.items():
            for holding, amount in _given(self.by_id[id]):
                taken[holding] += share(amount, part, self.by_id[id].quantity)
        return taken

    def _in_order(self, parts: Parts, why: Why) -> list[Released]:
        """The most urgent class first, then what is worth most by how likely it settles."""

        def rank(id: int) -> tuple[int, int, int]:
            each = self.by_id[id]
            raised = each.priority + each.skipped // self.outlook.objective.skipped_runs
            return -raised, -self._likely(each.value, each), id

        return [Released(id, parts[id], why) for id in sorted(parts, key=rank)]

    def _with_all(self, released: list[Released]) -> list[Released]:
        """What is covered, and behind it all else of ours, whole: the place settles what it can of it."""
        chosen = {each.id: each for each in released}
        all_of_ours = {e.id: e.quantity for e in self.instructions if not e.held and not e.client}
        while broken := {
            one for link in self.outlook.queue.links for one in link[1:]
            if one in all_of_ours and not {*link[1:]} <= all_of_ours.keys() | chosen.keys()
        }:  # fmt: skip
            for id in broken:
                del all_of_ours[id]
        whole = [
            each._replace(quantity=all_of_ours.get(each.id, each.quantity)) for each in released
        ]
        rest = {id: part for id, part in all_of_ours.items() if id not in chosen}
        return whole + self._in_order(rest, Why.LAST)

    def _waiting(self, gone: set[int], left: Hand) -> Iterator[Waits]:
        waits_for = defaultdict(set)
        for link in self.outlook.queue.links:
            waits_for[link.instruction].add(link.linked)
            waits_for[link.linked].add(link.instruction)
        for each in self.instructions:
            if each.id in gone or each.held:
                continue
            short = [(amount - left.get(h, 0), h) for h, amount in _given(each)]
            most, holding = max(short, default=(0, None))
            if most > 0:
                yield Waits(each.id, Wait.SHORT, holding, most)
            else:
                linked = bool(waits_for[each.id] - gone)
                yield Waits(each.id, Wait.LINKED if linked else Wait.KEPT, holding, 0)

    def _to_borrow(self, problem: Problem, wanted: Parts) -> tuple[Borrow, ...]:
        """Securities of which one unit more is worth more than its fee: what deliveries lack, at most."""
        lacking: dict[Holding, int] = defaultdict(int)
        for each in self.instructions:
            if each.delivery and each.delivery.source and not each.held:
                lacking[each.delivery.source] += each.quantity - wanted.get(each.id, 0)
        found = []
        for holding, quantity in lacking.items():
            fee = self.outlook.fees.get(holding.asset)
            gain = int(self.prices.get(holding, 0.0) * quantity)
            if fee is not None and gain * THOUSANDTHS > fee * quantity:
                found.append(Borrow(holding, quantity, gain, -(-fee * quantity // THOUSANDTHS)))
        return tuple(sorted(found, key=lambda each: (each.fee - each.gain, each.holding)))


def _parts(instructions: tuple[Instruction, ...], parts: np.ndarray) -> Parts:
    return {instructions[n].id: int(parts[n]) for n in np.flatnonzero(parts).tolist()}


def _at_hand(outlook: Outlook) -> dict[Holding, int]:
    """Balances and credit, less what was sent and is not final."""
    hand = dict(outlook.queue.balances)
    for holding, amount in outlook.queue.credit.items():
        hand[holding] = hand.get(holding, 0) + amount
    for each in outlook.sent:
        for holding, amount in _given(each):
            hand[holding] = hand.get(holding, 0) - amount
    return {holding: max(amount, 0) for holding, amount in hand.items()}


def _less(hand: Hand, taken: Hand) -> dict[Holding, int]:
    return {holding: max(amount - taken.get(holding, 0), 0) for holding, amount in hand.items()}


def _movements(each: Instruction) -> Iterator[Movement]:
    yield from (m for m in (each.delivery, each.payment) if m is not None and m.amount)


def _given(each: Instruction) -> Iterable[tuple[Holding, int]]:
    return [(m.source, m.amount) for m in _movements(each) if m.source is not None]


def _brought(each: Instruction) -> Iterable[tuple[Holding, int]]:
    return [(m.target, m.amount) for m in _movements(each) if m.target is not None]


def _taking(movement: Movement | None, part: int, quantity: int) -> Movement | None:
    if movement is None or movement.source is None:
        return None
    return Movement(movement.source, None, share(movement.amount, part, quantity))
