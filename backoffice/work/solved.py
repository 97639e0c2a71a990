"""How items like one were solved: the step that ended what they were about, by whom, and how long it took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Model

from backoffice.workflow.models import WorkItem
from deals.models import Deal, ReceivedConfirmation
from settlements.models import Settlement

LOOKED_AT = 20  # of each kind, the latest
LOOKED_BACK = 1_000  # things with one counterparty, the latest
# What knows its counterparty, and by which name.
_TABLES: dict[str, tuple[type[Model], str]] = {
    "deal": (Deal, "counterparty_id"), "settlement": (Settlement, "counterparty_id"),
    "confirmation": (ReceivedConfirmation, "sender_id"),
}  # fmt: skip
# The last step of its subject until it was closed: by it the item was done.
_STEP = """
JOIN LATERAL (
  SELECT e.kind AS step, e.actor_id FROM events_event e
   WHERE e.subject_type = c.subject_type AND e.subject_id = c.subject_id AND e.recorded_at <= c.closed_at
   ORDER BY e.tx DESC, e.id DESC LIMIT 1) AS last ON true
"""
_USUALLY = f"""
SELECT DISTINCT ON (kind) kind, step, n, sum(n) OVER (PARTITION BY kind), minutes FROM (
  SELECT k.kind, last.step, count(*) AS n,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM c.closed_at - c.opened_at)) / 60 AS minutes
    FROM unnest(%(kinds)s::text[]) AS k(kind)
    CROSS JOIN LATERAL (
      SELECT w.* FROM workflow_workitem w WHERE w.kind = k.kind AND w.closed_at IS NOT NULL
       ORDER BY w.closed_at DESC LIMIT %(most)s) AS c
    {_STEP}
   GROUP BY 1, 2) AS steps
 ORDER BY kind, n DESC, step
"""  # noqa: S608
_LIKE = f"""
SELECT c.id, c.subject_type, c.subject_id, c.opened_at, c.closed_at, last.step, u.username
  FROM (SELECT w.* FROM workflow_workitem w
         WHERE w.kind = %(kind)s AND w.closed_at IS NOT NULL AND w.id <> %(id)s
           AND (%(ids)s::bigint[] IS NULL OR w.subject_id = ANY(%(ids)s::bigint[]))
         ORDER BY w.closed_at DESC LIMIT %(most)s) AS c
  {_STEP}
  LEFT JOIN access_user u ON u.id = last.actor_id
 ORDER BY c.closed_at DESC
"""  # noqa: S608


class Usually(NamedTuple):
    """What most of the last ones of a kind came to: `times` of `all`, and the median of minutes until then."""

    step: str
    times: int
    all: int
    minutes: float


class Solved(NamedTuple):
    """One that is done."""

    id: int
    subject_type: str
    subject_id: int
    opened_at: datetime
    closed_at: datetime
    step: str
    who: str | None

    @property
    def took(self) -> timedelta:
        return self.closed_at - self.opened_at


def usually(kinds: Sequence[str]) -> dict[str, Usually]:
    """By kind, how its last items were mostly solved; one statement for all."""
    with connection.cursor() as cursor:
        cursor.execute(_USUALLY, {"kinds": sorted(set(kinds)), "most": LOOKED_AT})
        return {
            kind: Usually(step, n, int(all), float(minutes))
            for kind, step, n, all, minutes in cursor.fetchall()
        }


def solved_like(item: WorkItem, *, most: int = 5) -> tuple[list[Solved], bool]:
    """The last ones of its kind with the same counterparty; else of its kind alone, and the second is False."""
    same = _of_same_counterparty(item)
    if same and (found := _like(item, same, most)):
        return found, True
    return _like(item, None, most), False


def _of_same_counterparty(item: WorkItem) -> list[int]:
    """What else of the same kind of thing is with the counterparty that this one is with, the latest."""
    if item.subject_type not in _TABLES:
        return []
    table, name = _TABLES[item.subject_type]
    party = table._default_manager.filter(pk=item.subject_id).values(name)[:1]
    rows = table._default_manager.filter(**{name: party}).order_by("-pk")
    return list(rows.values_list("pk", flat=True)[:LOOKED_BACK])


def _like(item: WorkItem, ids: list[int] | None, most: int) -> list[Solved]:
    facts: dict[str, Any] = {"kind": item.kind, "id": item.pk, "ids": ids, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(_LIKE, facts)
        return [Solved(*row) for row in cursor.fetchall()]
