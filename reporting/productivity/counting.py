"""What was done, by whom, how well: items that are over, counted in one statement as known at a moment.

An item is done when it is closed, on that day by the firm's clock. It is whoever's hands it was in; of what nobody had
taken, theirs who took the last step of what it is about. What ended by itself is nobody's and not counted. Its age is
from being opened to being done, its handling as `backoffice.workflow.workload.handled` measures it. It is reopened if
within so many business days an item of its kind about the same thing is opened, or an event of
`reporting.productivity.undoing` says that it was undone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from backoffice.events.selectors import KnownAt
from backoffice.kernel.business_days import ONE_DAY
from backoffice.workflow.workload.handled import HANDLED, facts_of
from refdata.as_known import reference_as_known
from refdata.firm_days import FIRM_ZONE
from reporting.productivity.kinds import PRODUCTIVITY, Counting
from reporting.productivity.undoing import UNDOES

MOST_ITEMS = 200  # that are shown one by one

# `measured`: an item each, with its day, week, person, age and handling in seconds, and what undid it.
MEASURED = f"""
WITH done AS (
  SELECT w.id, w.kind, w.queue, w.subject_type, w.subject_id, w.entity_id, w.opened_at, w.closed_at, w.due_at,
         d.day, (%(again_until)s::timestamptz[])[d.day - %(first)s::date + 1] AS again_until,
         coalesce(w.closed_by_id, w.owner_id, last.actor_id) AS person
    FROM workflow_workitem w
   CROSS JOIN LATERAL (SELECT (w.closed_at AT TIME ZONE %(zone)s)::date AS day) d
    LEFT JOIN LATERAL (
         SELECT e.actor_id FROM events_event e
          WHERE w.closed_by_id IS NULL AND w.owner_id IS NULL AND e.subject_type = w.subject_type
            AND e.subject_id = w.subject_id AND e.tx < %(horizon)s AND e.recorded_at <= w.closed_at
          ORDER BY e.tx DESC, e.id DESC LIMIT 1) last ON true
   WHERE w.closed_at >= %(since)s AND w.closed_at < %(until)s AND coalesce(w.closed_tx, 0) < %(horizon)s
     AND (%(entities)s::bigint[] IS NULL OR w.entity_id = ANY(%(entities)s::bigint[]))
     AND (%(kind)s = '' OR w.kind = %(kind)s)),
{HANDLED},
undone AS MATERIALIZED (
  SELECT DISTINCT ON (id) id, what FROM (
    SELECT d.id, '' AS what, w.opened_at AS at
      FROM done d JOIN workflow_workitem w USING (kind, subject_type, subject_id)
     WHERE w.id <> d.id AND w.opened_at >= d.closed_at AND w.opened_at < d.again_until AND w.recorded_tx < %(horizon)s
       AND w.opened_at >= %(since)s AND w.opened_at < %(latest)s
    UNION ALL
    SELECT d.id, e.kind, e.recorded_at
      FROM done d
      JOIN unnest(%(undone_kinds)s::text[], %(undoing)s::text[]) AS u(kind, event) ON u.kind = d.kind
      JOIN events_event e ON e.subject_type = d.subject_type AND e.subject_id = d.subject_id AND e.kind = u.event
     WHERE e.recorded_at > d.closed_at AND e.recorded_at < d.again_until AND e.tx < %(horizon)s) AS found
   ORDER BY id, at, what DESC),
measured AS (
  SELECT d.*, date_trunc('week', d.day)::date AS week, h.seconds, u.id IS NOT NULL AS undone, u.what,
         extract(epoch FROM d.closed_at - d.opened_at)::float8 AS age
    FROM done d LEFT JOIN handled h USING (id) LEFT JOIN undone u USING (id)
   WHERE d.person IS NOT NULL AND (%(person)s::bigint IS NULL OR d.person = %(person)s))
"""  # noqa: S608
# Every line has these, whatever it is a line of; a handling time only of so many.
COUNTS = """
count(DISTINCT person), count(*), count(*) FILTER (WHERE undone),
count(due_at), count(*) FILTER (WHERE closed_at <= due_at),
percentile_cont(0.5) WITHIN GROUP (ORDER BY age), max(age), count(seconds),
CASE WHEN count(seconds) >= %(least_items)s THEN percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) END
"""
_OF_PERSON = f"""{MEASURED}
SELECT '', kind, day, {COUNTS}
  FROM measured GROUP BY GROUPING SETS ((kind), (day), ())
 ORDER BY grouping(kind, day), day, count(*) DESC, kind
"""  # noqa: S608
# Kinds that too few people did in a week stand together as one without a name; where these are still too few, nowhere.
# It is judged by entity and week, so that no difference of two answers tells of fewer.
_KEPT = """
, people AS MATERIALIZED (
  SELECT queue, kind, week, coalesce(entity_id, 0) AS entity, count(DISTINCT person) AS n
    FROM measured GROUP BY 1, 2, 3, 4),
named AS (
  SELECT m.*, p.entity, CASE WHEN p.n >= %(least_people)s THEN m.kind ELSE '' END AS shown
    FROM measured m
    JOIN people p ON (p.queue, p.kind, p.week, p.entity) = (m.queue, m.kind, m.week, coalesce(m.entity_id, 0))),
