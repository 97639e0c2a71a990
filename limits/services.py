"""Taking room under limits and giving it back, many requests at a time.

Order in every function: lock the limits in ascending id, read their headroom, let the pure rule
decide, write. The database's own check (`limit_not_exceeded`) is the last guard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.rows import array
from limits.models import Hold, Limit, Reservation
from limits.rules import Allotment, Headroom
from limits.state import POSITIONS

HOLD = "hold"  # the source of a reservation made ahead of a deal
MAX_TTL_SECONDS = 3_600


class LimitExceeded(Conflict):
    code = "limit-exceeded"
    title = gettext_noop("It does not fit under a limit")
    detail = gettext_noop("%(limit)s is short of %(short)s %(currency)s.")
    hint = gettext_noop("Deal less, wait for settlements, or ask risk for an override.")


class ReservationGone(Conflict):
    code = "reservation-gone"
    title = gettext_noop("The reservation is no longer held")
    detail = gettext_noop("Reservation %(reference)s was used, released or has expired.")
    hint = gettext_noop("Reserve again.")


class LockedLimit(NamedTuple):
    """A limit as read under its lock."""

    id: int
    currency: str
    available: Decimal
    entity_id: int | None = None
    net: Decimal | None = None  # of a position

    def headroom(self) -> Headroom:
        return Headroom(self.available, net=self.net)


_LOCK = """
SELECT l.id, l.currency, limits_available(l, %s), l.entity_id, limits_net(l)
  FROM limits_limit l WHERE l.id = ANY(%s) ORDER BY l.id FOR UPDATE
"""
_TAKE = """
UPDATE limits_limit l
   SET used = l.used + g.used, reserved = l.reserved + g.reserved, excess = l.excess + g.excess
  FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[])
       AS g(id, used, reserved, excess)
 WHERE l.id = g.id
"""
_CONCERNED = """
SELECT limit_id, bool_or(state = 'HELD') FROM limits_reservation r
 WHERE ({those}) AND r.state IN ('HELD', 'COMMITTED') GROUP BY limit_id ORDER BY limit_id
"""
_GIVE_BACK = """
WITH gone AS (
       UPDATE limits_reservation r SET state = %(state)s
        WHERE ({those}) AND r.state IN ('HELD', 'COMMITTED') AND NOT (r.limit_id = ANY(%(kept)s::bigint[]))
          AND (%(due)s::timestamptz IS NULL OR r.expires_at <= %(due)s)
       RETURNING r.source_type, r.source_id, r.limit_id, r.amount, {was} AS was),
     total AS (
       SELECT limit_id, coalesce(sum(amount) FILTER (WHERE was = 'COMMITTED'), 0) AS used,
              coalesce(sum(amount) FILTER (WHERE was = 'HELD'), 0) AS reserved
         FROM gone GROUP BY limit_id),
     moved AS (
       UPDATE limits_limit l
          SET used = l.used - t.used, reserved = l.reserved - t.reserved,
              excess = least(l.excess, greatest(0, l.used - t.used + l.reserved - t.reserved
                                                   - l.cap - l.override))
         FROM total t WHERE l.id = t.limit_id)
{answer}
"""
_OF_TYPE = "r.source_type = %(type_{0})s AND r.source_id = ANY(%(ids_{0})s)"
_WAS = "(SELECT o.state FROM limits_reservation o WHERE o.id = r.id)"
_ENDED = "SELECT DISTINCT source_type, source_id FROM gone"


def lock_headrooms(limit_ids: Iterable[int], *, at: datetime) -> dict[int, LockedLimit]:
    """Lock limits in ascending id and read what is left under each, overrides in force included."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [at, sorted(set(limit_ids))])
        return {row[0]: LockedLimit(*row) for row in cursor.fetchall()}


def take(headrooms: dict[int, Headroom], *, held: bool) -> None:
    """Write what the rule allotted: one update of all limits that gave something."""
    taken = [(id, room) for id, room in sorted(headrooms.items()) if room.taken]
    if not taken:
        return
    sums = [room.taken for _, room in taken]
    nothing = [Decimal(0)] * len(taken)
    used, reserved = (nothing, sums) if held else (sums, nothing)
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE, [[id for id, _ in taken], used, reserved, [room.excess for _, room in taken]]
        )


def exceeded(allotment: Allotment, locked: dict[int, LockedLimit]) -> LimitExceeded:
    """The refusal that names the limit which is shortest, and by how much."""
    limit_id, short = max(allotment.short.items(), key=lambda item: (item[1], -item[0]))
    return LimitExceeded(
        limit=f"L-{limit_id}", short=f"{short.normalize():f}", currency=locked[limit_id].currency,
        limits=[f"L-{id}" for id in sorted(allotment.short)],
    )  # fmt: skip


