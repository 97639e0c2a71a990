"""What a settlement waits for and what waits for it: its links, and theirs, as a small graph."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import NamedTuple

from django.db import connection
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

MOST = 12  # settlements that a graph shows
FAR = 3  # links from the settlement it is about
READ = 200  # links of a step: a settlement with more is not drawn whole


class Because(TextChoices):
    """Why one settlement waits for another."""

    WITH = "WITH", _("together")
    BEFORE = "BEFORE", _("after it")
    BRINGS = "BRINGS", _("lacks what it brings")


class Lack(NamedTuple):
    """Of what something is lacking, by the codes of owner, place and asset."""

    owner: str
    place: str
    asset: str


class Edge(NamedTuple):
    """One settlement waits for another."""

    waiting: int
    awaited: int
    because: Because
    lack: Lack | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """A graph around a settlement, in an order in which who waits stands above whom it waits for."""

    middle: int
    order: Sequence[int]
    edges: Sequence[Edge]
    is_whole: bool


_LINKS = """
SELECT l.first_id, l.second_id, l.kind FROM settlements_settlementlink l
 WHERE (l.first_id = ANY(%(ids)s) OR l.second_id = ANY(%(ids)s))
   AND NOT EXISTS (SELECT 1 FROM settlements_linkend e WHERE e.link_id = l.id)
 ORDER BY l.id LIMIT %(most)s
"""


def links_around(settlement_id: int) -> tuple[list[Edge], bool]:
    """The links in force within FAR steps of a settlement, and whether these are all."""
    edges: dict[Edge, None] = {}
    known, last = {settlement_id}, [settlement_id]
    for _step in range(FAR):
        with connection.cursor() as cursor:
            cursor.execute(_LINKS, {"ids": last, "most": READ})
            rows = cursor.fetchall()
        edges |= dict.fromkeys(Edge(second, first, Because(kind)) for first, second, kind in rows)
        last = sorted({id for first, second, _kind in rows for id in (first, second)} - known)
        known |= set(last)
        if len(rows) == READ:
            return list(edges), False
        if not last:
            return list(edges), True
    return list(edges), False


def laid_out(middle: int, edges: Iterable[Edge], *, is_whole: bool = True) -> Around:
    """The graph in order: who waits for it, the furthest first, then it, then whom it waits for.

    Of those that go together each waits for the other; they stand below. Where there are more than MOST
    those nearest are kept.
    """
    edges = list(dict.fromkeys(edges))
    downwards = [(e.waiting, e.awaited) for e in edges]
    upwards = [(e.awaited, e.waiting) for e in edges]
    together = [e.because == Because.WITH for e in edges]
    down = _steps_from(middle, [*downwards, *compress(upwards, together)])
    up = _steps_from(middle, [*upwards, *compress(downwards, together)])
    above = {id: far for id, far in up.items() if id not in down}
    near = sorted([*down.items(), *above.items()], key=lambda each: (each[1], each[0]))
    kept = {id for id, _far in near[:MOST]}
    order = sorted(kept & above.keys(), key=lambda id: (-above[id], id))
    order += sorted(kept & down.keys(), key=lambda id: (down[id], id))
    shown = [e for e in edges if e.waiting in kept and e.awaited in kept]
    return Around(middle, order, shown, is_whole and len(shown) == len(edges))


def _steps_from(start: int, steps: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Who is reached from one along the steps, and in how many of them."""
    following: dict[int, list[int]] = {}
    for one, other in steps:
        following.setdefault(one, []).append(other)
    found, waiting = {start: 0}, deque([start])
    while waiting:
        each = waiting.popleft()
        for one in following.get(each, ()):
            if one not in found:
                found[one] = found[each] + 1
                waiting.append(one)
    return found
