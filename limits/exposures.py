"""Bringing what is used of limits to what it should be, as its causes work it out.

A cause (deals, settlements) hands over only what differs. A limit's counters and its reservations
change together, under the limit's lock; what changed meanwhile is left alone and looked at next time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from backoffice.events.services import NewEvent, record_events
from limits.breaches import follow_excess
from limits.state import BreachCause

CHUNK = 5_000
LOOKS = 3  # at what is overtaken between a look and the write
CAUSES = {"result": BreachCause.LOSS}  # of sources that say by themselves what went beyond
NAMED_IN_EVENT = 20  # sources that an event names; the counters say the rest
_NOTHING = Decimal(0)


class Difference(NamedTuple):
    """What one source takes of one limit, and what it should take; None where there is nothing.

    `explained`: prices, rates or a newer limit say why. What nothing explains is an alarm.
    """

    source_id: int
    limit_id: int
    before: Decimal | None
    after: Decimal | None
    basis: str | None
    explained: bool
    day: date | None = None  # the settlement date it belongs to
    goes_with: int | None = None  # of one number under a limit all change, or none


@dataclass(slots=True)
class Recomputed:
    """How many exposures were looked at, how many were changed, how many of those without reason.

    `stale` are the names of stale prices and rates they were worked out with (`P12`, `R7`);
    `overtaken` are the limits under which something changed between the look and the write.
    """

    checked: int = 0
    changed: int = 0
    alarms: int = 0
    stale: set[str] = field(default_factory=set)
    overtaken: set[int] = field(default_factory=set)

    def add(self, other: Recomputed) -> None:
        self.checked += other.checked
        self.changed += other.changed
        self.alarms += other.alarms
        self.stale |= other.stale
        self.overtaken |= other.overtaken


@dataclass(slots=True)
class _Moved:
    """What a chunk changed under one limit, by whether it was explained."""

    sources: dict[bool, list[tuple[str, int]]] = field(
        default_factory=lambda: {True: [], False: []}
    )
    amount: dict[bool, Decimal] = field(default_factory=lambda: {True: _NOTHING, False: _NOTHING})
    cause: BreachCause = BreachCause.PRICE  # unless something else than the market is among it


_LOCK = "SELECT id, excess FROM limits_limit WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
_AS_IT_IS = """
SELECT r.source_type, r.source_id, r.limit_id, r.amount
  FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS g(source_type, source_id, limit_id)
  JOIN limits_reservation r USING (source_type, source_id, limit_id)
 WHERE r.state = 'COMMITTED'
"""
# Only what is still as it was seen: a source that ended, or was valued by a rival, is left alone.
_REPLACE = """
WITH given AS (
       SELECT * FROM unnest(%(sources)s::bigint[], %(limits)s::bigint[], %(before)s::numeric[],
                            %(after)s::numeric[], %(basis)s::text[], %(days)s::date[])
           AS g(source_id, limit_id, before, after, basis, day)),
     changed AS (
       UPDATE limits_reservation r
          SET amount = coalesce(g.after, r.amount), basis = g.basis,
              state = CASE WHEN g.after IS NULL THEN 'RELEASED' ELSE r.state END
         FROM given g
        WHERE r.source_type = %(type)s AND r.source_id = g.source_id AND r.limit_id = g.limit_id
          AND r.state = 'COMMITTED' AND r.amount = g.before
       RETURNING r.source_id, r.limit_id, coalesce(g.after, 0) - g.before AS delta),
     added AS (
       INSERT INTO limits_reservation (source_type, source_id, limit_id, amount, basis, day, state,
                                       recorded_at)
       SELECT %(type)s, source_id, limit_id, after, basis, day, 'COMMITTED', %(at)s
         FROM given WHERE before IS NULL AND after IS NOT NULL
       ON CONFLICT (source_type, source_id, limit_id) DO UPDATE
          SET amount = excluded.amount, basis = excluded.basis, day = excluded.day,
              state = 'COMMITTED'
        WHERE limits_reservation.state <> 'COMMITTED'
       RETURNING source_id, limit_id, amount AS delta)
SELECT * FROM changed UNION ALL SELECT * FROM added
"""
_MOVE = """
UPDATE limits_limit l
   SET used = l.used + g.delta,
       excess = greatest(0, l.used + g.delta + l.reserved - l.cap - l.override)
  FROM unnest(%s::bigint[], %s::numeric[]) AS g(id, delta) WHERE l.id = g.id
