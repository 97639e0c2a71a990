"""Shards being filled: who is covered by what is at hand and by what the shard's own members bring. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

from settlements.running.sharding.steps import Net, Steps


@dataclass
class Filled:
    """Steps that settle at once, and what they take from each holding less what they bring."""

    chosen: list[int] = field(default_factory=list)
    net: Net = field(default_factory=dict)
    rows: int = 0


@dataclass
class Filling:
    """One shard after the other. `left` is what is at hand, what the present one's members bring included."""

    steps: Steps
    left: list[int]
    done: bytearray  # by step
    most: int
    closed: list[Filled] = field(default_factory=list)
    now: Filled = field(default_factory=Filled)
    todo: deque[int] = field(default_factory=deque)
    waiting: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    awake: list[int] = field(default_factory=list)  # holdings where something arrived
    deferred: list[int] = field(
        default_factory=list
    )  # too many instructions for the rest of this one

    def is_full(self) -> bool:
        return self.now.rows >= self.most

    def has_room_for(self, rows: int) -> bool:
        """An empty shard takes anything: what can only settle together has to go somewhere."""
        return not self.now.rows or self.now.rows + rows <= self.most

    def offer(self, steps: Iterable[int] = ()) -> None:
        """Take those that are covered, and whoever becomes so by what they bring, until it is full."""
        self.todo.extend(steps)
        while not self.is_full() and (step := self._next()) is not None:
            if self.done[step]:
                continue
            short = self.short(step)
            if short is not None:
                heappush(self.waiting.setdefault(short, []), (self.steps.net[step][short], step))
            elif self.has_room_for(self.steps.sizes[step]):
                self._put(step)
            else:
                self.deferred.append(step)

    def _next(self) -> int | None:
        while self.awake:
            waiting = self.waiting[self.awake[-1]]
            if waiting and waiting[0][0] <= self.left[self.awake[-1]]:
                return heappop(waiting)[1]
            self.awake.pop()
        return self.todo.popleft() if self.todo else None

    def offer_together(self, steps: Sequence[int]) -> bool:
        """Take all of them at once, if they are covered so."""
        taken: Net = {}
        for step in steps:
            for h, amount in self.steps.net[step].items():
                taken[h] = taken.get(h, 0) + amount
        if any(amount > self.left[h] for h, amount in taken.items()):
            return False
        self.put_together(steps)
        return True

    def put_together(self, steps: Iterable[int]) -> None:
        """All of them, who are covered together, and whoever becomes so by what they leave."""
        for step in steps:
            self._put(step)
        self.offer()

    def short(self, step: int) -> int | None:
        left = self.left
        for h, amount in self.steps.net[step].items():
            if amount > left[h]:
                return h
        return None

    def _put(self, step: int) -> None:
        now = self.now
        for h, amount in self.steps.net[step].items():
            self.left[h] -= amount
            now.net[h] = now.net.get(h, 0) + amount
            if amount < 0 and h in self.waiting:
                self.awake.append(h)
        now.chosen.append(step)
        now.rows += self.steps.sizes[step]
        self.done[step] = 1

    def close(self) -> None:
        """Begin another shard of the same wave: what this one brings is not there yet for it."""
        for h, amount in self.now.net.items():
            self.left[h] += min(amount, 0)
        self.todo.clear()
        self.waiting.clear()
        self.awake.clear()
        self._begin()

    def go_on(self) -> None:
        """Begin a shard of the following wave, with what is left to be done."""
        self.todo.extendleft(reversed(self.deferred))
        self._begin()

    def _begin(self) -> None:
        self.deferred.clear()
        if self.now.chosen:
            self.closed.append(self.now)
        self.now = Filled()
