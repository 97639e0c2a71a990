"""Overrides and changed caps: proposed by one person, approved by another, in force by date.

Whoever changes what a limit allows does so in this order: the row of the change moves, then the limit
is locked and restated from all changes in force, then its breaches follow. What is restated is always
worked out from the rows, so any order of rivals leaves the same; and whoever reads headroom counts
expired overrides out by the clock, so that no worker has to be alive for them to end.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from limits.breaches import follow_excess
from limits.models import CapChange, Limit, Override
from limits.state import BreachCause, ChangeState

LONGEST_OVERRIDE = timedelta(days=366)
SWEPT_AT_ONCE = 1_000


class OverridePeriodWrong(Invalid):
    code = "override-period-wrong"
    title = gettext_noop("The period of the override is wrong")
    detail = gettext_noop("From %(valid_from)s until %(valid_until)s is not possible.")
    hint = gettext_noop(
        "Let it end later than it begins and later than now, and after a year at the latest."
    )


class CapInPast(Invalid):
    code = "cap-in-past"
    title = gettext_noop("A cap cannot be changed for a time that has passed")
    detail = gettext_noop("%(valid_from)s has passed.")
    hint = gettext_noop("Leave the date out: the cap changes when it is approved.")


@transaction.atomic
def propose_override(
    *, limit_id: int, amount: Decimal, valid_from: datetime | None, valid_until: datetime,
    reason: str, document: str, actor: User, at: datetime,
) -> Override:  # fmt: skip
    """Ask for more room until a moment; it counts when another person has approved it.

    Without `valid_from` it begins with its approval. Raises OverridePeriodWrong, LimitClosed.
    """
    begins = at if valid_from is None else valid_from
    if not (begins < valid_until and at < valid_until <= max(begins, at) + LONGEST_OVERRIDE):
        raise OverridePeriodWrong(
            valid_from=begins.isoformat(), valid_until=valid_until.isoformat()
        )
    limit = Limit.objects.get(pk=limit_id)
    limit.require_open()
    row = Override.objects.create(
        entity_id=limit.entity_id, limit=limit, amount=amount, valid_from=begins,
        valid_until=valid_until, reason=reason, document=document, makers=[actor.pk],
        proposed_by=actor, proposed_at=at,
    )  # fmt: skip
    _tell("override.propose", row, until=valid_until, actor=actor, at=at)
    return row


@transaction.atomic
def propose_cap(
    *, limit_id: int, amount: Decimal, valid_from: datetime | None, reason: str, document: str,
    actor: User, at: datetime,
) -> CapChange:  # fmt: skip
    """Ask for another cap, from a moment on or from its approval. Raises CapInPast, LimitClosed."""
    if valid_from is not None and valid_from < at:
        raise CapInPast(valid_from=valid_from.isoformat())
    limit = Limit.objects.get(pk=limit_id)
    limit.require_open()
    row = CapChange.objects.create(
        entity_id=limit.entity_id, limit=limit, amount=amount, valid_from=valid_from or at,
        reason=reason, document=document, makers=[actor.pk], proposed_by=actor, proposed_at=at,
    )  # fmt: skip
    _tell("cap.propose", row, until=None, actor=actor, at=at)
    return row


def _tell(
    kind: str, row: Override | CapChange, *, until: datetime | None, actor: User, at: datetime
) -> None:
    facts = {
        "limit": f"L-{row.limit_id}", "amount": str(row.amount), "currency": row.limit.currency,
        "valid_from": row.valid_from.isoformat(), "document": row.document,
    }  # fmt: skip
    if until is not None:
        facts["valid_until"] = until.isoformat()
    event = NewEvent(
        kind=kind, subject_type=kind.partition(".")[0], subject_id=row.pk, entity_id=row.entity_id,
        target=ChangeState.PROPOSED.value, reason=row.reason, facts=facts,
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)


@transaction.atomic
def approve_overrides(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Let overrides count, as the second pair of eyes; those whose time has come count at once."""
    steps = [Step(id, columns={"approved_by": actor.pk}) for id in ids]
    outcome = advance(Override, "approve", steps, actor=actor, at=at)
    _activate(outcome.done, at)
    return outcome