RETURNING l.id, l.entity_id, abs(coalesce(limits_net(l), l.used) - g.delta), l.used, l.currency
"""


def replace_exposures(
    source_type: str, differences: Sequence[Difference], *, business_date: date, at: datetime
) -> Recomputed:
    """Bring reservations and `used` to what they should be, in chunks of one transaction each.

    A chunk that committed stays; running again finds nothing of it. What was not explained leaves
    `limit.alarm` on its limit, the rest `limit.revalue`; breaches follow the excess.
    """
    done = Recomputed()
    ordered = sorted(differences)
    for start in range(0, len(ordered), CHUNK):
        part = ordered[start : start + CHUNK]
        done.add(replace_together({source_type: part}, business_date=business_date, at=at))
    return done


def replace_as_seen(
    look: Callable[[], Mapping[str, Sequence[Difference]]], *, business_date: date, at: datetime
) -> Recomputed:
    """`replace_together` of what a look finds; looked at again, LOOKS times in all, where it was overtaken."""
    done = Recomputed()
    for _ in range(LOOKS):
        parts = look()
        if not any(parts.values()):
            break
        found = replace_together(parts, business_date=business_date, at=at)
        done.add(found)
        if not found.overtaken:
            break
    return done


@transaction.atomic
def replace_together(
    parts: Mapping[str, Sequence[Difference]], *, business_date: date, at: datetime
) -> Recomputed:
    """The same for several types of sources in one transaction: each limit moves once, by the sum.

    What `goes_with` others under a limit changes with all of them, or not at all: where one source is
    taken up by another, that one counted for the other and neither must go alone. Such a limit is
    `overtaken` where one of them is not as it was seen.
    """
    before = _locked({each.limit_id for part in parts.values() for each in part})
    overtaken = _overtaken(parts)
    moved: dict[int, _Moved] = {}
    changed = 0
    for source_type, given in parts.items():
        part = [each for each in given if (each.limit_id, each.goes_with) not in overtaken]
        known = {(each.source_id, each.limit_id): each for each in part}
        for source_id, limit_id, delta in _replaced(source_type, part, at):
            difference = known[source_id, limit_id]
            reason = difference.explained
            limit = moved.setdefault(limit_id, _Moved())
            if source_type in CAUSES:
                limit.cause = CAUSES[source_type]
            elif not reason or difference.before is None:
                limit.cause = BreachCause.RECOMPUTE
            limit.sources[reason].append((source_type, source_id))
            limit.amount[reason] += delta
            changed += 1
    _move(moved, before, business_date, at)
    alarms = sum(len(each.sources[False]) for each in moved.values())
    return Recomputed(
        changed=changed, alarms=alarms, overtaken={limit_id for limit_id, _ in overtaken}
    )


def _overtaken(parts: Mapping[str, Sequence[Difference]]) -> set[tuple[int, int | None]]:
    """Limits, and the numbers under them, of which something is not as it was seen; read under the locks."""
    given = {
        (source_type, each.source_id, each.limit_id): each
        for source_type, part in parts.items()
        for each in part
        if each.goes_with is not None
    }
    if not given:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_AS_IT_IS, [list(column) for column in zip(*given, strict=True)])
        now = {(type, source, limit): amount for type, source, limit, amount in cursor.fetchall()}
    return {
        (each.limit_id, each.goes_with)
        for key, each in given.items()
        if now.get(key) != each.before
    }


def _replaced(
    source_type: str, part: Sequence[Difference], at: datetime
) -> list[tuple[int, int, Decimal]]:
    """What changed: source, limit, and by how much."""
    values: dict[str, Any] = {
        "type": source_type, "at": at,
        "sources": [each.source_id for each in part], "limits": [each.limit_id for each in part],
        "before": [each.before for each in part], "after": [each.after for each in part],
        "basis": [each.basis for each in part], "days": [each.day for each in part],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_REPLACE, values)
        rows: list[tuple[int, int, Decimal]] = cursor.fetchall()
    return rows


def _locked(limit_ids: Collection[int]) -> dict[int, Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(limit_ids)])
        return dict(cursor.fetchall())


def _move(
    moved: Mapping[int, _Moved], excess: Mapping[int, Decimal], business_date: date, at: datetime
) -> None:  # fmt: skip
    """Move the counters, last of all; tell of each limit what changed and why."""
    ids = sorted(moved)
    deltas = [sum(moved[id].amount.values(), _NOTHING) for id in ids]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [ids, deltas])
        rows = sorted(cursor.fetchall())
    events = [
        event
        for id, entity_id, before, after, currency in rows
        for event in _events(
            id, entity_id, moved[id],
            {"before": str(before), "after": str(after), "currency": currency,
             "business_date": business_date.isoformat()},
        )
    ]  # fmt: skip
    record_events(events, actor_id=None, at=at)
    for cause in (BreachCause.RECOMPUTE, BreachCause.PRICE, BreachCause.LOSS):
        concerned = {id: excess[id] for id in ids if moved[id].cause == cause}
        if concerned:
            follow_excess(concerned, cause=cause, at=at)


def _events(
    limit_id: int, entity_id: int, moved: _Moved, facts: Mapping[str, Any]
) -> Iterable[NewEvent]:
    for reason, kind in ((True, "limit.revalue"), (False, "limit.alarm")):
        if sources := moved.sources[reason]:
            yield NewEvent(
                kind=kind, subject_type="limit", subject_id=limit_id, entity_id=entity_id,
                facts={
                    **facts, "amount": str(moved.amount[reason]), "count": len(sources),
                    "sources": [f"{type}:{id}" for type, id in sorted(sources)[:NAMED_IN_EVENT]],
                },
            )  # fmt: skip


# Counters and reservations change in the same transactions, so one statement sees them agree.
_SUMS = """
SELECT l.id FROM limits_limit l
  LEFT JOIN (SELECT limit_id, sum(amount) FILTER (WHERE state = 'COMMITTED') AS used,
                    sum(amount) FILTER (WHERE state = 'HELD') AS reserved
               FROM limits_reservation WHERE state IN ('COMMITTED', 'HELD') GROUP BY limit_id) r
    ON r.limit_id = l.id
 WHERE (coalesce(limits_net(l), l.used), l.reserved) <> (coalesce(r.used, 0), coalesce(r.reserved, 0))
 ORDER BY l.id
