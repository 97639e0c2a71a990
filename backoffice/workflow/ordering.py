"""In which order what waits is taken: by what passing it over is expected to cost. Pure.

An item costs something at each cut-off that it misses. Whoever takes the next item passes all the others
over; what that costs of one of them is the chance that it misses its cut-off for it, times its cost. The item
that would cost the most for a minute of its handling is taken first.

* Cost divided by handling time is Smith's rule (1956), the c-mu rule of queues: best where all are late already.
* The chance is that of Vepsalainen and Morton's *apparent tardiness cost* (Management Science 33, 1987): one that
  is passed over waits for another turn, exponentially long, the longer the more work stands in the queue.
  There `exp(-slack / mean)` stands for the chance; here the handling time is uncertain too, so it is what the sum
  of an exponential and a normal variable gives, less the chance to miss the cut-off even if taken now.
* What certainly misses its cut-off is not chased: only its next one counts then.

No rule of costs alone reaches what costs nothing, so the order also keeps a bound on age: something else is taken
before the oldest only while after it all could still be worked off, oldest first, within the bound. Oldest first
is the best order for ages (Jackson 1955), so what passes this test can always be kept, whatever comes in later.
So that it need not be kept in the busiest hour, the moment at which an item would be too old counts as a cut-off.

What the bound leaves to pass older ones by is not spent on whatever comes first: the last part of it (`KEPT`) is for
what is worth it, the dearer the less is left. That is the threshold by which a knapsack is filled with what comes one
by one, of values per weight between L and U: (Ue/L)^z L/e where the part z is full (Zhou, Chakrabarty and Lukose,
*Budget constrained bidding in keyword auctions and online knapsack problems*, WINE 2008).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

HOUR = 60.0
COUNTED_CUT_OFFS = 2  # the next one, and the one after it
KEPT = 0.15  # of the bound on age: so much of what it leaves is kept for what is dear
SPAN = 1_000.0  # how much dearer for a minute the dearest is than what is not worth any of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One item. `cost` is what each cut-off that it misses costs, in one currency for all of a queue.

    `minutes` and `spread` are the mean of its handling time and its standard deviation; `left` are the working
    minutes to its next cut-off, `age` those since it was opened.
    """

    key: int
    cost: Decimal
    minutes: float
    spread: float
    left: float
    age: float

    @property
    def rate(self) -> float:
        return float(self.cost) / self.minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """`ahead` is the part of the queue's work that one who is passed over waits for on average.

    `oldest` is the age in working minutes that nothing shall exceed, `day` how many of them a day has.
    """

    people: int
    ahead: float
    oldest: float
    day: float


@dataclass(frozen=True, slots=True)
class Placed:
    """An item in its place: the chance that passing it over misses its cut-off, and whether its age put it there."""

    key: int
    chance: Decimal
    aged: bool


def made(left: float, minutes: float, spread: float) -> float:
    """The chance that something begun now is done in time."""
    if spread <= 0:
        return float(left >= minutes)
    return _normal((left - minutes) / spread)


def missed_by_turn(left: float, minutes: float, spread: float, turn: float) -> float:
    """The chance that waiting for another turn, `turn` minutes long on average, misses what is in time now.

    It is P(H <= left) - P(W + H <= left) with W exponential and H normal: in closed form one term.
    """
    spread = max(spread, 1e-3)
    slack, ratio = left - minutes, spread / turn
    power = ratio * ratio / 2 - slack / turn
    if power > 700:  # beyond what a float holds: the turn is nothing beside the spread
        return 0.0
    return min(made(left, minutes, spread), math.exp(power) * _normal(slack / spread - ratio))


def chance_to_miss(item: Waiting, *, turn: float, day: float) -> float:
    """How many of the next cut-offs passing it over is expected to miss; hardly ever more than one."""
    return sum(
        missed_by_turn(item.left + n * day, item.minutes, item.spread, turn)
        for n in range(COUNTED_CUT_OFFS)
    )


def cost_of_waiting(item: Waiting, *, minutes: float, day: float) -> Decimal:
    """What it is expected to cost when an item is left for so long, in the currency of its cost. Not rounded."""
    chance = sum(
        made(left, item.minutes, item.spread) - made(left - minutes, item.minutes, item.spread)
        for left in (item.left + n * day for n in range(COUNTED_CUT_OFFS))
    )
    return item.cost * _decimal(chance)


