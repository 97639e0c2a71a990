"""Capture: one path for one deal and for a chunk of a file. The locks are held for two calls.

First each candidate is new, a replay, a rival or a duplicate, and the new ones draw their ids; the
limits are locked; the pure rule allots; every answer is written out in full before all of it is
stored beside the deal. One commit, or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from psycopg2 import errors

from backoffice.access.idempotency import IdempotencyKeyReused, RequestInProgress
from backoffice.events.retrying import retried
from backoffice.events.services import nudge_after_commit
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from deals.capturing.candidates import Answer, Candidate, Captured, CapturedDeal, Render, no_answer
from deals.capturing.storing import open_requests, store
from deals.exposing.stopping import reached
from deals.exposing.twice import Looks, once_more
from limits.rules import Headroom, allot
from limits.services import LockedLimit, exceeded

CHUNK = 5_000


class DuplicateDeal(Conflict):
    code = "duplicate-deal"
    title = gettext_noop("The deal is captured already")
    detail = gettext_noop("External reference %(external_ref)s is deal %(reference)s.")
    hint = gettext_noop("Look at that deal, or give this one its own reference.")


# A rival that captured the same external reference meanwhile is found by the second look.
@retried(errors.UniqueViolation)
@transaction.atomic
def capture_deals(
    candidates: Sequence[Candidate],
    *,
    render: Render = no_answer,
    instead_of: Sequence[int] = (),
    waits: bool = True,
) -> list[Captured]:
    """Capture candidates in order, instead of other deals if any; one outcome each, none raises. At most CHUNK.

    A proposed deal over a limit is refused; an executed one is captured with its breach. All
    that is captured is one commit: deal, version, flows, reservations, event, answer, limits. Unless
    it `waits` for the disk, the caller does (`wait_for_disk`) before it answers anybody.
    """
    opened = open_requests(candidates, waits=waits)
    outcomes = [_not_new(c, row) for c, row in zip(candidates, opened, strict=True)]
    new = [index for index, row in enumerate(opened) if row[0] == "new"]
    if not new:
        return outcomes
    locked, rooms = _lock_limits([candidates[index] for index in new])
    allotments = allot(rooms, [candidates[index].request for index in new])
    answered = render is not no_answer  # what is left is worked out for an answer only
    left = {id: limit.headroom() for id, limit in locked.items()} if answered else {}
    stored: list[tuple[CapturedDeal, Answer | None]] = []
    looks = Looks(lambda: [each.candidate.deal for each, _ in stored], instead_of)
    for index, allotment in zip(new, allotments, strict=True):
        candidate = candidates[index]
        if allotment.short:
            candidate, allotment = once_more(candidate, allotment, rooms, looks)
        if not allotment.granted:
            stopped = reached(candidate.needs, allotment)
            outcomes[index] = Captured(refusal=stopped or exceeded(allotment, locked))
            continue
        after = _left_after(candidate, left) if answered else {}
        captured = CapturedDeal(opened[index][1], candidate, allotment, after)
        answer = render(captured)
        stored.append((captured, answer))
        outcomes[index] = Captured(deal_id=captured.id, answer=answer)
    if stored:
        store(stored, rooms)
        nudge_after_commit()
    return outcomes


def _left_after(candidate: Candidate, left: dict[int, Headroom]) -> dict[int, Decimal]:
    """What the limits of a deal have after it; `left` counts down from deal to deal."""
    for need in candidate.needs:
        left[need.limit.id].take(need.amount)
    nothing = Decimal(0)
    return {need.limit.id: max(left[need.limit.id].available, nothing) for need in candidate.needs}


def _lock_limits(
    candidates: Sequence[Candidate],
) -> tuple[dict[int, LockedLimit], Mapping[int, Headroom]]:
    ids = sorted({need.limit.id for c in candidates for need in c.needs})
    if not ids:
        return {}, {}
    with connection.cursor() as cursor:
        at = max(c.at for c in candidates)
        cursor.execute(
            "SELECT id, currency, available, NULL, net FROM limits_headroom(%s, %s)", [ids, at]
        )
        locked = {row[0]: LockedLimit(*row) for row in cursor.fetchall()}
    return locked, {id: limit.headroom() for id, limit in locked.items()}


def _not_new(candidate: Candidate, row: tuple[Any, ...]) -> Captured:
    """The outcome of what is not new: answered before, still running, or there already."""
    outcome, deal_id, status, location, media_type, body = row
    key = candidate.key.key if candidate.key else ""
    if outcome == "replay":
        return Captured(answer=Answer(status, location, media_type, body), replayed=True)
    if outcome == "idempotency-key-reused":
        return Captured(refusal=IdempotencyKeyReused(key=key))
    if outcome == "request-in-progress":
        return Captured(refusal=RequestInProgress(key=key))
    if outcome == "duplicate":
        reference = f"D-{deal_id}" if deal_id else "in the same request"
        return Captured(
            refusal=DuplicateDeal(
                external_ref=candidate.deal.terms.external_ref, reference=reference
            ),
            duplicate=True,
        )
    return Captured()