"""
_MEND = """
UPDATE limits_limit l
   SET used = l.used + n.used - n.was_used, reserved = n.reserved,
       excess = greatest(0, n.used + n.reserved - l.cap - l.override)
  FROM (SELECT m.id, coalesce(limits_net(m), m.used) AS was_used, m.reserved AS was_reserved,
               coalesce(sum(r.amount) FILTER (WHERE r.state = 'COMMITTED'), 0) AS used,
               coalesce(sum(r.amount) FILTER (WHERE r.state = 'HELD'), 0) AS reserved
          FROM limits_limit m LEFT JOIN limits_reservation r ON r.limit_id = m.id
         WHERE m.id = ANY(%s) GROUP BY m.id) n
 WHERE l.id = n.id AND (n.was_used, n.was_reserved) <> (n.used, n.reserved)
RETURNING l.id, l.entity_id, n.was_used, n.used, n.was_reserved, n.reserved
"""


@transaction.atomic
def prove_counters(*, business_date: date, at: datetime) -> Recomputed:
    """Counters that are not the sum of their reservations are mended, each with an alarm."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS)
        wrong = [row[0] for row in cursor.fetchall()]
        if not wrong:
            return Recomputed()
        before = _locked(wrong)
        cursor.execute(_MEND, [wrong])
        rows = sorted(cursor.fetchall())
    events = [
        NewEvent(
            kind="limit.alarm", subject_type="limit", subject_id=id, entity_id=entity_id,
            facts={
                "before": str(was_used), "after": str(used), "reserved_before": str(was_held),
                "reserved_after": str(held), "business_date": business_date.isoformat(),
                "amount": str(used - was_used), "count": 0, "sources": [],
            },
        )
        for id, entity_id, was_used, used, was_held, held in rows
    ]  # fmt: skip
    record_events(events, actor_id=None, at=at)
    follow_excess({row[0]: before[row[0]] for row in rows}, cause=BreachCause.RECOMPUTE, at=at)
    return Recomputed(changed=len(rows), alarms=len(rows))
