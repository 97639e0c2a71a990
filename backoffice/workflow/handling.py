"""What people do with work items: take them, hand them over, put them aside, talk about them.

Every function locks the items first: an item that its subject has closed meanwhile takes no step, and of two
who claim one at once exactly one gets it. What an item is about decides who may see it, and that is known
right of here: `sees` says which of some items a person may see.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.contrib.auth.models import Group
from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, Invalid, NotFound, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.models import Mention, WorkItem
from backoffice.workflow.state import Handling
from backoffice.workflow.transitions import Alike, Outcome, Step, advance

LEADS = "workflow.lead_workitem"
LONGEST_PAUSE = timedelta(days=31)
_MENTIONED = re.compile(r"(?<!\w)@([\w.+-]*\w)")

Sees = Callable[[User, Collection[int]], set[int]]


class ItemClosed(Conflict):
    code = "item-closed"
    title = gettext_noop("The item is closed")
    detail = gettext_noop("%(item)s is done: what it is about has moved on.")
    hint = gettext_noop("Take another one; its history stays where it was.")


class ItemTaken(Conflict):
    code = "item-taken"
    title = gettext_noop("Somebody has it already")
    detail = gettext_noop("%(item)s is in the hands of %(owner)s.")
    hint = gettext_noop("Take another one, or ask them to hand it over.")


class NotYourQueue(Conflict):
    code = "not-your-queue"
    title = gettext_noop("It stands in the queue of others")
    detail = gettext_noop("%(item)s waits for the role %(queue)s.")
    hint = gettext_noop("Comment on it, or mention somebody who holds that role.")


class NotYourItem(Conflict):
    code = "not-your-item"
    title = gettext_noop("It is in the hands of somebody else")
    detail = gettext_noop("%(item)s is %(owner)s's.")
    hint = gettext_noop("Ask them, or somebody who leads the team.")


class NobodyThere(Invalid):
    code = "nobody-there"
    title = gettext_noop("It cannot be handed over there")
    detail = gettext_noop("%(to)s is no queue, and nobody who works on %(item)s and may see it.")
    hint = gettext_noop("Name a queue, or with @ before the name somebody who holds its role.")


class PauseUnclear(Invalid):
    code = "pause-unclear"
    title = gettext_noop("It is put aside for a reason, until a moment")
    detail = gettext_noop(
        "The reason is missing, or the moment is not within the next %(days)s days."
    )
    hint = gettext_noop("Say why it waits, and when to look at it again.")


class UnknownMention(Invalid):
    code = "unknown-mention"
    title = gettext_noop("Somebody who is named is not known")
    detail = gettext_noop("Nobody who may see %(item)s is called %(names)s.")
    hint = gettext_noop("Write @ and the name a person signs in with.")


@transaction.atomic
def claim_items(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Take items of one's own queues that are nobody's yet."""
    rows = _locked(ids)
    queues = _queues_of(actor)
    refused: dict[int, Refusal] = {}
    for row in rows.values():
        if row.owner_id is not None:
            refused[row.pk] = ItemTaken(item=str(row), owner=_name(row))
        elif row.queue not in queues:
            refused[row.pk] = NotYourQueue(item=str(row), queue=row.queue)
    columns = {"owner": actor.pk, "claimed_at": at}
    return _step("claim", rows, refused, Alike(ids, columns=columns), actor=actor, at=at)


@transaction.atomic
def hand_over_items(
    *, ids: Sequence[int], to: str, actor: User, at: datetime, sees: Sees, reason: str = ""
) -> Outcome:
    """Give items to somebody who holds the role of their queue (`@name`), or to another queue.

    One's own, those of one's queues that are nobody's, and of others for those who lead.
    """
    rows, refused = _steered(ids, actor)
    given = partial(Alike, ids, reason=reason)
    if to.startswith("@"):
        person = User.objects.filter(username=to[1:], is_active=True).first()
        seen = sees(person, list(rows)) if person else set()
        queues = _queues_of(person) if person else set()
        for row in rows.values():
            if person is None or row.queue not in queues or row.pk not in seen:
                refused.setdefault(row.pk, NobodyThere(to=to, item=str(row)))
        columns = {"owner": person.pk if person else None, "claimed_at": None, "paused_until": None}
        told = given(facts={"to": to[1:]}, columns=columns)
        return _step("hand_over", rows, refused, told, actor=actor, at=at)
    known = Group.objects.filter(name=to).exists()
    for row in rows.values():
        if not known:
            refused.setdefault(row.pk, NobodyThere(to=to, item=str(row)))
    nobody = {"owner": None, "claimed_at": None, "paused_until": None, "queue": to}
    told = given(facts={"to": to}, columns=nobody)
    return _step("requeue", rows, refused, told, actor=actor, at=at)


@transaction.atomic
def pause_items(
    *, ids: Sequence[int], reason: str, until: datetime, actor: User, at: datetime
) -> Outcome:
    """Put one's items aside until a moment: then they are back by themselves. Raises PauseUnclear."""
    if not reason.strip() or not at < until <= at + LONGEST_PAUSE:
        raise PauseUnclear(days=LONGEST_PAUSE.days)
    rows, refused = _held(ids, actor)
    told = Alike(
        ids, reason=reason, facts={"until": until.isoformat()}, columns={"paused_until": until}
    )
    return _step("pause", rows, refused, told, actor=actor, at=at)


