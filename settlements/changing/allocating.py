"""Sharing out a block to books or clients, until something of its settlement is released."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.retrying import retried
from backoffice.kernel.errors import NotFound
from backoffice.kernel.lifecycle import TransitionNotAllowed
from deals.allocating.rules import Share
from deals.allocating.services import parts_of, take_over
from deals.amending.consequences import Situation
from deals.selectors import deals
from deals.services import confirm_deals
from settlements.changing.rest import PENDING
from settlements.changing.services import CancellationPending, withdraw_instructions
from settlements.changing.situations import locked_standings
from settlements.exposures import EXPOSURE

ALLOCATABLE = (Situation.CAPTURED, Situation.PENDING_APPROVAL, Situation.CONFIRMED)


@retried()
@transaction.atomic
def allocate_deal(
    *, id: int, shares: Sequence[Share], reason: str, actor: User, at: datetime
) -> list[int]:
    """Put the parts of a block in its place: quantity, amounts, fees and flows sum to the block's.

    What the counterparty has confirmed of the block is recorded for its parts, and other eyes approve
    it again: whose they are has changed. Raises SharesDiffer, TransitionNotAllowed and what a capture
    raises; nothing has happened then.
    """
    standing = locked_standings([id]).get(id)
    if standing is None:
        raise NotFound(what="deal", reference=f"D-{id}")
    if standing.situation not in ALLOCATABLE:
        raise TransitionNotAllowed(
            action="allocate", subject="deal", state=standing.situation.value, allowed="-"
        )
    if standing.cancellation in PENDING:
        raise CancellationPending(deal=f"D-{id}")
    row: Any = deals(visible_to=actor).select_related("captured_by").get(pk=id)
    candidates = parts_of(row, shares, actor=actor, at=at)
    withdrawn = withdraw_instructions(standing.instructions, reason, actor, at)
    parts = take_over(
        candidates, step="allocate", replaced=[id], block=id, reason=reason, actor=actor, at=at,
        ended={EXPOSURE: withdrawn},
    )  # fmt: skip
    if standing.situation == Situation.CONFIRMED:
        evidence = f"{row}, version {row.version}"
        confirm_deals(ids=parts, how="affirmed", evidence=evidence, actor=actor, at=at)
    return parts
