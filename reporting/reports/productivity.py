"""Productivity of teams: what each did of which kind in which week, how old and how well, without names.

It tells of no person, so that it may be stored and given on; kinds that too few people did stand together without
a name, or nowhere (`reporting.productivity.counting`). A person's own sheet is a page, seen by that person first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.access.roles import ROLES
from reporting.productivity.counting import COUNTS, KEPT, Asked, facts, week_of
from reporting.reports.base import Column, Known, Parameter, Query, Report, read

# Seconds in minutes, with a tenth.
_ROWS = f"""
SELECT e.code, c.week, c.queue, nullif(c.shown, ''), c.people, c.done, c.reopened,
       round(1 - c.reopened::numeric / c.done, 4), c.due, c.inside, round((c.age / 60)::numeric, 1),
       round((c.oldest / 60)::numeric, 1), c.handled, round((c.handling / 60)::numeric, 1)
  FROM ({KEPT} SELECT entity, week, queue, shown, {COUNTS} FROM kept GROUP BY 1, 2, 3, 4)
       AS c(entity, week, queue, shown, people, done, reopened, due, inside, age, oldest, handled, handling)
  LEFT JOIN refdata_entity e ON e.id = c.entity
 ORDER BY e.code NULLS LAST, c.week, c.queue, c.shown = '', c.shown
"""  # noqa: S608


def _rows(parameters: Mapping[str, Any], known: Known) -> Query:
    first, last = _weeks(parameters["done_from"], parameters["done_until"])
    asked = Asked(first=first, last=last, entity_ids=known.entity_ids)
    return read(_ROWS, facts(asked, known.mark))


def _weeks(first: date, last: date) -> tuple[date, date]:
    """Whole weeks: what is told of fewer people than enough does not come out by asking for a day less."""
    return week_of(first), week_of(last) + timedelta(days=6)


REPORT = Report(
    name="productivity",
    title=_("Productivity of teams"),
    purpose=_(
        "What teams got done by week and kind: how much of it anew, how old, how much in time, how long in hand. "
        "Without names, and of no fewer people than the rule says."
    ),
    parameters=(
        Parameter("done_from", _("Weeks from")),
        Parameter("done_until", _("Weeks until")),
    ),
    columns=(
        Column("entity", _("Entity")),
        Column("week", _("Week of"), "date"),
        Column("queue", _("Team"), labels={name: name for name in ROLES}),
        Column("kind", _("What")),
        Column("people", _("People"), "count"),
        Column("done", _("Done"), "count"),
        Column("reopened", _("Reopened"), "count"),
        Column("quality", _("Quality"), "quantity"),
        Column("due", _("With a deadline"), "count"),
        Column("inside", _("In time"), "count"),
        Column("age", _("Age when done, minutes"), "quantity"),
        Column("oldest", _("Oldest, minutes"), "quantity"),
        Column("handled", _("Measured"), "count", printed=False),
        Column("handling", _("In hand, minutes"), "quantity"),
    ),
    rows=_rows,
    needs="workflow.view_productivity",
)
