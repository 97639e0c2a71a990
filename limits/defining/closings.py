"""The end of limits: proposed by one person, approved by another. A closed limit caps nothing.

Whatever counted under it ends with it, and what was asked about it is taken back. A process that has
not heard of the end may take room under it for a moment yet: the night ends that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from limits.breaches import cure_breaches
from limits.changes import CapInPast, withdraw_all
from limits.models import Closing, Limit
from limits.state import ChangeState

SWEPT_AT_ONCE = 1_000


class ClosingAsked(Conflict):
    code = "closing-asked"
    title = gettext_noop("Its end is asked for already")
    detail = gettext_noop("%(closing)s asks to close %(limit)s.")
    hint = gettext_noop("Have that one approved, or withdraw it first.")


_LOCK = "SELECT id FROM limits_limit WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
_CLOSE = """
UPDATE limits_limit SET closed_at = %s, override = 0, override_until = NULL
 WHERE id = ANY(%s) AND closed_at IS NULL
"""
_END = """
UPDATE limits_reservation SET state = CASE state WHEN 'HELD' THEN 'EXPIRED' ELSE 'RELEASED' END
 WHERE limit_id = ANY(%s) AND state IN ('HELD', 'COMMITTED')
"""
_EMPTY = """
UPDATE limits_limit l SET used = l.used - coalesce(limits_net(l), l.used), reserved = 0, excess = 0
 WHERE l.id = ANY(%s) AND (l.used <> 0 OR l.reserved <> 0 OR l.excess <> 0)
"""


@transaction.atomic
def propose_closing(
    *, limit_id: int, valid_from: datetime | None, reason: str, document: str, actor: User,
    at: datetime,
) -> Closing:  # fmt: skip
    """Ask for the end of a limit, at a moment or at its approval.

    Raises CapInPast, LimitClosed, ClosingAsked.
    """
    if valid_from is not None and valid_from < at:
        raise CapInPast(valid_from=valid_from.isoformat())
    limit = Limit.objects.select_for_update().get(pk=limit_id)
    limit.require_open()
    states = (ChangeState.PROPOSED, ChangeState.APPROVED)
    asked = Closing.objects.filter(limit=limit, state__in=states).first()
    if asked is not None:
        raise ClosingAsked(closing=str(asked), limit=f"L-{limit_id}")
    row = Closing.objects.create(
        entity_id=limit.entity_id, limit=limit, valid_from=valid_from or at, reason=reason,
        document=document, makers=[actor.pk], proposed_by=actor, proposed_at=at,
    )  # fmt: skip
    facts = {
        "limit": f"L-{limit_id}", "amount": str(limit.cap), "currency": limit.currency,
        "valid_from": row.valid_from.isoformat(), "document": document,
    }  # fmt: skip
    event = NewEvent(
        kind="closing.propose", subject_type="closing", subject_id=row.pk,
        entity_id=row.entity_id, target=ChangeState.PROPOSED.value, reason=reason, facts=facts,
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return row


@transaction.atomic
def approve_closings(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Let limits end, as the second pair of eyes; those whose time has come end at once."""
    steps = [Step(id, columns={"approved_by": actor.pk}) for id in ids]
    outcome = advance(Closing, "approve", steps, actor=actor, at=at)
    _apply(outcome.done, at)
    return outcome


@transaction.atomic
def decline_closings(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Keep limits that another person would close."""
    return advance(Closing, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def withdraw_closings(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Take back the end of limits that has not come yet."""
    return advance(Closing, "withdraw", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def close_due(*, at: datetime) -> int:
    """The limits whose end has come end now; again does nothing."""
    waiting = Closing.objects.filter(state=ChangeState.APPROVED, valid_from__lte=at)
    ids = waiting.order_by("valid_from", "pk").values_list("pk", flat=True)[:SWEPT_AT_ONCE]
    return _apply(list(ids), at)


def _apply(ids: Sequence[int], at: datetime) -> int:
    due = Closing.objects.filter(pk__in=ids, valid_from__lte=at).order_by("pk")
    limits = dict(due.values_list("pk", "limit_id"))
    done = advance(Closing, "apply", [Step(id) for id in limits], actor=None, at=at).done
    closed = sorted({limits[id] for id in done})
    if closed:
        withdraw_all(closed, reason=", ".join(f"LE-{id}" for id in sorted(done)), at=at)
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [closed])
        _empty(closed, at)
        with connection.cursor() as cursor:
            cursor.execute(_CLOSE, [at, closed])
    return len(done)


@transaction.atomic
def empty_closed(*, at: datetime) -> int:
    """What was taken of limits after their end, by whoever had not heard of it; how many limits."""
    late = Limit.objects.filter(closed_at__isnull=False).exclude(used=0, reserved=0, net=0)
    ids = sorted(late.values_list("pk", flat=True))
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [ids])
        _empty(ids, at)
    return len(ids)


def _empty(limit_ids: Sequence[int], at: datetime) -> None:
    """End all that counts under limits that are locked, and whatever was beyond them."""
    with connection.cursor() as cursor:
        cursor.execute(_END, [list(limit_ids)])
        cursor.execute(_EMPTY, [list(limit_ids)])
    cure_breaches(at=at, limit_ids=limit_ids)
