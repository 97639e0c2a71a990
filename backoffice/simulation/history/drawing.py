"""Drawing a market by its seed: each day's deals with when they settle, and what goes wrong of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from backoffice.simulation.history.worlds import World

MONTH_STARTS = 5  # days of a month on which bills come
ANNOUNCED = (3, 25)  # days before the record date
PAID_AFTER = (5, 15)  # days after it


class Deal(NamedTuple):
    """`due` and `cancelled` number days; a deal that is never cancelled has none. `confirmed`: on its own day."""

    due: int
    cancelled: int | None
    confirmed: bool


class Action(NamedTuple):
    record: int
    payment: int


class Item(NamedTuple):
    """What came to people: minutes after midnight, and how many days and minutes later it was late and done."""

    queue: str
    kind: str
    minute: int
    late_after: int
    done_after: int


@dataclass(slots=True)
class Day:
    """What happened on one business day."""

    date: date
    deals: list[Deal] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)


def draw(world: World, *, seed: int, dates: Sequence[date]) -> list[Day]:
    """The same world, seed and days are the same history. Dates after the last day are only settled on."""
    chance = np.random.default_rng(seed)
    drawn = _Drawn(world, chance, dates)
    mood = 0.0
    for number in range(len(dates)):
        mood = world.persistence * mood + world.mood * float(chance.standard_normal())
        drawn.deal(number, mood)
        drawn.announce(number)
    for number in range(len(dates)):
        drawn.days[number].items += drawn.items_of(number)
    return drawn.days


class _Drawn:
    def __init__(self, world: World, chance: Any, dates: Sequence[date]) -> None:
        self.world, self.chance, self.dates = world, chance, dates
        self.days = [Day(each) for each in dates]
        self.due = [0] * (len(dates) + 1)
        self.records, self.payments = [0] * (len(dates) + 1), [0] * (len(dates) + 1)
        self.breaks = [0] * (len(dates) + 1)

    def deal(self, number: int, mood: float) -> None:
        day, world = self.dates[number], self.world
        usual = (
            world.deals * world.weekdays[day.weekday()] if day.weekday() < 5 else world.deals / 4
        )
        ends = any(self._is_month_end(n) for n in (number, number + 1))
        more = world.month_end if ends else 1.0
        count = int(self.chance.poisson(usual * more * np.exp(mood) * (1 + world.growth) ** number))
        shares = [*world.lags, 1 - sum(world.lags)]
        for lag in self.chance.choice(len(shares), count, p=shares):
            due = number + int(lag) if lag < len(world.lags) else self._fixed_after(number)
            due = min(due, len(self.dates))
            cancelled = None
            if due > number and self.chance.random() < world.cancelled:
                cancelled = int(self.chance.integers(number, due))
            self.days[number].deals.append(Deal(due, cancelled, bool(self.chance.random() < 0.8)))
            self.due[due] += cancelled is None

    def announce(self, number: int) -> None:
        for _ in range(self.chance.poisson(self.world.actions)):
            record = min(number + int(self.chance.integers(*ANNOUNCED)), len(self.dates))
            payment = min(record + int(self.chance.integers(*PAID_AFTER)), len(self.dates))
            self.days[number].actions.append(Action(record, payment))
            self.records[record] += 1
            self.payments[payment] += 1

    def items_of(self, number: int) -> Iterator[Item]:
        """What people found that day: of its deals and those of the day before, of what fell due, and the rest."""
        world, dealt = self.world, len(self.days[number].deals)
        before = len(self.days[number - 1].deals) if number else 0
        fell_due = self.due[number - 1] if number else 0
        broken = self._some(fell_due, world.breaks)
        self.breaks[number] = broken
        earlier = self.breaks[number - 1] if number else 0
        start = self.dates[max(number - MONTH_STARTS, 0)].month != self.dates[number].month
        found = (
            ("clerk", "repair", self._some(dealt, world.repair), 600, 480, 0),
            ("clerk", "confirmation-mismatched", self._some(dealt, world.mismatched / 2), 660, 420, 1),
            ("clerk", "confirmation-mismatched", self._some(before, world.mismatched / 2), 540, 120, 1),
            ("clerk", "unconfirmed", self._some(dealt, world.unconfirmed), 1_140, 1, 1),
            ("clerk", "failing", self._some(self.due[number], world.failing), 1_080, 60, 1),
            ("clerk", "break-open", broken, 510, 60, 2),
            ("checker", "break-remedy", self._some(broken + earlier, world.remedies / 2), 600, 420, 1),
            ("checker", "ssi", int(self.chance.poisson(world.instructions)), 540, 480, 2),
            ("clerk", "election", self._of(self.records[number], world.elections), 540, 60, 3),
            ("accountant", "income-payment", self._of(self.payments[number], world.incomes), 600, 240, 2),
            ("accountant", "feestatement", int(self.chance.poisson(world.bills if start else 0.2)), 540, 480, 5),
            ("manager", "open-points", int(self.chance.poisson(world.night)), 1_200, 30, 1),
        )  # fmt: skip
        for queue, kind, count, first, minutes, late_after in found:
            for _ in range(count):
                minute = first + int(self.chance.integers(minutes))
                done = 5 + int(self.chance.exponential(240))
                yield Item(queue, kind, minute, late_after, done)

    def _some(self, of: int, share: float) -> int:
        """How many of so many go wrong on a day with its own luck."""
        luck = float(np.exp(self.world.luck * self.chance.standard_normal()))
        return int(self.chance.binomial(of, min(share * luck, 1.0)))

    def _of(self, count: int, each: float) -> int:
        return int(self.chance.poisson(count * each))

    def _is_month_end(self, number: int) -> bool:
        last = number + 1 >= len(self.dates)
        return not last and self.dates[number].month != self.dates[number + 1].month

    def _fixed_after(self, number: int) -> int:
        """The next fixed date that is at least two days on."""
        numbers = range(number + 2, len(self.dates))
        return next((n for n in numbers if self._is_fixed(n)), len(self.dates))

    def _is_fixed(self, number: int) -> bool:
        day = self.dates[number]
        if self.world.fixed == "MONTH_END":
            return self._is_month_end(number)
        if self.world.fixed == "FRIDAY":
            return day.weekday() == 4
        return day.weekday() == 2 and 15 <= day.day <= 21
