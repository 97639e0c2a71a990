"""Links between settlements as a run sees them: who goes only together with whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from django.db import connection

from backoffice.kernel.rows import array
from settlements.state import LinkKind


class Tie(NamedTuple):
    """Two settlements that are linked, the first before the second where the kind has an order."""

    first: int
    second: int
    kind: str


_TIES = """
SELECT l.first_id, l.second_id, l.kind FROM settlements_settlementlink l
 WHERE l.first_id = ANY(%(ids)s) AND l.second_id = ANY(%(ids)s)
   AND NOT EXISTS (SELECT 1 FROM settlements_linkend e WHERE e.link_id = l.id)
 ORDER BY l.id
"""


_SIDES = """
SELECT s.id, p.finality = 'INTERNAL', CASE WHEN s.delivers THEN s.quantity > 0 ELSE s.amount > 0 END
  FROM settlements_settlement s JOIN refdata_place p ON p.id = s.place_id WHERE s.id = ANY(%(ids)s)
"""
# Open settlements linked with one at the place, directly or through others.
_TIED_TO_PLACE = """
WITH RECURSIVE links AS MATERIALIZED (
       SELECT l.first_id, l.second_id
         FROM settlements_settlementlink l
         JOIN settlements_settlement a ON a.id = l.first_id
         JOIN settlements_settlement b ON b.id = l.second_id
        WHERE a.settlement <> 'SETTLED' AND b.settlement <> 'SETTLED'
          AND NOT EXISTS (SELECT 1 FROM settlements_linkend e WHERE e.link_id = l.id)),
     ties AS MATERIALIZED (
       SELECT first_id AS one, second_id AS other FROM links UNION ALL SELECT second_id, first_id FROM links),
     tied(id) AS (
       SELECT t.other FROM ties t JOIN settlements_settlement s ON s.id = t.one WHERE s.place_id = %s
        UNION
       SELECT t.other FROM tied JOIN ties t ON t.one = tied.id)
SELECT id FROM tied ORDER BY id
"""


def tied_to_place(place_id: int) -> list[int]:
    """What is linked with an open settlement at a place, wherever it is: a run of the place looks at it too."""
    with connection.cursor() as cursor:
        cursor.execute(_TIED_TO_PLACE, [place_id])
        return [row[0] for row in cursor.fetchall()]


def ties_between(internal: Mapping[int, bool]) -> list[Tie]:
    """Links between two that the run can settle, or send, together.

    `internal` says of each whether it is in our own books. Who is linked with one that is final, or that
    waits elsewhere, goes alone (decision 0046).
    """
    return [tie for tie in _linked(list(internal)) if internal[tie.first] == internal[tie.second]]


def left_with(left: Collection[int], among: Sequence[int]) -> list[int]:
    """Who does not go while one of `left`, with which it is linked, does not: directly or through others.

    Of outside places only what leaves us: what comes in is no risk, and is asked for all the same. Who waits
    elsewhere (in our own books, or outside of them) is no partner of a run.
    """
    ties = [tie for tie in _linked(among) if tie.kind == LinkKind.WITH] if left else []
    if not ties:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SIDES, {"ids": [id for tie in ties for id in tie[:2]]})
        sides = {id: (internal, gives) for id, internal, gives in cursor.fetchall()}
    needs: dict[int, set[int]] = defaultdict(set)
    for tie in ties:
        for one, other in (tie[:2], tie[1::-1]):
            if sides[one][0] == sides[other][0] and (sides[other][0] or sides[other][1]):
                needs[one].add(other)
    return _reached(left, needs)


def _linked(ids: Sequence[int]) -> list[Tie]:
    with connection.cursor() as cursor:
        cursor.execute(_TIES, {"ids": array(ids)})
        return [Tie(*row) for row in cursor.fetchall()]


def tied_with(ids: Collection[int], *, among: Sequence[int]) -> list[int]:
    """Who of them cannot go on because one of `ids` does not, directly or through others."""
    needs: dict[int, set[int]] = defaultdict(set)
    for tie in _linked(among) if ids else ():
        needs[tie.first].add(tie.second)
        if tie.kind == LinkKind.WITH:
            needs[tie.second].add(tie.first)
    return _reached(ids, needs)


def _reached(ids: Collection[int], needs: Mapping[int, set[int]]) -> list[int]:
    found: set[int] = set()
    waiting = list(ids)
    while waiting:
        more = needs.get(waiting.pop(), set()) - found - set(ids)
        found |= more
        waiting += more
    return sorted(found)
