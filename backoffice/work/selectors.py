"""Reading work items: those of a person's queues and hands, and one of them with what is said about it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from backoffice.seen import about_seen
from backoffice.workflow.models import Mention, WorkItem
from backoffice.workflow.state import Handling


def work_items(*, visible_to: User) -> QuerySet[WorkItem]:
    """All items about what a person may see, open and closed, newest first."""
    rows = WorkItem.objects.filter(about_seen(visible_to)).select_related("owner", "closed_by")
    return rows.order_by("-id")


def work_item(reference: str, *, visible_to: User) -> WorkItem:
    """The item of a reference such as `WI-3`. Raises NotFound."""
    rows = work_items(visible_to=visible_to)
    row = rows.filter(pk=number_in(reference, "WI", "workitem")).first()
    if row is None:
        raise NotFound(what="workitem", reference=reference)
    return row


def seen_of(person: User, ids: Collection[int]) -> set[int]:
    """Which of some items a person may see."""
    rows = WorkItem.objects.filter(about_seen(person), pk__in=list(ids))
    return set(rows.values_list("pk", flat=True))


def queues_of(person: User) -> list[str]:
    """The queues a person works on: their roles."""
    return sorted(person.groups.values_list("name", flat=True))


def open_of_team(person: User) -> QuerySet[WorkItem]:
    """What is open in the queues of a person, in whosever hands, and in their own hands from wherever."""
    mine = Q(queue__in=queues_of(person)) | Q(owner=person)
    return work_items(visible_to=person).filter(mine, closed_at__isnull=True)


def open_of_person(person: User) -> QuerySet[WorkItem]:
    """What a person could do next: their own, and what is nobody's in their queues."""
    return open_of_team(person).filter(Q(owner=person) | Q(owner__isnull=True))


def put_aside(rows: QuerySet[WorkItem]) -> QuerySet[WorkItem]:
    return rows.filter(state=Handling.PAUSED)


def mentions_of(person: User) -> QuerySet[Mention]:
    """Where a person was named and has not looked into it: of open items that they may see."""
    rows = Mention.objects.filter(
        about_seen(person, prefix="item__"), person=person, answered_at__isnull=True,
        item__closed_at__isnull=True,
    )  # fmt: skip
    return rows.select_related("item", "by").order_by("-id")


def closed_since(person: User, since: datetime, *, team: bool) -> int:
    """How many items of a team's queues were done since a moment, or of them those that this person had."""
    rows = WorkItem.objects.filter(about_seen(person), closed_at__gte=since)
    if team:
        return rows.filter(queue__in=queues_of(person)).count()
    return rows.filter(owner=person).count()


def workers_of(queue: str) -> list[User]:
    """Who works on a queue: those who hold its role and may sign in."""
    return list(User.objects.filter(is_active=True, groups__name=queue).order_by("username"))


def colleagues_of(person: User) -> list[str]:
    """The names of all who work on the same queues, this person included."""
    rows = User.objects.filter(is_active=True, groups__name__in=queues_of(person))
    return sorted(set(rows.values_list("username", flat=True)))
