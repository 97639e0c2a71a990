"""The only code that moves a state: one statement for a set of rows, one event for each moved.

The statement locks the rows in ascending id, moves those that stand in a legal source state (and
were not made by the actor, where other eyes are due) and writes their events. What it leaves is
refused in Python, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.models import Field

from backoffice.access.models import User
from backoffice.events.services import nudge_after_commit
from backoffice.kernel.errors import Broken, Conflict, NotFound, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.lifecycle import Lifecycle, OtherEyesRequired, Transition
from backoffice.kernel.rows import array
from backoffice.workflow.models import StatefulModel


class NothingMoves(Conflict):
    code = "nothing-moves"
    title = gettext_noop("Nothing can be done with it any more")
    detail = gettext_noop("Cannot %(action)s a %(subject)s that was cancelled.")
    hint = gettext_noop("Look at what took its place.")


@dataclass(frozen=True, slots=True)
class Step:
    """One row to move: why, what else the event should say, and columns to set beside the state."""

    id: int
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of each row: moved, or refused with the reason."""

    done: list[int] = field(default_factory=list)
    refused: dict[int, Refusal] = field(default_factory=dict)

    def refusing(self, more: Mapping[int, Refusal]) -> Outcome:
        return Outcome(self.done, {**self.refused, **more})

    def raise_single(self) -> None:
        """For a set of one: raise its refusal, if it was refused."""
        for refusal in self.refused.values():
            raise refusal


def each_by_itself(ids: Collection[int], take: Callable[[int], object]) -> Outcome:
    """Decide about a handful one after the other, in ascending id, each in a savepoint of its own.

    What `take` raises refuses that one, and undoes what was done for it and nothing else.
    """
    outcome = Outcome()
    for id in sorted(set(ids)):
        try:
            with transaction.atomic():
                take(id)
            outcome.done.append(id)
        except Refusal as refusal:
            outcome.refused[id] = refusal
    return outcome


def lifecycle_with(model: type[StatefulModel], name: str) -> Lifecycle:
    for lifecycle in model.lifecycles:
        if name in lifecycle.transitions:
            return lifecycle
    raise Broken(f"{model.__name__} declares no transition {name}")


@transaction.atomic
def advance(
    model: type[StatefulModel],
    name: str,
    steps: Sequence[Step],
    *,
    actor: User | None,
    at: datetime,
) -> Outcome:
    """Move the rows of `steps` by the transition `name`; refuse the others, each with its reason.

    `actor` is None when a rule or a worker acts: never a maker, and never other eyes.
    All steps set the same columns. Takes row locks in ascending id.
    """
    if not steps:
        return Outcome()
    lifecycle = lifecycle_with(model, name)
    transition = lifecycle.transitions[name]
    names = tuple(sorted(steps[0].columns))
    said = _said(steps, names)
    shared = frozenset(what for what, values in said.items() if _all_same(values))
    values: dict[str, Any] = {
        "ids": array([step.id for step in steps]),
        "sources": list(transition.sources),
        "target": transition.target,
        "actor": actor.pk if actor else None,
        "at": at,
        "kind": f"{lifecycle.subject}.{name}",
        "subject": lifecycle.subject,
    } | {what: _as_array(each[:1] if what in shared else each) for what, each in said.items()}
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, name, names, shared), values)
        rows = cursor.fetchall()
    nudge_after_commit()
    return _outcome(lifecycle, transition, steps, rows)


def _said(steps: Sequence[Step], names: Sequence[str]) -> dict[str, list[Any]]:
    """What each row is to be told, by what it is: one value for each step."""
    said: dict[str, list[Any]] = {
        "reason": [step.reason[:500] for step in steps],
        "facts": [msgspec.json.encode(step.facts).decode() for step in steps],
    }
    return said | {f"column_{name}": [step.columns[name] for step in steps] for name in names}


def _all_same(values: list[Any]) -> bool:
    """Then it goes to the database once, not once for each of thousands of rows."""
    return values.count(values[0]) == len(values)


def _as_array(values: list[Any]) -> str | list[Any]:
    """As text where that is quicker than the driver, which knows the other types."""
    return array(values) if _AS_TEXT.issuperset(map(type, values)) else values


_AS_TEXT = frozenset((int, str, Decimal, date, datetime, NoneType))