@transaction.atomic
def decline_overrides(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Refuse overrides that another person proposed."""
    return advance(Override, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def withdraw_overrides(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """End overrides before their time, at once: one person is enough to take room away."""
    outcome = advance(Override, "withdraw", [Step(id, reason) for id in ids], actor=actor, at=at)
    _restate(_limits_of(outcome.done), cause=BreachCause.OVERRIDE, at=at)
    return outcome


@transaction.atomic
def approve_caps(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Let caps change, as the second pair of eyes; those whose time has come change at once."""
    steps = [Step(id, columns={"approved_by": actor.pk}) for id in ids]
    outcome = advance(CapChange, "approve", steps, actor=actor, at=at)
    _apply(outcome.done, at)
    return outcome


@transaction.atomic
def decline_caps(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Refuse caps that another person proposed."""
    return advance(CapChange, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def withdraw_caps(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Take back caps that have not changed anything yet."""
    return advance(CapChange, "withdraw", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def withdraw_all(limit_ids: Collection[int], *, reason: str, at: datetime) -> None:
    """Take back, by the rule that ends their limits, all overrides and caps that are not over.

    What the limits allow is not restated: they allow nothing any more.
    """
    waiting = (ChangeState.PROPOSED, ChangeState.APPROVED)
    for model, states in ((Override, (*waiting, ChangeState.IN_FORCE)), (CapChange, waiting)):
        rows = model._default_manager.filter(limit_id__in=limit_ids, state__in=states)
        steps = [Step(id, reason) for id in rows.order_by("pk").values_list("pk", flat=True)]
        advance(model, "withdraw", steps, actor=None, at=at)


def keep_dates(*, at: datetime) -> int:
    """Begin and end what is due: overrides and caps. Return how many moved; again does nothing."""
    return _expire_due(at) + _activate_due(at) + _apply_due(at)


@transaction.atomic
def _expire_due(at: datetime) -> int:
    over = Override.objects.filter(
        state__in=(ChangeState.PROPOSED, ChangeState.APPROVED, ChangeState.IN_FORCE),
        valid_until__lte=at,
    )
    ids = list(over.order_by("valid_until", "pk").values_list("pk", flat=True)[:SWEPT_AT_ONCE])
    expired = advance(Override, "expire", [Step(id) for id in ids], actor=None, at=at).done
    _restate(_limits_of(expired), cause=BreachCause.OVERRIDE, at=at)
    return len(expired)


@transaction.atomic
def _activate_due(at: datetime) -> int:
    waiting = Override.objects.filter(state=ChangeState.APPROVED, valid_from__lte=at)
    ids = waiting.order_by("valid_from", "pk").values_list("pk", flat=True)[:SWEPT_AT_ONCE]
    return _activate(list(ids), at)


def _activate(ids: Sequence[int], at: datetime) -> int:
    """Those of these overrides that are in their period count from now on."""
    due = Override.objects.filter(pk__in=ids, valid_from__lte=at, valid_until__gt=at)
    steps = [Step(id) for id in due.order_by("pk").values_list("pk", flat=True)]
    begun = advance(Override, "activate", steps, actor=None, at=at).done
    accepted = ", ".join(f"OV-{id}" for id in sorted(begun))
    _restate(_limits_of(begun), cause=BreachCause.OVERRIDE, at=at, override=accepted)
    return len(begun)


@transaction.atomic
def _apply_due(at: datetime) -> int:
    waiting = CapChange.objects.filter(state=ChangeState.APPROVED, valid_from__lte=at)
    ids = waiting.order_by("valid_from", "pk").values_list("pk", flat=True)[:SWEPT_AT_ONCE]
    return _apply(list(ids), at)


def _apply(ids: Sequence[int], at: datetime) -> int:
    """The caps of these changes hold from now on, in the order of their dates.

    The limits are locked before: one cap is in force under each, whoever else changes it now.
    """
    due = CapChange.objects.filter(pk__in=ids, valid_from__lte=at)
    rows = list(due.order_by("valid_from", "pk"))
    caps = {id: cap for id, (cap, _) in _locked({row.limit_id for row in rows}).items()}
    applied = 0
    for row in rows:
        old = CapChange.objects.filter(limit=row.limit_id, state=ChangeState.IN_FORCE)
        steps = [Step(id) for id in old.values_list("pk", flat=True)]
        advance(CapChange, "supersede", steps, actor=None, at=at)
        step = Step(row.pk, columns={"before": caps[row.limit_id]})
        applied += len(advance(CapChange, "apply", [step], actor=None, at=at).done)
        caps[row.limit_id] = row.amount
    _restate(sorted(caps), cause=BreachCause.CAP, at=at)
    return applied


@transaction.atomic
def put_bounds(
    bounds: Mapping[int, Decimal | None], *, at: datetime
) -> list[tuple[int, Decimal, Decimal]]:
    """What a rule allows at most under these limits from now on; the caps that this changes, before and after.

    A cap that people decided stays theirs, and holds again where the bound lets it.
    """
    before = {id: cap for id, (cap, _) in _locked(bounds).items()}
    with connection.cursor() as cursor:
        cursor.execute(_BOUND, [list(bounds), list(bounds.values())])
    _restate(sorted(before), cause=BreachCause.CAP, at=at)
    after = {id: cap for id, (cap, _) in _locked(bounds).items()}
    return [(id, before[id], after[id]) for id in sorted(before) if before[id] != after[id]]


def _limits_of(override_ids: Sequence[int]) -> list[int]:
    rows = Override.objects.filter(pk__in=override_ids)
    return sorted(set(rows.values_list("limit_id", flat=True)))


_BOUND = """
UPDATE limits_limit l SET bound = g.bound
  FROM unnest(%s::bigint[], %s::numeric[]) AS g(id, bound) WHERE l.id = g.id
"""
_LOCK = "SELECT id, cap, excess FROM limits_limit WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
_RESTATE = """
UPDATE limits_limit l
   SET cap = n.cap, decided = n.decided, override = n.override, override_until = n.until,
       excess = greatest(0, l.used + l.reserved - n.cap - n.override)
  FROM (SELECT m.id, least(coalesce(c.amount, m.decided, m.cap), m.bound) AS cap,
               CASE WHEN m.bound < coalesce(c.amount, m.decided, m.cap)
                    THEN coalesce(c.amount, m.decided, m.cap) END AS decided,
               coalesce(o.amount, 0) AS override, o.until
          FROM limits_limit m
          LEFT JOIN limits_capchange c ON c.limit_id = m.id AND c.state = 'IN_FORCE'
          LEFT JOIN (SELECT limit_id, sum(amount) AS amount, min(valid_until) AS until
                       FROM limits_override WHERE state = 'IN_FORCE' AND valid_until > %(at)s
                      GROUP BY limit_id) o ON o.limit_id = m.id
         WHERE m.id = ANY(%(ids)s)) n
 WHERE l.id = n.id
"""


def _locked(limit_ids: Collection[int]) -> dict[int, tuple[Decimal, Decimal]]:
    """Cap and excess of limits, read under their locks, taken in ascending id."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(limit_ids)])
        return {id: (cap, excess) for id, cap, excess in cursor.fetchall()}


def _restate(
    limit_ids: Collection[int], *, cause: BreachCause, at: datetime, override: str = ""
) -> None:
    """Write what these limits allow from the changes in force; their excess and breaches follow."""
    before = {id: excess for id, (_, excess) in _locked(limit_ids).items()}
    if not before:
        return
    with connection.cursor() as cursor:
        cursor.execute(_RESTATE, {"ids": sorted(before), "at": at})
    follow_excess(before, cause=cause, at=at, override=override)