def turn_of(items: Sequence[Waiting], terms: Terms) -> float:
    """How many minutes one who is passed over waits on average: a part of the work, at least that of one item."""
    work = sum(item.minutes for item in items)
    return max(terms.ahead * work, work / len(items)) / terms.people


def in_order(items: Iterable[Waiting], terms: Terms, *, count: int) -> list[Placed]:
    """The first `count` items in the order in which they are to be taken."""
    oldest_first = sorted(items, key=lambda item: (-item.age, item.key))
    if not oldest_first:
        return []
    turn = turn_of(oldest_first, terms)
    chances = [chance_to_miss(item, turn=turn, day=terms.day) for item in oldest_first]
    ranks = [
        (item.rate * max(chance, _chance_of_age(item, turn, terms)), -item.left, n)
        for n, (item, chance) in enumerate(zip(oldest_first, chances, strict=True))
    ]
    slacks, waiting = _slacks(oldest_first, terms), list(range(len(oldest_first)))
    dearest = max(item.rate for item in oldest_first)
    scarce = _Scarce(terms.oldest * KEPT, dearest)
    placed: list[Placed] = []
    while waiting and len(placed) < count:
        best = max(waiting, key=ranks.__getitem__)
        chosen = _chosen(waiting, ranks, slacks, oldest_first, terms.people, scarce)
        placed.append(
            Placed(oldest_first[chosen].key, _decimal(chances[chosen]), aged=chosen != best)
        )
        for n in waiting[: waiting.index(chosen)]:  # the older ones begin later for it
            slacks[n] -= oldest_first[chosen].minutes / terms.people
        waiting.remove(chosen)
    return placed


def _chance_of_age(item: Waiting, turn: float, terms: Terms) -> float:
    return missed_by_turn(terms.oldest - item.age, item.minutes, item.spread, turn)


def _slacks(oldest_first: Sequence[Waiting], terms: Terms) -> list[float]:
    """How much later each could begin than oldest first, and be done within the bound, even if it takes long."""
    found, ahead = [], 0.0
    for item in oldest_first:
        done = item.age + ahead / terms.people + item.minutes + item.spread
        found.append(terms.oldest - done)
        ahead += item.minutes
    return found


@dataclass(frozen=True, slots=True)
class _Scarce:
    """The last minutes that may pass older ones by, and what a minute of them is worth."""

    minutes: float
    dearest: float

    def worth(self, rate: float, left: float) -> bool:
        """Whether something of this cost for a minute may leave no more than `left` of them."""
        if left >= self.minutes or not self.dearest:
            return True
        full, least = 1 - max(left, 0.0) / self.minutes, self.dearest / SPAN
        return rate >= math.exp(full * math.log(SPAN * math.e)) * least / math.e


def _chosen(
    waiting: Sequence[int], ranks: Sequence[tuple[float, float, int]], slacks: Sequence[float],
    oldest_first: Sequence[Waiting], people: int, scarce: _Scarce,
) -> int:  # fmt: skip
    """The best that leaves every older one its time and is worth what it takes of it; the oldest always is."""
    chosen, least = waiting[0], math.inf
    for n in waiting:
        left = least - oldest_first[n].minutes / people
        if left >= 0 and ranks[n] > ranks[chosen] and scarce.worth(ranks[n][0], left):
            chosen = n
        least = min(least, slacks[n])
    return chosen


def oldest_in_turn(arrivals: Iterable[tuple[float, float]], *, people: int) -> float:
    """The oldest that anything would have become, had all been taken in the order in which it came.

    `arrivals` are the working minute at which each item came and the minutes that it takes, in that order. What is
    still undone of the work is a matter of who works and not of the order (Lindley's recursion), so
    this is known without anybody having worked in that order.
    """
    oldest = undone = last = 0.0
    for at, minutes in arrivals:
        undone = max(0.0, undone - (at - last) * people) + minutes
        oldest, last = max(oldest, undone / people), at
    return oldest


def _normal(z: float) -> float:
    return math.erfc(-z / math.sqrt(2)) / 2


def _decimal(chance: float) -> Decimal:
    return Decimal(f"{max(chance, 0.0):.6f}")