def _outcome(
    lifecycle: Lifecycle, transition: Transition, steps: Sequence[Step], rows: Sequence[Any]
) -> Outcome:
    found = {id: (source, done, over) for id, source, done, over in rows}
    outcome = Outcome([id for id, (_, done, _) in found.items() if done])
    for step in steps:
        if step.id not in found:
            refusal: Refusal = NotFound(what=lifecycle.subject, reference=step.id)
        elif found[step.id][1]:
            continue
        else:
            refusal = _reason(lifecycle, transition, found[step.id][0], found[step.id][2])
        outcome.refused[step.id] = refusal
    return outcome


def _reason(lifecycle: Lifecycle, transition: Transition, source: str, over: bool) -> Refusal:
    if over:
        return NothingMoves(action=transition.name, subject=lifecycle.subject)
    try:
        lifecycle.require(transition.name, source=source)
    except Refusal as refusal:
        return refusal
    return OtherEyesRequired(subject=lifecycle.subject, action=transition.name)


@cache
def _statement(
    model: type[StatefulModel], name: str, columns: tuple[str, ...], shared: frozenset[str]
) -> str:
    """`shared` is what all rows are told alike: it is taken from an array of one."""
    lifecycle = lifecycle_with(model, name)
    transition = lifecycle.transitions[name]
    types = {"reason": "text", "facts": "jsonb"} | {
        f"column_{column}": model._meta.get_field(column).db_type(connection) for column in columns
    }
    table = model._meta.db_table
    own = [what for what in types if what not in shared]
    arrays = "".join(f", %({what})s::{types[what]}[]" for what in own)
    names = "".join(f', "{what}"' for what in own)
    alike = "".join(
        f', (%({what})s::{types[what]}[])[1] AS "{what}"' for what in types if what in shared
    )
    sets = "".join(f', "{_column(model, c)}" = g."column_{c}"' for c in columns)
    # Every name in it comes from our own declarations, every value is a parameter.
    return f"""
WITH given AS (
       SELECT g.*{alike} FROM unnest(%(ids)s::bigint[]{arrays}) AS g(id{names})),
     locked AS MATERIALIZED (
       SELECT t.id, t."{lifecycle.column}" AS source, t.makers, {_over(model, lifecycle)} AS over
         FROM {table} t WHERE t.id IN (SELECT id FROM given) ORDER BY t.id FOR UPDATE OF t),
     moved AS (
       UPDATE {table} t SET "{lifecycle.column}" = %(target)s{_makers(transition)}{sets}
         FROM locked l JOIN given g USING (id)
        WHERE t.id = l.id AND NOT l.over AND l.source = ANY(%(sources)s){_other_eyes(transition)}
       RETURNING t.id, l.source, {_entity(model)} AS entity_id),
     put AS (
       INSERT INTO events_event (kind, subject_type, subject_id, entity_id, actor_id, recorded_at,
                                 source, target, reason, facts)
       SELECT %(kind)s, %(subject)s, m.id, m.entity_id, %(actor)s::bigint, %(at)s, m.source,
              %(target)s, g.reason, g.facts
         FROM moved m JOIN given g USING (id) ORDER BY m.id RETURNING 1)
SELECT l.id, l.source, m.id IS NOT NULL AS done, l.over
  FROM locked l LEFT JOIN moved m USING (id)
"""  # noqa: S608


def _entity(model: type[StatefulModel]) -> str:
    """Whose books the event is about; what belongs to no legal entity says nobody's."""
    return "t.entity_id" if hasattr(model, "entity_id") else "NULL::bigint"


def _over(model: type[StatefulModel], lifecycle: Lifecycle) -> str:
    """Whether another axis has ended it: then nothing moves any more."""
    if model.over is None or model.over[0] == lifecycle.column:
        return "false"
    column, state = model.over
    return f"t.\"{column}\" = '{state}'"


def _column(model: type[StatefulModel], name: str) -> str:
    field = model._meta.get_field(name)
    assert isinstance(field, Field)
    return str(field.column)


def _makers(transition: Transition) -> str:
    if transition.empties_makers:
        return ", makers = '{}'"
    if transition.makes:
        return (
            ", makers = CASE WHEN %(actor)s::bigint IS NULL OR %(actor)s::bigint = ANY(l.makers)"
            " THEN l.makers ELSE l.makers || %(actor)s::bigint END"
        )
    return ""


def _other_eyes(transition: Transition) -> str:
    if not transition.four_eyes:
        return ""
    return " AND %(actor)s::bigint IS NOT NULL AND NOT (%(actor)s::bigint = ANY(l.makers))"
