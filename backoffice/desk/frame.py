"""What stands around every page: the business date and its state, the legal entity, and what waits.

One statement for all counts, each counted no further than it is shown; read again for a person after
a few seconds at the earliest, because every page shows it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone

from backoffice.access.models import User
from refdata.selectors import visible_entity_ids

COUNTED = 99
FRESH_SECONDS = 3.0
REMEMBERED = 500  # persons; beyond it everything is read anew


@dataclass(frozen=True, slots=True)
class Day:
    """The day the books are open for; without any stored, the calendar's."""

    day: date
    state: str
    name: str = ""
    name_ru: str = ""
    others: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    day: Day
    counts: Mapping[str, int]


# name of the rail's entry, permission that makes it this person's to act, and what waits
WAITING: tuple[tuple[str, str, str], ...] = (
    ("home", "", "SELECT 1 FROM workflow_workitem w WHERE w.closed_at IS NULL AND w.queue = ANY(%(queues)s)"
     " AND (%(entities)s::bigint[] IS NULL OR w.entity_id = ANY(%(entities)s))"),
    ("deals", "deals.confirm_deal",
     "SELECT 1 FROM deals_deal d WHERE d.state = 'CAPTURED' AND d.entity_id = ANY(%(scope)s)"),
    ("deals", "deals.approve_deal",
     "SELECT 1 FROM deals_deal d WHERE d.state = 'PENDING_APPROVAL' AND d.entity_id = ANY(%(scope)s)"
     " AND NOT d.makers @> ARRAY[%(user)s]::bigint[]"),
    ("inbounds", "deals.repair_inbound", "SELECT 1 FROM deals_inbound i WHERE i.state = 'REPAIR'"),
    ("limits", "limits.explain_breach",
     "SELECT 1 FROM limits_breach b JOIN limits_limit l ON l.id = b.limit_id"
     " WHERE b.closed_at IS NULL AND l.entity_id = ANY(%(scope)s)"),
    ("settlements", "settlements.release_settlement",
     "SELECT 1 FROM settlements_settlement s WHERE s.approval = 'PREPARED' AND s.settlement <> 'SETTLED'"
     " AND s.cancellation <> 'AGREED' AND s.entity_id = ANY(%(scope)s)"
     " AND NOT s.makers @> ARRAY[%(user)s]::bigint[]"),
)  # fmt: skip
_DAYS = """
SELECT DISTINCT ON (e.id) e.name, e.name_ru, d.day, d.state
  FROM refdata_entity e LEFT JOIN ledger_businessday d ON d.entity_id = e.id AND d.state NOT IN ('CLOSED', 'SIGNED_OFF')
 WHERE e.id = ANY(%s) ORDER BY e.id, d.day
"""

_known: dict[int, tuple[float, Frame]] = {}


def frame_of(user: User) -> Frame:
    """What stands around the pages of this person, at most FRESH_SECONDS old."""
    now = time.monotonic()
    at, frame = _known.get(user.pk, (0.0, None))
    if frame is None or now - at > FRESH_SECONDS:
        if len(_known) > REMEMBERED:
            _known.clear()
        frame = _read(user)
        _known[user.pk] = (now, frame)
    return frame


def forget_frames() -> None:
    """Read everything anew next time; tests change their database."""
    _known.clear()


def _read(user: User) -> Frame:
    with connection.cursor() as cursor:
        entities = visible_entity_ids(user)
        scope = entities
        if scope is None:
            cursor.execute("SELECT id FROM refdata_entity ORDER BY id")
            scope = [row[0] for row in cursor.fetchall()]
        cursor.execute(_DAYS, [scope])
        day = _day(cursor.fetchall())
        facts = {
            "user": user.pk, "most": COUNTED + 1, "entities": entities, "scope": scope,
            "queues": list(user.groups.values_list("name", flat=True)),
        }  # fmt: skip
        mine = [row for row in WAITING if not row[1] or user.has_perm(row[1])]
        bounded = "(SELECT count(*) FROM ({} LIMIT %(most)s) AS w)"
        parts = [bounded.format(sql) for _, _, sql in mine]
        cursor.execute(f"SELECT {', '.join(parts)}", facts)
        found = cursor.fetchone()
    counts: dict[str, int] = {}
    for (name, _, _), count in zip(mine, found, strict=True):
        counts[name] = counts.get(name, 0) + count
    return Frame(day, counts)


def _day(rows: Sequence[Any]) -> Day:
    if not rows:
        return Day(timezone.localdate(), "OPEN")
    name, name_ru, day, state = rows[0]
    return Day(day or timezone.localdate(), state or "OPEN", name, name_ru, len(rows) - 1)


def written(count: int) -> str:
    """A count as the rail shows it: nothing where nobody must act."""
    return "" if not count else f"{COUNTED}+" if count > COUNTED else str(count)