@transaction.atomic
def resume_items(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Take up again what was put aside."""
    rows, refused = _held(ids, actor)
    told = Alike(ids, columns={"paused_until": None, "claimed_at": at})
    return _step("resume", rows, refused, told, actor=actor, at=at)


@transaction.atomic
def resume_due_items(*, at: datetime) -> list[int]:
    """Bring back what was put aside until now."""
    due = WorkItem.objects.filter(
        closed_at__isnull=True, state=Handling.PAUSED, paused_until__lte=at
    )
    ids = list(due.order_by("pk").values_list("pk", flat=True))
    told = Alike(ids, columns={"paused_until": None, "claimed_at": None})
    return _step("resume", _locked(ids), {}, told, actor=None, at=at).done


@transaction.atomic
def comment_on_item(*, id: int, text: str, actor: User, at: datetime, sees: Sees) -> list[str]:
    """Say something about an item, closed or not; whoever is named with @ is told. The names.

    Raises NotFound, UnknownMention.
    """
    row = _locked([id]).get(id)
    if row is None:
        raise NotFound(what="workitem", reference=f"WI-{id}")
    names = sorted(set(_MENTIONED.findall(text)))
    people = [
        person
        for person in User.objects.filter(username__in=names, is_active=True).order_by("username")
        if id in sees(person, [id])
    ]
    if missing := set(names) - {person.username for person in people}:
        raise UnknownMention(item=str(row), names=", ".join(sorted(missing)))
    event = NewEvent(
        kind="workitem.comment", subject_type="workitem", subject_id=id, entity_id=row.entity_id,
        reason=text[:500], facts={"mentions": [person.username for person in people]},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    _answer([id], actor, at)
    Mention.objects.bulk_create(
        Mention(item=row, person=person, by=actor, said_at=at) for person in people
    )
    return names


@transaction.atomic
def assign_items(*, owners: Mapping[int, User], at: datetime) -> Outcome:
    """Give items that are nobody's to people, by rule."""
    rows = _locked(list(owners))
    steps = [
        Step(id, facts={"to": person.username}, columns={"owner": person.pk})
        for id, person in owners.items()
        if id in rows and rows[id].closed_at is None
    ]
    return advance(WorkItem, "assign", steps, actor=None, at=at)


def _locked(ids: Collection[int]) -> dict[int, WorkItem]:
    rows = WorkItem.objects.select_for_update(of=("self",)).select_related("owner")
    return {row.pk: row for row in rows.filter(pk__in=list(ids)).order_by("pk")}


def _queues_of(person: User) -> set[str]:
    return set(person.groups.values_list("name", flat=True))


def _name(row: WorkItem) -> str:
    return row.owner.username if row.owner else ""


def _held(ids: Collection[int], actor: User) -> tuple[dict[int, WorkItem], dict[int, Refusal]]:
    """The items, and why not for those that are in other hands; who leads may do it for others."""
    rows, leads = _locked(ids), actor.has_perm(LEADS)
    refused: dict[int, Refusal] = {
        row.pk: NotYourItem(item=str(row), owner=_name(row))
        for row in rows.values()
        if row.owner_id not in (None, actor.pk) and not leads
    }
    return rows, refused


def _steered(ids: Collection[int], actor: User) -> tuple[dict[int, WorkItem], dict[int, Refusal]]:
    """The items, and why not for those that are neither one's own nor one's queue's."""
    rows, queues = _locked(ids), _queues_of(actor)
    refused: dict[int, Refusal] = {}
    for row in rows.values() if not actor.has_perm(LEADS) else ():
        if row.owner_id is None and row.queue not in queues:
            refused[row.pk] = NotYourQueue(item=str(row), queue=row.queue)
        elif row.owner_id not in (None, actor.pk):
            refused[row.pk] = NotYourItem(item=str(row), owner=_name(row))
    return rows, refused


def _step(
    name: str, rows: Mapping[int, WorkItem], refused: Mapping[int, Refusal], told: Alike,
    *, actor: User | None, at: datetime,
) -> Outcome:  # fmt: skip
    """The step for those that are open and not refused; who takes one has answered what was asked there."""
    reasons: dict[int, Refusal] = {
        id: NotFound(what="workitem", reference=f"WI-{id}") for id in told.ids if id not in rows
    }
    reasons |= refused
    reasons |= {
        row.pk: ItemClosed(item=str(row)) for row in rows.values() if row.closed_at is not None
    }
    good = [id for id in told.ids if id not in reasons]
    alike = Alike(good, reason=told.reason, facts=told.facts, columns=told.columns)
    outcome = advance(WorkItem, name, alike, actor=actor, at=at)
    if actor is not None:
        _answer(outcome.done, actor, at)
    return outcome.refusing(reasons)


def _answer(ids: Collection[int], actor: User, at: datetime) -> None:
    Mention.objects.filter(item__in=ids, person=actor, answered_at__isnull=True).update(
        answered_at=at
    )
