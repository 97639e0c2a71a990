"""The outside part of a run's queue: what goes to its places now, in which order, and what waits. Pure.

Each place is chosen for by itself, with those to which links reach: nothing that one has is another's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from settlements.optimising.effort import Effort
from settlements.optimising.model import Holding, Instruction, Movement, Queue
from settlements.releasing.chances import Owes, chances_today
from settlements.releasing.choosing import choose
from settlements.releasing.knowing import Known
from settlements.releasing.model import Borrow, Outlook, Waits, Why
from settlements.running.at_hand import Candidate
from settlements.running.integers import Counted, units
from settlements.running.objectives import Chosen
from settlements.running.queueing import Look


@dataclass(frozen=True)
class Sending:
    """Rows of the queue in the order in which they go, and why; what waits; what is worth borrowing.

    What goes only because it is the last cycle (LAST) is no part of the plan's value: it is not expected.
    """

    order: tuple[int, ...] = ()
    why: Mapping[int, Why] = field(default_factory=dict)
    waits: Mapping[int, Waits] = field(default_factory=dict)
    borrow: tuple[Borrow, ...] = ()
    last: tuple[str, ...] = ()  # the places whose last cycle of the day this is
    linked: frozenset[int] = frozenset()  # that stand behind another to which they are linked

    def expected(self) -> list[int]:
        return [n for n in self.order if self.why[n] != Why.LAST]

    def shards(self, *, most: int) -> Iterator[list[int]]:
        """The order, cut behind every so many; what is linked stands together and is not cut."""
        shard: list[int] = []
        for n in self.order:
            if len(shard) >= most and n not in self.linked:
                yield shard
                shard = []
            shard.append(n)
        if shard:
            yield shard


def sending_of(
    counted: Counted, look: Look, chosen: Chosen, known: Known, effort: Effort | None = None
) -> Sending:
    """Raises ValueError as `choose` does."""
    queued = look.queued
    row = {each.id: n for n, each in enumerate(queued)}
    number = {place: n for n, place in enumerate(counted.places)}
    order: list[int] = []
    why: dict[int, Why] = {}
    waits: dict[int, Waits] = {}
    borrow: list[Borrow] = []
    for places, rows in _by_places(counted, queued):
        queue = _queue(counted, queued, rows, number)
        found = choose(
            Outlook(
                queue=queue, objective=chosen.objective, coming=_coming(counted, known, number),
                chances=chances_today(_owes(counted, queued, rows), known.history, known.lacked(counted)),
                fees=_no_fees(queue), is_last=places <= known.last,
            ),
            effort,
        )  # fmt: skip
        order += [row[each.id] for each in found.released]
        why |= {row[each.id]: each.why for each in found.released}
        waits |= {row[each.id]: each for each in found.waiting}
        borrow += found.borrow
    together = list(_together(counted, order, row))
    linked = frozenset(n for n, is_first in together if not is_first)
    return Sending(tuple(n for n, _ in together), why, waits, tuple(borrow), linked=linked)


def _by_places(
    counted: Counted, queued: Sequence[Candidate]
) -> Iterator[tuple[frozenset[int], list[int]]]:
    """Rows of outside places that links or a place join, with those places; the first to come first."""
    outside = {each.id: each for each in queued if not each.internal}
    joined = {each.place_id: each.place_id for each in outside.values()}

    def root(place: int) -> int:
        while joined[place] != place:
            place = joined[place]
        return place

    for link in counted.queue.links:
        one, other = outside.get(link.instruction), outside.get(link.linked)
        if one is not None and other is not None:
            joined[root(one.place_id)] = root(other.place_id)
    rows: dict[int, list[int]] = defaultdict(list)
    for n, each in enumerate(queued):
        if not each.internal:
            rows[root(each.place_id)].append(n)
    for found in rows.values():
        yield frozenset(queued[n].place_id for n in found), found


def _queue(
    counted: Counted,
    queued: Sequence[Candidate],
    rows: Sequence[int],
    number: Mapping[tuple[int, int], int],
) -> Queue:
    instructions = tuple(
        _both_ways(counted.queue.instructions[n], queued[n], counted, number) for n in rows
    )
    ids = {each.id for each in instructions}
    links = tuple(link for link in counted.queue.links if {*link[1:]} <= ids)
    return replace(counted.queue, instructions=instructions, links=links)


def _both_ways(
    each: Instruction, candidate: Candidate, counted: Counted, number: Mapping[tuple[int, int], int]
) -> Instruction:
    """With what comes in, which the run's queue leaves out: it counts for the order."""
    where = number[candidate.entity_id, candidate.place_id]

    def ours(asset_id: int) -> Holding:
        return Holding(candidate.owner_id, where, asset_id)

    delivery, payment = each.delivery, each.payment
    if candidate.delivers and candidate.amount:
        amount = units(candidate.amount, counted.decimals[candidate.money_id])
        payment = Movement(None, ours(candidate.money_id), amount)
    elif not candidate.delivers and candidate.quantity:
        quantity = units(candidate.quantity, counted.decimals[candidate.asset_id])
        delivery = Movement(None, ours(candidate.asset_id), quantity)
    # A part is left to the place: what it settles of one that was sent is its own doing.
    return replace(each, delivery=delivery, payment=payment, minimum=None)


def _no_fees(queue: Queue) -> dict[int, int]:
    """What lending costs is known to who borrows: each security is told with what it is worth to have it."""
    sources = {each.delivery.source for each in queue.instructions if each.delivery}
    return {source.asset: 0 for source in sources if source is not None}


def _owes(counted: Counted, queued: Sequence[Candidate], rows: Sequence[int]) -> dict[int, Owes]:
    found = {}
    for n in rows:
        each = queued[n]
        asset_id, amount = (
            (each.money_id, each.amount) if each.delivers else (each.asset_id, each.quantity)
        )
        owed = units(amount, counted.decimals[asset_id])
        found[each.id] = Owes(str(each.counterparty_id), str(asset_id), owed)
    return found


def _coming(
    counted: Counted, known: Known, number: Mapping[tuple[int, int], int]
) -> dict[Holding, int]:
    """What is under way to us, by how likely it comes, in the queue's units."""
    found: dict[Holding, int] = defaultdict(int)
    for spot, quantity in known.coming.items():
        where = number.get((spot.entity_id, spot.place_id))
        if where is not None and spot.asset_id in counted.decimals:
            amount = units(quantity, counted.decimals[spot.asset_id])
            found[Holding(spot.owner_id, where, spot.asset_id)] += amount
    return dict(found)


def _together(
    counted: Counted, order: Sequence[int], row: Mapping[int, int]
) -> Iterator[tuple[int, bool]]:
    """The same order, with linked ones right behind the first of them, which is told apart."""
    linked: dict[int, list[int]] = defaultdict(list)
    for link in counted.queue.links:
        one, other = row[link.instruction], row[link.linked]
        linked[one].append(other)
        linked[other].append(one)
    goes, gone = set(order), set[int]()
    for n in order:
        waiting = [n]
        while waiting:
            first = waiting.pop(0)
            if first not in gone and first in goes:
                gone.add(first)
                yield first, first == n
                waiting += linked[first]
