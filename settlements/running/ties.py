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


def ties_between(internal: Mapping[int, bool]) -> list[Tie]:
    """Links between two that the run can settle, or send, together.

    `internal` says of each whether it is in our own books. Who is linked with one that is final, or that
    waits elsewhere, goes alone (decision 0046).
    """
    return [tie for tie in _linked(list(internal)) if internal[tie.first] == internal[tie.second]]


def _linked(ids: Sequence[int]) -> list[Tie]:
    with connection.cursor() as cursor:
        cursor.execute(_TIES, {"ids": array(ids)})
        return [Tie(*row) for row in cursor.fetchall()]


def tied_with(ids: Collection[int], *, among: Sequence[int]) -> list[int]:
    """Who of them cannot go on because one of `ids` does not, directly or through others."""
    if not ids:
        return []
    needs: dict[int, set[int]] = defaultdict(set)
    for tie in _linked(among):
        needs[tie.first].add(tie.second)
        if tie.kind == LinkKind.WITH:
            needs[tie.second].add(tie.first)
    found: set[int] = set()
    waiting = list(ids)
    while waiting:
        more = needs[waiting.pop()] - found - set(ids)
        found |= more
        waiting += more
    return sorted(found)
