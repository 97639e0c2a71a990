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
from typing import Any, NamedTuple

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


class Own(NamedTuple):
    """As the value of a column: what another column of the same row holds."""

    column: str


@dataclass(frozen=True, slots=True)
class Alike:
    """Any number of rows that are all told the same; a column may take what another of its row holds (`Own`)."""

    ids: Collection[int]
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
    steps: Sequence[Step] | Alike,
    *,
    actor: User | None,
    at: datetime,
) -> Outcome:
    """Move the rows of `steps` by the transition `name`; refuse the others, each with its reason.

    `actor` is None when a rule or a worker acts: never a maker, and never other eyes.
    All steps set the same columns. Takes row locks in ascending id.
    """
    ids = list(steps.ids) if isinstance(steps, Alike) else [step.id for step in steps]
    if not ids:
        return Outcome()
    lifecycle = lifecycle_with(model, name)
    transition = lifecycle.transitions[name]
    told = _told_alike(steps) if isinstance(steps, Alike) else _told_each(steps)
    values: dict[str, Any] = {
        "ids": array(ids),
        "sources": list(transition.sources),
        "target": transition.target,
        "actor": actor.pk if actor else None,
        "at": at,
        "kind": f"{lifecycle.subject}.{name}",
        "subject": lifecycle.subject,
    } | told.values
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, name, told.columns, told.shared, told.own), values)
        rows = cursor.fetchall()
    nudge_after_commit()
    return _outcome(model, name, ids, rows)


class _Told(NamedTuple):
    """The parameters of what rows are told: which of them are one for all, and which columns are the row's own."""

    values: dict[str, Any]
    columns: tuple[str, ...]
    shared: frozenset[str]
    own: tuple[tuple[str, str], ...] = ()


def _told_alike(steps: Alike) -> _Told:
    own = {name: value.column for name, value in steps.columns.items() if isinstance(value, Own)}
    values = {"reason": steps.reason[:500], "facts": msgspec.json.encode(steps.facts).decode()} | {
        f"column_{name}": value for name, value in steps.columns.items() if name not in own
    }
    names = tuple(sorted(steps.columns.keys() - own.keys()))
    return _Told(values, names, frozenset(values), tuple(sorted(own.items())))


def _told_each(steps: Sequence[Step]) -> _Told:
    """What is the same for all goes to the database once, not once for each of thousands of rows."""
    names = tuple(sorted(steps[0].columns))
    said: dict[str, list[Any]] = {
        "reason": [step.reason[:500] for step in steps],
        "facts": [msgspec.json.encode(step.facts).decode() for step in steps],
    }
    said |= {f"column_{name}": [step.columns[name] for step in steps] for name in names}
    shared = frozenset(what for what, values in said.items() if _all_same(values))
    values = {what: each[0] if what in shared else _as_array(each) for what, each in said.items()}
    return _Told(values, names, shared)


def _all_same(values: list[Any]) -> bool:
    return values.count(values[0]) == len(values)


def _as_array(values: list[Any]) -> str | list[Any]:
    """As text where that is quicker than the driver, which knows the other types."""
    return array(values) if _AS_TEXT.issuperset(map(type, values)) else values


_AS_TEXT = frozenset((int, str, Decimal, date, datetime, NoneType))


def _outcome(
    model: type[StatefulModel], name: str, ids: Sequence[int], rows: Sequence[Any]
) -> Outcome:
    """`rows` are those that stayed as they were, and how many moved: of thousands most do."""
    lifecycle = lifecycle_with(model, name)
    stayed = {id: (source, over) for id, source, over, _ in rows if id is not None}
    moved = sum(count for *_, count in rows if count)
    done = sorted(set(ids) - stayed.keys())
    if moved == len(done) and not stayed:
        return Outcome(done)
    if moved < len(done):  # some are not there
        done = sorted(model._default_manager.filter(pk__in=done).values_list("pk", flat=True))
    there = {*done, *stayed}
    outcome = Outcome(done)
    for id in ids:
        if id in stayed:
            outcome.refused[id] = _reason(lifecycle, lifecycle.transitions[name], *stayed[id])
        elif id not in there:
            outcome.refused[id] = NotFound(what=lifecycle.subject, reference=id)
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
    model: type[StatefulModel], name: str, columns: tuple[str, ...], shared: frozenset[str],
    own_columns: tuple[tuple[str, str], ...],
) -> str:  # fmt: skip
    """`shared` is what all rows are told alike: no array of it is unnested, nor joined."""
    lifecycle = lifecycle_with(model, name)
    transition = lifecycle.transitions[name]
    types = {"reason": "text", "facts": "jsonb"} | {
        f"column_{column}": model._meta.get_field(column).db_type(connection) for column in columns
    }
    table = model._meta.db_table
    each = [what for what in types if what not in shared]
    told = {what: f"%({what})s::{types[what]}" for what in shared} | {
        what: f'g."{what}"' for what in each
    }
    given, join = "", ""
    if each:  # what differs from row to row is joined to it
        arrays = "".join(f", %({what})s::{types[what]}[]" for what in each)
        names = "".join(f', "{what}"' for what in each)
        given = f"given AS (SELECT * FROM unnest(%(ids)s::bigint[]{arrays}) AS g(id{names})),"  # noqa: S608
        join = "JOIN given g USING (id)"
    sets = "".join(f', "{_column(model, c)}" = {told[f"column_{c}"]}' for c in columns)
    sets += "".join(f', "{_column(model, c)}" = t."{_column(model, o)}"' for c, o in own_columns)
    makers = ", t.makers" if transition.makes or transition.four_eyes else ""
    # Every name in it comes from our own declarations, every value is a parameter.
    return f"""
WITH {given}
     locked AS MATERIALIZED (
       SELECT t.id, t."{lifecycle.column}" AS source{makers}, {_over(model, lifecycle)} AS over
         FROM {table} t WHERE t.id = ANY(%(ids)s::bigint[]) ORDER BY t.id FOR UPDATE OF t),
     moved AS (
       UPDATE {table} t SET "{lifecycle.column}" = %(target)s{_makers(transition)}{sets}
         FROM locked l {join}
        WHERE t.id = l.id AND NOT l.over AND l.source = ANY(%(sources)s){_other_eyes(transition)}
       RETURNING t.id, l.source, {_entity(model)} AS entity_id),
     put AS (
       INSERT INTO events_event (kind, subject_type, subject_id, entity_id, actor_id, recorded_at,
                                 source, target, reason, facts)
       SELECT %(kind)s, %(subject)s, m.id, m.entity_id, %(actor)s::bigint, %(at)s, m.source,
              %(target)s, {told["reason"]}, {told["facts"]}
         FROM moved m {join} ORDER BY m.id RETURNING 1)
SELECT l.id, l.source, l.over, NULL::bigint AS moved
  FROM locked l WHERE NOT EXISTS (SELECT 1 FROM moved m WHERE m.id = l.id)
 UNION ALL
SELECT NULL, NULL, NULL, count(*) FROM moved
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
