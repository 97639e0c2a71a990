"""`work.order`: what late work costs in our order, beside earliest deadline first and first in, first out. No database.

A month of a back office, played minute by minute: work of seven kinds comes in, most of it when the day begins
and before noon, and on one day in five there is much more of it. A few people take what their discipline names,
and nothing stops while it is handled. At each cut-off that an item misses, its daily penalty is charged; by code that
stands here and knows nothing of how the order is found. The order is told what a back office would know: what an item
costs, when it is due, how long its kind takes on average. How long this one takes only the play knows.

Everyone plays the same months. Seeds are fresh for each run unless BENCH_SEED names the first of them.
"""

from __future__ import annotations

import heapq
import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import numpy as np

from backoffice.workflow.ordering import Terms, Waiting, in_order, oldest_in_turn
from benchmarks.measure import Result, Round, own_peak_rss_mb
from benchmarks.optimise import fresh_seed

BASE = Path(__file__).resolve().parents[1] / "refdata" / "base"
SEEDS, DAYS, DAY = 10, 20, 540
BUSY, CALM = 1.0, 0.8  # of what the people can do, on average
HEAVY, HEAVY_SHARE = 1.8, 0.2  # on which part of the days how much more comes than on average
OLDEST_AGAINST_FIFO = 1.5


class Kind(NamedTuple):
    """`value` is the median of a lognormal and its sigma; `rate` and `fixed` are charged for each missed cut-off."""

    share: float
    value: float
    sigma: float
    rate: float
    fixed: float
    minutes: float
    spread: float  # of the minutes
    cut_offs: tuple[int, ...]  # minutes of the day
    days: int


KINDS = (
    Kind(
        0.20, 8e6, 1.5, 1.0e-4, 0, 18, 0.8, (360, 420), 0
    ),  # shares that are not settled: 1 bp a day
    Kind(0.10, 3e7, 1.3, 2.0e-5, 0, 18, 0.8, (360, 480), 0),  # bonds: 0.2 bp
    Kind(0.25, 5e6, 1.6, 5.0e-5, 0, 8, 0.6, (300, 540), 0),  # confirmations
    Kind(0.08, 6e6, 1.4, 1.0e-4, 0, 25, 0.7, (240, 360), 0),  # missing instructions
    Kind(0.12, 2e6, 1.8, 4.4e-4, 0, 5, 0.5, (420, 480), 0),  # payments: interest at 16 %
    Kind(0.15, 1e6, 1.8, 5.0e-5, 0, 30, 1.0, (540,), 1),  # breaks
    Kind(0.10, 0, 0, 0, 1500, 10, 0.5, (540,), 2),  # documents
)
MEAN_MINUTES = sum(kind.share * kind.minutes for kind in KINDS)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a month; `took` is how long it really takes."""

    number: int
    at: float
    due: float
    penalty: float
    minutes: float
    spread: float
    took: float


class Played(NamedTuple):
    penalties: float
    oldest: float


# From the minute, what waits (first come first) and what was done until then, to the place of the next one.
Discipline = Callable[[float, Sequence[Item]], int]


def month_of(seed: int, *, people: int, load: float, days: int = DAYS) -> list[Item]:
    """What comes in within a month, in the order in which it comes."""
    chance = np.random.default_rng(seed)
    ordinary = (1 - HEAVY_SHARE * HEAVY) / (1 - HEAVY_SHARE)
    found = []
    for day in range(days):
        level = HEAVY if chance.random() < HEAVY_SHARE else ordinary
        count = int(load * people * DAY / MEAN_MINUTES * level * chance.uniform(0.9, 1.1))
        found += [_one(chance, day) for _ in range(count)]
    return [Item(number, *each) for number, each in enumerate(sorted(found))]


def _one(chance: np.random.Generator, day: int) -> tuple[float, ...]:
    when = chance.random()
    if when < 0.3:
        minute = chance.uniform(0, 30)
    elif when < 0.6:
        minute = chance.triangular(120, 210, 300)
    else:
        minute = chance.uniform(0, DAY)
    kind = KINDS[int(chance.choice(len(KINDS), p=[each.share for each in KINDS]))]
    value = kind.value * chance.lognormal(0, kind.sigma)
    due = day + kind.days + int(chance.choice(kind.cut_offs)) / DAY
    at = day + minute / DAY
    due += 1 if due - at < 30 / DAY else 0
    sigma = np.sqrt(np.log(1 + kind.spread**2))
    took = max(1.0, kind.minutes * chance.lognormal(-sigma * sigma / 2, sigma))
    spread = kind.minutes * kind.spread
    return (at * DAY, due * DAY, value * kind.rate + kind.fixed, kind.minutes, spread, took)


def play(items: Sequence[Item], people: int, choose: Discipline) -> Played:
    """Everybody takes the next item when the one before is done, until nothing is left; then the bill."""
    free = [0.0] * people
    waiting: list[Item] = []
    done: dict[int, float] = {}
    coming = 0
    while coming < len(items) or waiting:
        now = heapq.heappop(free)
        if not waiting:
            now = max(now, items[coming].at)
        while coming < len(items) and items[coming].at <= now:
            waiting.append(items[coming])
            coming += 1
        item = waiting.pop(choose(now, waiting))
        done[item.number] = now + item.took
        heapq.heappush(free, now + item.took)
    charged = sum(item.penalty * missed(item.due, done[item.number]) for item in items)
    return Played(charged, max(done[item.number] - item.at for item in items))


def missed(due: float, done: float) -> int:
    """How many cut-offs have passed: its own, and the same minute of each day after it."""
    return 0 if done <= due else 1 + int((done - due) // DAY)


def first_in_first_out(now: float, waiting: Sequence[Item]) -> int:
    return 0


def earliest_deadline(now: float, waiting: Sequence[Item]) -> int:
    return min(range(len(waiting)), key=lambda n: (waiting[n].due, n))


class Ours:
    """The product's order, told what a back office knows; its bound on age is reckoned every quarter of an hour."""

    def __init__(self, people: int, *, ahead: float, oldest: float, at_least: float) -> None:
        self.people, self.ahead, self.factor, self.at_least = people, ahead, oldest, at_least
        self.seen: list[Item] = []
        self.begun: list[tuple[float, Item]] = []
        self.known: dict[int, float] = {}
        self.bound, self.again = 0.0, -1.0

    def __call__(self, now: float, waiting: Sequence[Item]) -> int:
        last = self.seen[-1].number if self.seen else -1
        self.seen += [item for item in waiting if item.number > last]
        if now >= self.again:
            over = [item for done, item in self.begun if done <= now]
            self.begun = [each for each in self.begun if each[0] > now]
            self.known |= {item.number: item.took for item in over}
            work = ((item.at, self.known.get(item.number, item.minutes)) for item in self.seen)
            in_turn = oldest_in_turn(work, people=self.people)
            self.bound, self.again = max(self.at_least, self.factor * in_turn), now + 15
        terms = Terms(people=self.people, ahead=self.ahead, oldest=self.bound, day=DAY)
        told = [self._told(now, n, item) for n, item in enumerate(waiting)]
        chosen = in_order(told, terms, count=1)[0].key
        self.begun.append((now + waiting[chosen].took, waiting[chosen]))
        return chosen

    @staticmethod
    def _told(now: float, n: int, item: Item) -> Waiting:
        left = item.due - now + DAY * missed(item.due, now)
        return Waiting(
            key=n, cost=Decimal(f"{item.penalty:.2f}"), minutes=item.minutes, spread=item.spread,
            left=left or DAY, age=now - item.at,
        )  # fmt: skip


