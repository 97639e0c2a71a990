"""Repairing what came in and could not be booked: mend members, or the reference data, and replay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from backoffice.access.models import User
from backoffice.kernel.errors import Invalid, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.services import close_items
from backoffice.workflow.transitions import Step, advance
from deals.capturing.candidates import Candidate
from deals.capturing.capture import capture_deals
from deals.capturing.intake import ForRepair, candidate_of
from deals.capturing.schema import terms_of
from deals.models import Inbound
from deals.repairing.steps import begin_repair_cases
from deals.state import INBOUND_LIFECYCLE

FIXED = ("external_ref", "stage")  # what makes it this deal, and one that binds


class StillUnresolved(Invalid):
    code = "still-unresolved"
    title = gettext_noop("The deal cannot be booked yet")
    detail = gettext_noop("%(count)s problems are left.")
    hint = gettext_noop("Mend the members named in errors, or have the reference data completed.")


class FixedMember(Invalid):
    code = "fixed-member"
    title = gettext_noop("A repair cannot change that")
    detail = gettext_noop("%(members)s stay as they were received.")
    hint = gettext_noop("Mend other members; a deal that was never agreed is cancelled instead.")


@dataclass(slots=True)
class Repaired:
    """What became of each received deal: the deal that it is now, or why it still waits."""

    done: dict[int, int] = field(default_factory=dict)
    left: dict[int, Refusal] = field(default_factory=dict)


@transaction.atomic
def repair_inbound(
    *, inbound_id: int, changes: Mapping[str, Any], reason: str, actor: User, at: datetime
) -> int:
    """Capture a received deal with some members changed; return the deal's id.

    As received it stays on record; the event of the replay names the changes. Raises
    StillUnresolved, InvalidDeal, DuplicateDeal, TransitionNotAllowed.
    """
    repaired = repair_many(changes={inbound_id: changes}, reason=reason, actor=actor, at=at)
    for refusal in repaired.left.values():
        raise refusal
    return repaired.done[inbound_id]


@transaction.atomic
def repair_many(
    *, changes: Mapping[int, Mapping[str, Any]], reason: str, actor: User, at: datetime
) -> Repaired:
    """The same for many at once, at most CHUNK: each is answered for itself."""
    repaired = Repaired()
    candidates: dict[int, Candidate] = {}
    rows = list(Inbound.objects.select_for_update().filter(pk__in=changes).order_by("id"))
    for row in rows:
        try:
            INBOUND_LIFECYCLE.require("replay", source=row.state)
            candidates[row.pk] = _mended(row, changes[row.pk], actor, at)
        except Refusal as refusal:
            repaired.left[row.pk] = refusal
    outcomes = capture_deals(list(candidates.values())) if candidates else []
    for id, outcome in zip(candidates, outcomes, strict=True):
        if outcome.refusal is not None:
            repaired.left[id] = outcome.refusal
        else:
            assert outcome.deal_id is not None
            repaired.done[id] = outcome.deal_id
    steps = [
        Step(
            id, reason, {"changes": dict(changes[id])},
            {"deal_id": deal_id, **_where(candidates[id])},
        )
        for id, deal_id in repaired.done.items()
    ]  # fmt: skip
    advance(Inbound, "replay", steps, actor=actor, at=at).raise_single()
    begin_repair_cases(rows, repaired.done, reason=reason, actor=actor, at=at)
    close_items(subject_type="inbound", subject_ids=list(repaired.done), kinds=["repair"], at=at)
    return repaired


def _where(candidate: Candidate) -> dict[str, int]:
    """Whose it is, now that its book is known."""
    book = candidate.deal.book
    return {"entity_id": book.entity_id, "book_id": book.id}


def _mended(row: Inbound, changes: Mapping[str, Any], actor: User, at: datetime) -> Candidate:
    fixed = sorted(set(changes) & set(FIXED))
    if fixed:
        raise FixedMember(members=", ".join(fixed))
    received = msgspec.json.decode(row.body)
    try:
        return candidate_of(terms_of(received | dict(changes)), actor=actor, at=at)
    except ForRepair as waiting:
        raise StillUnresolved(waiting.problems, count=len(waiting.problems)) from None
