"""Holding room ahead of a deal, for many callers at once: in order, all the limits of each or none.

The limits of a batch are locked in ascending id and written once, however many hold under them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from limits.models import Hold
from limits.rules import Allotment, Headroom, LimitRequest, Need, allot, moved_away
from limits.services import (
    HOLD,
    MAX_TTL_SECONDS,
    LimitExceeded,
    LockedLimit,
    exceeded,
    expire_holds,
    lock_headrooms,
    take,
)

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Asked:
    """Room that somebody wants to hold for so many seconds."""

    needs: Sequence[Need]
    ttl_seconds: int
    actor: User
    at: datetime

    @property
    def expires_at(self) -> datetime:
        return self.at + timedelta(seconds=min(self.ttl_seconds, MAX_TTL_SECONDS))


@dataclass(frozen=True, slots=True)
class Held:
    """A hold that was made, and how much of each limit it holds."""

    hold: Hold
    needs: Sequence[Need]


@transaction.atomic
def reserve_all(asked: Sequence[Asked]) -> list[Held | LimitExceeded]:
    """Hold for each what it asks for, in the order given, or say which limit is short.

    Where something is short, holds that are due are expired and the rule is asked once more for all,
    so that a dead program never blocks the living.
    """
    at = max(each.at for each in asked)
    ids = sorted({need.limit_id for each in asked for need in each.needs})
    locked = lock_headrooms(ids, at=at)
    wanted, allotments = _decided(asked, locked)
    if not all(each.granted for each in allotments) and expire_holds(at=at, limit_ids=ids):
        locked = lock_headrooms(ids, at=at)
        wanted, allotments = _decided(asked, locked)
    granted = [
        (each, needs)
        for each, needs, found in zip(asked, wanted, allotments, strict=True)
        if found.granted
    ]
    held = iter(_written(granted, locked, at))
    return [next(held) if found.granted else exceeded(found, locked) for found in allotments]


def _decided(
    asked: Sequence[Asked], locked: Mapping[int, LockedLimit]
) -> tuple[list[list[Need]], list[Allotment]]:
    """What each would hold: of a position, how far the deal would move it from nothing now.

    It is held as so much, whichever way the position goes meanwhile.
    """
    wanted = [[Need(id, _room(locked[id], more)) for id, more in each.needs] for each in asked]
    rooms = {id: Headroom(limit.available) for id, limit in locked.items()}
    return wanted, allot(rooms, [LimitRequest(needs) for needs in wanted])


def _room(limit: LockedLimit, amount: Decimal) -> Decimal:
    return amount if limit.net is None else max(moved_away(limit.net, amount), _NOTHING)


_RESERVE = """
INSERT INTO limits_reservation (source_type, source_id, limit_id, amount, state, expires_at, recorded_at)
SELECT %s, source_id, limit_id, amount, 'HELD', expires_at, %s
  FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::timestamptz[])
       AS g(source_id, limit_id, amount, expires_at)
"""


def _written(
    granted: Sequence[tuple[Asked, Sequence[Need]]],
    locked: Mapping[int, LockedLimit],
    at: datetime,
) -> list[Held]:
    """The holds with their reservations and events; last of all the counters of the limits."""
    holds = Hold.objects.bulk_create(
        Hold(created_by=each.actor, expires_at=each.expires_at, created_at=each.at)
        for each, _ in granted
    )
    held = [Held(hold, needs) for hold, (_, needs) in zip(holds, granted, strict=True)]
    rows = [
        (hold.pk, id, amount, hold.expires_at)
        for hold, (_, needs) in zip(holds, granted, strict=True)
        for id, amount in needs
    ]
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(_RESERVE, [HOLD, at, *columns])
    _tell(held, locked, at)
    rooms = {id: Headroom(limit.available) for id, limit in locked.items()}
    for each in held:
        for id, amount in each.needs:
            rooms[id].taken += amount
    take(rooms, held=True)
    return held


def _tell(held: Sequence[Held], locked: Mapping[int, LockedLimit], at: datetime) -> None:
    events: dict[int, list[NewEvent]] = defaultdict(list)
    for each in held:
        events[each.hold.created_by_id] += [
            NewEvent(
                kind="limit.reserve", subject_type="limit", subject_id=id,
                entity_id=locked[id].entity_id,
                facts={"source": f"{HOLD}:{each.hold.pk}", "amount": str(amount)},
            )
            for id, amount in each.needs
        ]  # fmt: skip
    for actor_id, rows in events.items():
        record_events(rows, actor_id=actor_id, at=at)
