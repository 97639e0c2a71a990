"""Taking room for what is about to become irrevocable: those that fit take it, the others learn why.

The limits of all requests are locked in ascending id, then the pure rule decides in the order given.
What a source has already stays as it is; it goes on only while its limits are not exceeded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from limits.models import Limit
from limits.rules import Allotment, Headroom, LimitRequest, Need, allot
from limits.services import LimitExceeded, lock_headrooms, take

_NOTHING = Decimal(0)


class Wanted(NamedTuple):
    """What one source takes of one limit, worked out with `basis`, for a settlement date."""

    source_id: int
    limit_id: int
    amount: Decimal
    basis: str
    day: date


_AVAILABLE = "SELECT l.id, limits_available(l, %s) FROM limits_limit l WHERE l.id = ANY(%s)"
_THERE = """
SELECT source_id, limit_id FROM limits_reservation
 WHERE source_type = %s AND source_id = ANY(%s) AND state = 'COMMITTED'
"""
_PUT = """
INSERT INTO limits_reservation (source_type, source_id, limit_id, amount, basis, day, state, recorded_at)
SELECT %s, source_id, limit_id, amount, basis, day, 'COMMITTED', %s
  FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::text[], %s::date[])
       AS g(source_id, limit_id, amount, basis, day)
ON CONFLICT (source_type, source_id, limit_id) DO UPDATE
   SET amount = excluded.amount, basis = excluded.basis, day = excluded.day, state = 'COMMITTED'
 WHERE limits_reservation.state <> 'COMMITTED'
"""


Requests = Mapping[int, Sequence[Wanted]]


class _Decided(NamedTuple):
    """What became of one request; `request` is what it needs beyond what is there."""

    key: int
    row: Sequence[Wanted]
    request: LimitRequest
    allotment: Allotment


@transaction.atomic
def take_exposures(
    source_type: str, requests: Requests, *, at: datetime
) -> dict[int, LimitExceeded]:
    """Take what each request wants, all of it or nothing; return the refused ones and why.

    `requests` are keyed by whatever the caller decides about together, and are decided in its order.
    """
    wanted = [each for row in requests.values() for each in row]
    locked = lock_headrooms((each.limit_id for each in wanted), at=at)
    there = _there(source_type, [each.source_id for each in wanted])
    rooms = {id: Headroom(limit.available) for id, limit in locked.items()}
    decided = _decided(requests, rooms, there)
    granted = [
        each
        for one in decided
        if one.allotment.granted
        for each in one.row
        if (each.source_id, each.limit_id) not in there
    ]
    if granted:
        with connection.cursor() as cursor:
            columns = [list(column) for column in zip(*granted, strict=True)]
            cursor.execute(_PUT, [source_type, at, *columns])
    take(rooms, held=False)
    return _refused(decided, rooms)


def would_exceed(source_type: str, requests: Requests, *, at: datetime) -> dict[int, LimitExceeded]:
    """Which requests there would be no room for just now; nothing is locked and nothing taken."""
    wanted = [each for row in requests.values() for each in row]
    with connection.cursor() as cursor:
        cursor.execute(_AVAILABLE, [at, [each.limit_id for each in wanted]])
        rooms = {id: Headroom(available) for id, available in cursor.fetchall()}
    there = _there(source_type, [each.source_id for each in wanted])
    return _refused(_decided(requests, rooms, there), rooms)


def _decided(
    requests: Requests, rooms: dict[int, Headroom], there: set[tuple[int, int]]
) -> list[_Decided]:
    asked = [LimitRequest(_needs(row, there)) for row in requests.values()]
    found = zip(requests.items(), asked, allot(rooms, asked), strict=True)
    return [_Decided(key, row, request, allotment) for (key, row), request, allotment in found]


def _there(source_type: str, ids: Sequence[int]) -> set[tuple[int, int]]:
    """Read after the limits are locked: nothing else changes what counts under them."""
    with connection.cursor() as cursor:
        cursor.execute(_THERE, [source_type, list(ids)])
        return set(cursor.fetchall())


def _needs(row: Sequence[Wanted], there: set[tuple[int, int]]) -> list[Need]:
    """Nothing more for what is there: that still asks whether the limit is exceeded."""
    sums: dict[int, Decimal] = {}
    for each in row:
        amount = _NOTHING if (each.source_id, each.limit_id) in there else each.amount
        sums[each.limit_id] = sums.get(each.limit_id, _NOTHING) + amount
    return [Need(limit_id, amount) for limit_id, amount in sums.items()]


def _refused(
    decided: Sequence[_Decided], rooms: Mapping[int, Headroom]
) -> dict[int, LimitExceeded]:
    short = [each for each in decided if not each.allotment.granted]
    limits = Limit.objects.in_bulk({id for each in short for id in each.allotment.short})
    refused = {}
    for key, row, request, found in short:
        limit = limits[max(found.short)]
        more = dict(request.needs)[limit.pk]
        amounts = {
            "cap": limit.cap, "used": limit.used, "short": more - rooms[limit.pk].available,
            "needed": sum((each.amount for each in row if each.limit_id == limit.pk), _NOTHING),
        }  # fmt: skip
        facts: dict[str, Any] = {
            "limit": f"L-{limit.pk}", "currency": limit.currency,
            "limits": [f"L-{id}" for id in sorted(found.short)],
            **{name: f"{amount.normalize():f}" for name, amount in amounts.items()},
        }  # fmt: skip
        refused[key] = LimitExceeded(**facts)
    return refused
