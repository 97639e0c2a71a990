"""What sources use of their limits, replaced by what they need now: only the difference moves.

A deal that is amended keeps its room and takes, or gives back, what the new terms differ by; a block
that is allocated hands its room to its parts. Nothing of it is free for others in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction

from limits.rules import Allotment, LimitRequest, Need, allot
from limits.services import exceeded, lock_headrooms

_NOTHING = Decimal(0)

_TAKEN = """
SELECT source_id, limit_id, amount FROM limits_reservation
 WHERE source_type = %s AND source_id = ANY(%s) AND state = 'COMMITTED'
"""
_END = """
UPDATE limits_reservation r SET state = 'RELEASED'
  FROM unnest(%s::bigint[], %s::bigint[]) AS g(source_id, limit_id)
 WHERE r.source_type = %s AND (r.source_id, r.limit_id) = (g.source_id, g.limit_id)
   AND r.state = 'COMMITTED'
"""
_PUT = """
INSERT INTO limits_reservation (source_type, source_id, limit_id, amount, state, recorded_at)
SELECT %s, source_id, limit_id, amount, 'COMMITTED', %s
  FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[]) AS g(source_id, limit_id, amount)
ON CONFLICT (source_type, source_id, limit_id) DO UPDATE
   SET amount = excluded.amount, basis = NULL, state = 'COMMITTED', recorded_at = excluded.recorded_at
"""
_MOVE = """
UPDATE limits_limit l
   SET used = l.used + g.delta,
       excess = CASE WHEN g.delta < 0
                     THEN least(l.excess, greatest(0, l.used + g.delta + l.reserved - l.cap - l.override))
                     ELSE l.excess + g.excess END
  FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[]) AS g(id, delta, excess) WHERE l.id = g.id
"""


class Replaced(NamedTuple):
    """What moved under each limit, and what a binding request took beyond it."""

    deltas: Mapping[int, Decimal]
    short: Mapping[int, Decimal]


@transaction.atomic
def replace_needs(
    source_type: str, requests: Mapping[int, LimitRequest], *, at: datetime
) -> Replaced:
    """Bring what these sources use to what their requests need; all of them, or nothing.

    `requests` are by source; one without needs ends what it has. The caller has the sources
    locked. Only what is needed beyond what they have must fit: LimitExceeded where it does not,
    unless every request is binding.
    """
    before = _taken(source_type, requests)
    wanted = {
        (source, need.limit_id): need.amount
        for source, request in requests.items()
        for need in request.needs
    }
    locked = lock_headrooms({limit for _, limit in (*before, *wanted)}, at=at)
    before = _taken(source_type, requests)  # prices may have moved it until the lock
    deltas = dict.fromkeys(sorted(locked), _NOTHING)
    for (_, limit), amount in wanted.items():
        deltas[limit] += amount
    for (_, limit), amount in before.items():
        deltas[limit] -= amount
    rooms = {id: limit.headroom() for id, limit in locked.items()}
    # Of a position what matters is how far it moves from nothing, and not the sign of the difference.
    more = [Need(id, delta) for id, delta in deltas.items() if rooms[id].costs(delta) > 0]
    binding = all(request.binding for request in requests.values())
    allotment = Allotment(granted=True)
    if more:
        (allotment,) = allot(rooms, [LimitRequest(more, binding=binding)])
    if not allotment.granted:
        raise exceeded(allotment, locked)
    _write(source_type, before, wanted, at)
    moved = [(id, delta, rooms[id].excess) for id, delta in deltas.items() if delta]
    if moved:
        with connection.cursor() as cursor:
            cursor.execute(_MOVE, [list(column) for column in zip(*moved, strict=True)])
    return Replaced({id: delta for id, delta, _ in moved}, allotment.short)


def _taken(source_type: str, sources: Mapping[int, object]) -> dict[tuple[int, int], Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, [source_type, sorted(sources)])
        return {(source, limit): amount for source, limit, amount in cursor.fetchall()}


def _write(
    source_type: str, before: Mapping[tuple[int, int], Decimal],
    wanted: Mapping[tuple[int, int], Decimal], at: datetime,
) -> None:  # fmt: skip
    ended = sorted(before.keys() - wanted.keys())
    changed = sorted((*key, amount) for key, amount in wanted.items() if before.get(key) != amount)
    with connection.cursor() as cursor:
        if ended:
            cursor.execute(_END, [*_columns(ended), source_type])
        if changed:
            cursor.execute(_PUT, [source_type, at, *_columns(changed)])


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