class Compared(NamedTuple):
    """One month, played three ways."""

    ours: Played
    edf: Played
    fifo: Played


def shipped() -> dict[str, str]:
    """The rule `work.order` as the product brings it."""
    rules = json.loads((BASE / "rules.json").read_text(encoding="utf-8"))
    return dict(next(row["value"] for row in rules if row["kind"] == "work.order"))


def compared(seed: int, *, people: int, load: float, days: int = DAYS) -> Compared:
    order = shipped()
    month = month_of(seed, people=people, load=load, days=days)
    ours = Ours(
        people, ahead=float(order["ahead"]), oldest=float(order["oldest"]),
        at_least=float(order["at_least"]),
    )  # fmt: skip
    return Compared(
        play(month, people, ours),
        play(month, people, earliest_deadline),
        play(month, people, first_in_first_out),
    )


def run(sizes: tuple[int, ...]) -> list[Result]:
    """Sizes are how many people work on the queue."""
    seed = fresh_seed()
    return [
        _measure(name, people, load, seed)
        for name, load in (("busy", BUSY), ("calm", CALM))
        for people in sizes
    ]


def _measure(name: str, people: int, load: float, seed: int) -> Result:
    found = [compared(seed + n, people=people, load=load) for n in range(SEEDS)]
    rounds = [Round(each.edf.penalties, each.ours.penalties, each.edf.penalties) for each in found]
    result = Result(
        f"work.order.{name}", people, "penalties", "earliest deadline first",
        [each for each in rounds if each.reference], own_peak_rss_mb(),
    )  # fmt: skip
    ages = [each.ours.oldest / each.fifo.oldest for each in found]
    result.more |= {
        "seed": seed,
        "of_all": _share(sum(r.ours for r in rounds), sum(r.before for r in rounds)),
        "of_fifo": _share(sum(r.ours for r in rounds), sum(e.fifo.penalties for e in found)),
        "lower_by_tenth": sum(r.ours <= 0.9 * r.before for r in rounds),
        "seeds": [[round(r.ours), round(r.before)] for r in rounds],
        "oldest": round(max(ages), 2),
        "oldest_median": round(statistics.median(ages), 2),
        "oldest_of_edf": round(max(e.edf.oldest / e.fifo.oldest for e in found), 2),
        "too_old": sum(age > OLDEST_AGAINST_FIFO for age in ages),
    }
    return result


def _share(part: float, whole: float) -> float:
    return round(part / whole, 3) if whole else 0.0