others AS MATERIALIZED (
  SELECT queue, week, entity, count(DISTINCT person) AS n FROM named WHERE shown = '' GROUP BY 1, 2, 3),
kept AS (
  SELECT n.* FROM named n LEFT JOIN others o USING (queue, week, entity)
   WHERE n.shown <> '' OR o.n >= %(least_people)s)
"""
KEPT = f"{MEASURED}{_KEPT}"
_OF_TEAMS = f"""{KEPT}
SELECT queue, shown, week, {COUNTS}
  FROM kept GROUP BY GROUPING SETS ((queue, shown), (queue, week), (queue))
 ORDER BY queue, grouping(shown, week), week, shown = '', count(*) DESC, shown
"""  # noqa: S608
_ITEMS = f"""{MEASURED}
SELECT id, kind, subject_type, subject_id, closed_at, age, due_at IS NULL OR closed_at <= due_at, seconds, undone,
       coalesce(what, '')
  FROM measured ORDER BY closed_at DESC, id DESC LIMIT %(most)s
"""  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which items: done from the first day to the last, both included; of all kinds and people where none is said."""

    first: date
    last: date
    kind: str = ""
    person: int | None = None
    entity_ids: Sequence[int] | None = None


class Line(NamedTuple):
    """Items together: of a kind, of a day (of teams: a week), of all; ages and handling are medians, in seconds.

    `due` had a deadline and `inside` of them were done by it. Of too few `handling` is not told.
    """

    queue: str
    kind: str | None
    day: date | None
    people: int
    done: int
    reopened: int
    due: int
    inside: int
    age: float
    oldest: float
    handled: int
    handling: float | None

    @property
    def quality(self) -> Decimal:
        """The share that was not done anew."""
        return 1 - Decimal(self.reopened) / self.done

    @property
    def in_time(self) -> Decimal | None:
        """The share of what had a deadline; None: nothing had."""
        return Decimal(self.inside) / self.due if self.due else None


class Counted(NamedTuple):
    """One item: `what` undid it, an event; empty: an item like it was opened again."""

    id: int
    kind: str
    subject_type: str
    subject_id: int
    closed_at: datetime
    age: float
    in_time: bool
    seconds: float | None
    reopened: bool
    what: str


@dataclass(frozen=True, slots=True)
class Productivity:
    """Lines of kinds, of days or weeks, and of all; of a person, or of one team."""

    kinds: Sequence[Line]
    days: Sequence[Line]
    whole: Line | None


def of_person(asked: Asked, *, known: KnownAt) -> Productivity:
    """What one person did, by kind and by day. One statement."""
    lines = _lines(_OF_PERSON, asked, known)
    return _together(lines)


def of_teams(asked: Asked, *, known: KnownAt) -> Mapping[str, Productivity]:
    """What teams did, by kind and week, without names, of not too few people. One statement."""
    lines = _lines(_OF_TEAMS, asked, known)
    return {
        queue: _together([each for each in lines if each.queue == queue])
        for queue in dict.fromkeys(each.queue for each in lines)
    }


def items_of(asked: Asked, *, known: KnownAt, most: int = MOST_ITEMS) -> list[Counted]:
    """The items that `of_person` counts, the latest first."""
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, facts(asked, known) | {"most": most})
        return [Counted(*row) for row in cursor.fetchall()]


def _lines(sql: str, asked: Asked, known: KnownAt) -> list[Line]:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts(asked, known))
        return [Line(*row) for row in cursor.fetchall() if row[4]]


def _together(lines: Sequence[Line]) -> Productivity:
    return Productivity(
        [each for each in lines if each.day is None and each.kind is not None],
        [each for each in lines if each.day is not None],
        next((each for each in lines if each.day is None and each.kind is None), None),
    )


def rule_of(day: date, known: KnownAt) -> Counting:
    """The rule by which a period is counted: that of its last day. Raises NoRuleInForce."""
    return reference_as_known(known.horizon).rules.in_force(PRODUCTIVITY, day)


def facts(asked: Asked, known: KnownAt) -> dict[str, Any]:
    """What the statements are told; all of it follows from what is asked and known."""
    rule = rule_of(asked.last, known)
    calendar = reference_as_known(known.horizon).calendars[rule.calendar]
    days = [asked.first + ONE_DAY * n for n in range((asked.last - asked.first).days + 1)]
    again_until = [begin_of(calendar.add(day, rule.again_days) + ONE_DAY) for day in days]
    undoing = [(kind, event) for kind, events in UNDOES.items() for event in events]
    return facts_of(known, FIRM_ZONE.key) | {
        "first": asked.first, "since": begin_of(asked.first), "until": begin_of(asked.last + ONE_DAY),
        "again_until": again_until, "latest": again_until[-1],
        "undone_kinds": [kind for kind, _ in undoing], "undoing": [event for _, event in undoing],
        "kind": asked.kind, "person": asked.person,
        "entities": None if asked.entity_ids is None else list(asked.entity_ids),
        "least_items": rule.least_items, "least_people": rule.least_people,
    }  # fmt: skip


def begin_of(day: date) -> datetime:
    """Midnight by the firm's clock."""
    return datetime.combine(day, time(), tzinfo=FIRM_ZONE)


def week_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())