@transaction.atomic
def release_hold(*, hold_id: int, actor: User, at: datetime) -> None:
    """Give back what a hold took. Raises ReservationGone when it holds nothing any more."""
    if not Hold.objects.filter(pk=hold_id, created_by=actor).exists():
        raise NotFound(what="reservation", reference=f"H-{hold_id}")
    if not give_back(HOLD, [hold_id], state="RELEASED"):
        raise ReservationGone(reference=f"H-{hold_id}")
    entity_id = _entities_of_holds([hold_id]).get(hold_id)
    event = NewEvent(
        kind="limit.release", subject_type="hold", subject_id=hold_id, entity_id=entity_id
    )
    record_events([event], actor_id=actor.pk, at=at)


def give_back(
    source_type: str, source_ids: Sequence[int], *, state: str, due: datetime | None = None
) -> set[int]:
    """`give_back_all` for sources of one type. Return those that held something: a rival may have
    ended others a moment before.
    """
    ended = _give_back({source_type: source_ids}, state, due, positions_stay=False, answer=_ENDED)
    return {id for _, id in ended}


def give_back_all(
    sources: Mapping[str, Sequence[int]], *, state: str, positions_stay: bool = False
) -> None:
    """End the live reservations of these sources; their limits get exactly their amounts back.

    `sources` are ids by type. All their limits are locked first, in ascending id, which is why
    sources that end together are given here together. What they added to positions may stay: a deal that is
    settled leaves what was bought.
    """
    _give_back(sources, state, None, positions_stay=positions_stay, answer="SELECT 1 WHERE false")


@transaction.atomic
def _give_back(
    sources: Mapping[str, Sequence[int]], state: str, due: datetime | None, *,
    positions_stay: bool, answer: str,
) -> list[tuple[str, int]]:  # fmt: skip
    those, values = _those(sources)
    if not those:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_CONCERNED.format(those=those), values)
        concerned: dict[int, bool] = dict(cursor.fetchall())
        if not concerned:
            return []
        cursor.execute(
            "SELECT 1 FROM limits_limit WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
            [list(concerned)],
        )
        kept = _positions(list(concerned)) if positions_stay else []
        # What is committed never becomes held: where nothing was, each is what it was.
        was = _WAS if any(concerned.values()) else "'COMMITTED'"
        cursor.execute(
            _GIVE_BACK.format(those=those, was=was, answer=answer),
            {"state": state, "due": due, "kept": kept, **values},
        )
        ended: list[tuple[str, int]] = cursor.fetchall()
        return ended


def _those(sources: Mapping[str, Sequence[int]]) -> tuple[str, dict[str, str]]:
    """Reservations of sources as a condition on `r`, type by type: so an index finds few among very many."""
    found: dict[str, str] = {}
    parts = []
    for number, (type, ids) in enumerate((type, ids) for type, ids in sources.items() if ids):
        parts.append(_OF_TYPE.format(number))
        found |= {f"type_{number}": type, f"ids_{number}": array(ids)}
    return " OR ".join(parts), found


def _positions(limit_ids: Sequence[int]) -> list[int]:
    rows = Limit.objects.filter(pk__in=limit_ids, kind__in=POSITIONS)
    return list(rows.values_list("pk", flat=True))


@transaction.atomic
def expire_holds(*, at: datetime, limit_ids: Sequence[int] | None = None) -> bool:
    """End holds whose time has come, of all limits or of some. Return whether there were any."""
    limits = None if limit_ids is None else list(limit_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT source_id FROM limits_reservation WHERE state = 'HELD' AND expires_at <= %s"
            " AND (%s::bigint[] IS NULL OR limit_id = ANY(%s::bigint[])) ORDER BY source_id",
            [at, limits, limits],
        )
        due = [row[0] for row in cursor.fetchall()]
    ended = sorted(give_back(HOLD, due, state="EXPIRED", due=at)) if due else []
    if not ended:
        return False
    entities = _entities_of_holds(ended)
    events = [
        NewEvent(kind="limit.expire", subject_type="hold", subject_id=id, entity_id=entities[id])
        for id in ended
    ]
    record_events(events, actor_id=None, at=at)
    return True


def _entities_of_holds(ids: Sequence[int]) -> dict[int, int]:
    """Whose limits each hold takes: those of one deal are of one entity."""
    rows = Reservation.objects.filter(source_type=HOLD, source_id__in=ids)
    return dict(rows.values_list("source_id", "limit__entity_id"))
