"""Wave after wave: by security as long as that is much, then one after the other, rings as one. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Container, Iterator

from settlements.running.sharding.filling import Filled, Filling
from settlements.running.sharding.steps import Steps

MUCH = 8  # a wave by security has at least one in so many of those that are left, and a full shard


class Waves:
    """The steps that are left, and what is at hand for the next wave."""

    def __init__(self, steps: Steps, at_hand: list[int], most: int) -> None:
        self.steps, self.at_hand, self.most = steps, at_hand, most
        self.groups = steps.groups
        self.done = bytearray(len(steps.members))

    def run(self) -> Iterator[list[Filled]]:
        """The shards of each wave.

        Each time that going by security is little again, twice as many waves go one after the other
        before it is tried again: so what is left is looked through a few times only.
        """
        alone = 1
        while self.groups:
            wave = self._by_security()
            rows = sum(shard.rows for shard in wave)
            if rows >= max(self.most, sum(map(self.steps.rows, self.groups)) // MUCH):
                alone = 1
                waves = [wave]
            else:
                waves = [[shard] for shard in _InTurn(self).shards(alone)]
                alone *= 2
                if waves[0][0].rows <= rows:
                    waves = [wave]
            for each in waves:
                self._take(each)
                yield each
            left = ([step for step in group if not self.done[step]] for group in self.groups)
            self.groups = [group for group in left if group]

    def _take(self, wave: list[Filled]) -> None:
        for shard in wave:
            for h, amount in shard.net.items():
                self.at_hand[h] -= amount
            for step in shard.chosen:
                self.done[step] = 1

    def filling(self) -> Filling:
        return Filling(self.steps, self.at_hand.copy(), self.done[:], self.most)

    def _by_security(self) -> list[Filled]:
        filling = self.filling()
        for group in self.groups:
            rest = group
            while rest:
                rows = self.steps.rows(rest)
                is_cut = rows > self.most
                if filling.is_full() or not (is_cut or filling.has_room_for(rows)):
                    filling.close()
                if is_cut or not filling.offer_together(rest):
                    filling.offer(rest)
                if not filling.is_full():
                    break
                rest = [step for step in rest if not filling.done[step]]
        filling.close()
        return filling.closed


class _InTurn:
    """Everything that is left, one after the other; what waits for each other in a ring, is one step."""

    def __init__(self, waves: Waves) -> None:
        self.steps, self.filling = waves.steps, waves.filling()
        self.left = [step for group in waves.groups for step in group]
        self.bringing: dict[int, list[tuple[int, int]]] = {}

    def shards(self, count: int) -> list[Filled]:
        """So many shards at most, each of the wave after the one before."""
        filling, waiting = self.filling, iter(self.left)
        filling.offer(self.left)
        step = next(waiting, None)
        while step is not None and len(filling.closed) < count:
            if filling.is_full():
                filling.go_on()
                filling.offer()
            elif filling.done[step]:
                step = next(waiting, None)
            else:
                self._take_ring(step, count)
        filling.go_on()
        return filling.closed[:count]

    def _take_ring(self, step: int, count: int) -> None:
        ring = self._ring(step)
        if not self.filling.has_room_for(self.steps.rows(ring)):
            self.filling.go_on()
        if len(self.filling.closed) < count:
            self.filling.put_together(ring)

    def _ring(self, step: int) -> list[int]:
        """Steps that are covered together though none is alone; one of them waits for others of them."""
        if not self.bringing:
            self._look_who_brings()
        seen: set[int] = set()
        while step not in seen:
            seen.add(step)
            short = self.filling.short(step)
            if short is None:  # covered alone, but too large for the rest of the shard
                return [step]
            lacking = self.steps.net[step][short] - self.filling.left[short]
            step = self._bringer(short, lacking, ())
        return self._closed_under_need(step)

    def _closed_under_need(self, first: int) -> list[int]:
        left, net, short = (
            self.filling.left,
            dict(self.steps.net[first]),
            list(self.steps.net[first]),
        )
        found = {first: None}
        while short:
            lacking = net[short[-1]] - left[short[-1]]
            if lacking <= 0:
                short.pop()
                continue
            helper = self._bringer(short[-1], lacking, found.keys())
            found[helper] = None
            for h, amount in self.steps.net[helper].items():
                net[h] = net.get(h, 0) + amount
                if amount > 0:
                    short.append(h)
        return list(found)

    def _look_who_brings(self) -> None:
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for step in self.left:
            for h, amount in self.steps.net[step].items() if not self.filling.done[step] else ():
                if amount < 0:
                    found[h].append((-amount, step))
        self.bringing = {h: sorted(those) for h, those in found.items()}

    def _bringer(self, h: int, lacking: int, inside: Container[int]) -> int:
        """Who brings just enough there, or the most. Everything left settles together: somebody does."""
        those = self.bringing[h]
        at = bisect_left(those, (lacking, -1))
        while True:
            at = min(at, len(those) - 1)
            step = those[at][1]
            if not self.filling.done[step] and step not in inside:
                return step
            del those[at]
