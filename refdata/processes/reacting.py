"""What processes do by themselves: work for a role, once for each case under each key of its version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.business_days import BusinessDays
from backoffice.workflow.processes.deciding import reactions_due
from backoffice.workflow.processes.definition import ACTING, Reaction
from backoffice.workflow.services import NewItem, open_items
from refdata.dated_rules.kinds import RuleKind
from refdata.firm_days import FIRM_ZONE
from refdata.processes.kinds import kind_of
from refdata.processes.versions import Version, version_at, versions_of

REACTION_KINDS = tuple(f"process-reaction-{role}" for role in ACTING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """A subject that a process watches: since when, how many days by its own calendar, and what is known of it."""

    subject_id: int
    entity_id: int | None
    begun_on: date
    days: int
    facts: Mapping[str, str]
    amount: Decimal | None = None
    currency: str = ""
    due_at: datetime | None = None


AT_ONCE = 1_000  # subjects that one transaction looks at
_WEEKDAYS = BusinessDays("weekdays", {})


def weekdays_since(begun: date, on: date) -> int:
    """How many days from Monday to Friday have passed since a day, itself not counted."""
    days = (begun + timedelta(days=n) for n in range(1, (on - begun).days + 1))
    return sum(_WEEKDAYS.is_business_day(day) for day in days)


class Due(NamedTuple):
    """Something that is to happen about a subject, by the version of its day."""

    subject: Lasting
    version: Version
    reaction: Reaction


def version_on(versions: Sequence[Version], day: date) -> Version | None:
    """The version of what began on a day: that of its end."""
    return version_at(versions, datetime.combine(day, time.max, tzinfo=FIRM_ZONE))


def react_to_all(
    rule: RuleKind[Any], page: Callable[[int], Sequence[Lasting]], *, at: datetime
) -> int:
    """Do what is due about all that lasts, a transaction a page: `page(after)` gives AT_ONCE in the order of keys."""
    done, after = 0, 0
    while True:
        with transaction.atomic():
            found = page(after)
            done += react(rule, found, at=at)
        if len(found) < AT_ONCE:
            return done
        after = found[-1].subject_id


# Whatever happened before is left out: each key once for a subject, and again only where it began anew.
_HAPPEN = """
INSERT INTO refdata_casereaction (process, version_id, subject_type, subject_id, key, begun_on, happened_at)
SELECT %(process)s, g.version, %(subject)s, g.id, g.key, g.begun_on, %(at)s
  FROM unnest(%(versions)s::bigint[], %(ids)s::bigint[], %(keys)s::text[], %(begun)s::date[])
       AS g(version, id, key, begun_on)
 ORDER BY g.id, g.key
ON CONFLICT (subject_type, subject_id, process, key, begun_on) DO NOTHING
RETURNING subject_id, key
"""


def react(rule: RuleKind[Any], found: Sequence[Lasting], *, at: datetime) -> int:
    """Do what is due about these subjects, and has not been done; how much that was. In the caller's transaction."""
    kind, versions = kind_of(rule), versions_of(rule)
    due = [
        Due(subject, version, reaction)
        for subject in found
        if (version := version_on(versions, subject.begun_on)) is not None
        for reaction in reactions_due(version.process, subject.facts, subject.days)
    ]
    if not due:
        return 0
    facts: dict[str, Any] = {
        "process": kind.name, "subject": kind.subject, "at": at,
        "versions": [each.version.id for each in due],
        "ids": [each.subject.subject_id for each in due],
        "keys": [each.reaction.key for each in due],
        "begun": [each.subject.begun_on for each in due],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_HAPPEN, facts)
        new = set(cursor.fetchall())
    happened = [each for each in due if (each.subject.subject_id, each.reaction.key) in new]
    open_items([_item(kind.subject, each) for each in happened], at=at)
    record_events([_event(kind.subject, each) for each in happened], actor_id=None, at=at)
    return len(happened)


def _item(subject: str, due: Due) -> NewItem:
    """One role has at most one item about a subject, however many reactions call it."""
    name, of = due.reaction.name, due.subject
    return NewItem(
        kind=f"process-reaction-{due.reaction.role}", queue=due.reaction.role, subject_type=subject,
        subject_id=of.subject_id, entity_id=of.entity_id, reason=f"{name.en} | {name.ru}",
        amount=of.amount, currency=of.currency, due_at=of.due_at,
    )  # fmt: skip


def _event(subject: str, due: Due) -> NewEvent:
    reaction, of = due.reaction, due.subject
    return NewEvent(
        kind=f"{subject}.react", subject_type=subject, subject_id=of.subject_id,
        entity_id=of.entity_id, facts={
            "step": reaction.key, "name": {"en": reaction.name.en, "ru": reaction.name.ru},
            "role": reaction.role, "version": due.version.reference, "days": of.days,
            "begun": of.begun_on.isoformat(), **({"sends": reaction.sends} if reaction.sends else {}),
        },
    )  # fmt: skip
