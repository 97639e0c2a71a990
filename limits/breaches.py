"""Breaches: what went beyond limits, for risk to explain; accepted by an override, or cured."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.consumers import Happened
from backoffice.events.services import NewEvent, record_events
from backoffice.workflow.transitions import Outcome, Step, advance
from limits.models import Breach, Limit
from limits.state import LIVE_BREACHES, POSITIONS, BreachCause, BreachState

LIMIT = "limit"  # the source of a breach that no deal caused


@transaction.atomic
def explain_breaches(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Say why a limit is exceeded and what is done about it; who says so owns the breach."""
    steps = [Step(id, reason, columns={"owner": actor.pk}) for id in ids]
    return advance(Breach, "explain", steps, actor=actor, at=at)


@transaction.atomic
def open_breaches(events: Sequence[Happened], *, at: datetime) -> None:
    """One breach for each limit that a deal's event names with the amount beyond it."""
    found = [
        (event, int(limit.removeprefix("L-")), Decimal(amount))
        for event in events
        for limit, amount in (event.facts.get("breaches") or {}).items()
    ]
    entities = dict(
        Limit.objects.filter(pk__in={id for _, id, _ in found}).values_list("pk", "entity_id")
    )
    _open(
        [
            Breach(
                entity_id=entities[limit_id], limit_id=limit_id, cause=BreachCause.DEAL,
                source_type=event.subject_type, source_id=event.subject_id, amount=amount,
                opened_at=event.recorded_at,
            )
            for event, limit_id, amount in found
        ],
        at=at,
    )  # fmt: skip


@transaction.atomic
def cure_breaches(*, at: datetime, limit_ids: Collection[int] | None = None) -> list[int]:
    """Cure the breaches of limits under which nothing is in excess any more; return their ids."""
    rows = Breach.objects.filter(state__in=LIVE_BREACHES, limit__excess=0)
    if limit_ids is not None:
        rows = rows.filter(limit_id__in=limit_ids)
    steps = [
        Step(id, columns={"closed_at": at}) for id in sorted(rows.values_list("id", flat=True))
    ]
    return sorted(advance(Breach, "cure", steps, actor=None, at=at).done)


def follow_excess(
    before: Mapping[int, Decimal], *, cause: BreachCause, at: datetime, override: str = ""
) -> None:
    """Bring breaches in line with what a step made of the excess of limits that it holds locked.

    `before` is their excess before the step. More excess opens a breach where none is live; none
    left ends those that are: accepted where an `override` covers them, cured otherwise.
    """
    after = {row.pk: row for row in Limit.objects.filter(pk__in=before)}
    live = Breach.objects.filter(limit_id__in=before, state__in=LIVE_BREACHES)
    known = {row.limit_id for row in live}
    _open(
        [
            Breach(
                entity_id=row.entity_id, limit=row, cause=cause, source_type=LIMIT,
                source_id=id, amount=row.excess, opened_at=at,
            )
            for id, row in sorted(after.items())
            if row.excess > before[id] and id not in known
        ],
        at=at,
    )  # fmt: skip
    if not override:
        cure_breaches(at=at, limit_ids=list(before))
        return
    steps = [
        Step(row.pk, facts={"override": override}, columns={"closed_at": at})
        for row in live.order_by("pk")
        if after[row.limit_id].excess == 0
    ]
    advance(Breach, "accept", steps, actor=None, at=at)


def open_of_positions(*, at: datetime) -> None:
    """A breach for each position beyond its limit that has none: a deal that ended may have left it so."""
    rows = Limit.objects.filter(kind__in=POSITIONS, excess__gt=0)
    live = Breach.objects.filter(state__in=LIVE_BREACHES).values("limit")
    with transaction.atomic():
        ids = list(rows.exclude(pk__in=live).select_for_update().order_by("pk"))
        nothing = {row.pk: Decimal(0) for row in ids}
        if nothing:
            follow_excess(nothing, cause=BreachCause.RECOMPUTE, at=at)


def _open(rows: Sequence[Breach], *, at: datetime) -> None:
    events = [
        NewEvent(
            kind="breach.open", subject_type="breach", subject_id=row.pk, entity_id=row.entity_id,
            target=BreachState.OPEN.value,
            facts={
                "limit": f"L-{row.limit_id}", "amount": str(row.amount),
                "currency": row.limit.currency, "cause": row.cause,
                "source": f"{row.source_type}:{row.source_id}",
            },
        )
        for row in _stored(rows)
    ]  # fmt: skip
    record_events(events, actor_id=None, at=at)


def _stored(rows: Sequence[Breach]) -> list[Breach]:
    ids = [row.pk for row in Breach.objects.bulk_create(rows)]
    return list(Breach.objects.filter(pk__in=ids).select_related("limit").order_by("pk"))
