"""Nothing that has to be done soon is nobody's: past its warning time the rule gives it to somebody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, F, Q

from backoffice.access.models import User
from backoffice.access.roles import ROLES
from backoffice.events.models import Event
from backoffice.work.queue import Desk, Priced
from backoffice.work.selectors import seen_of
from backoffice.workflow.handling import LEADS, assign_items
from backoffice.workflow.models import WorkItem
from backoffice.workflow.state import Handling

MOST = 2_000  # items that one look gives out; the next look goes on
LEADERS = tuple(role for role, held in ROLES.items() if LEADS in held)


class Hand(NamedTuple):
    """Somebody who may be given items, and which of these they may see."""

    person: User
    queues: frozenset[str]
    seen: frozenset[int]


def assign_due_items(*, at: datetime) -> int:
    """Give what is nobody's past its warning time to who has the least open; how many were given.

    To those who hold the role of its queue, may see it and had no part in it; if there is nobody, to those who lead.
    """
    due = [each.item for each in _due(at)]
    if not due:
        return 0
    hands, loads, parts = list(_hands(due)), _loads(), _parts(due)
    owners: dict[int, User] = {}
    for item in due:
        had = parts.get((item.subject_type, item.subject_id), set())
        fits = [hand for hand in hands if item.pk in hand.seen and hand.person.pk not in had]
        able = [hand for hand in fits if item.queue in hand.queues]
        able = able or [hand for hand in fits if hand.queues.intersection(LEADERS)]
        if able:
            person = min((h.person for h in able), key=lambda p: (loads[p.pk], p.pk))
            owners[item.pk] = person
            loads[person.pk] += 1
    return len(assign_items(owners=owners, at=at).done)


def _due(at: datetime) -> list[Priced]:
    rows = WorkItem.objects.filter(closed_at__isnull=True, state=Handling.WAITING)
    rows = rows.order_by(F("due_at").asc(nulls_first=True), "opened_at", "pk")
    priced = Desk(at).priced(list(rows[:MOST]))
    return sorted((p for p in priced if p.warn_at <= at), key=lambda p: (p.warn_at, p.item.pk))


def _hands(items: Sequence[WorkItem]) -> Iterator[Hand]:
    queues = {item.queue for item in items} | set(LEADERS)
    people = User.objects.filter(is_active=True, groups__name__in=queues).distinct()
    ids = [item.pk for item in items]
    for person in people.prefetch_related("groups").order_by("pk"):
        held = frozenset(group.name for group in person.groups.all())
        yield Hand(person, held, frozenset(seen_of(person, ids)))


def _loads() -> Counter[int]:
    rows = WorkItem.objects.filter(closed_at__isnull=True, owner__isnull=False)
    return Counter(dict(rows.values_list("owner").annotate(n=Count("pk")).order_by()))


def _parts(items: Sequence[WorkItem]) -> dict[tuple[str, int], set[int]]:
    """Who took which steps of what the items are about: other eyes are others than theirs."""
    by_type: dict[str, list[int]] = {}
    for item in items:
        by_type.setdefault(item.subject_type, []).append(item.subject_id)
    about = Q(pk__in=[])
    for subject, ids in by_type.items():
        about |= Q(subject_type=subject, subject_id__in=ids)
    rows = Event.objects.filter(about, actor__isnull=False).values_list(
        "subject_type", "subject_id", "actor"
    )
    found: dict[tuple[str, int], set[int]] = {}
    for subject, id, actor in rows.distinct():
        found.setdefault((subject, id), set()).add(actor)
    return found
