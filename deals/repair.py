"""Repairing what came in and could not be booked: mend members, or the reference data, and replay."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from backoffice.access.models import User
from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.services import close_items
from backoffice.workflow.transitions import Step, advance
from deals.capture import capture_deals
from deals.intake import ForRepair, candidate_of
from deals.models import Inbound
from deals.schema import terms_of

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


@transaction.atomic
def repair_inbound(
    *, inbound_id: int, changes: Mapping[str, Any], reason: str, actor: User, at: datetime
) -> int:
    """Capture a received deal with some members changed; return the deal's id.

    As received it stays on record; the event of the replay names the changes. Raises
    StillUnresolved, InvalidDeal, DuplicateDeal, TransitionNotAllowed.
    """
    fixed = sorted(set(changes) & set(FIXED))
    if fixed:
        raise FixedMember(members=", ".join(fixed))
    step = Step(inbound_id, reason, facts={"changes": dict(changes)})
    advance(Inbound, "replay", [step], actor=actor, at=at).raise_single()
    received = msgspec.json.decode(Inbound.objects.get(pk=inbound_id).body)
    try:
        candidate = candidate_of(terms_of(received | dict(changes)), actor=actor, at=at)
    except ForRepair as waiting:
        raise StillUnresolved(waiting.problems, count=len(waiting.problems)) from None
    (outcome,) = capture_deals([candidate])
    if outcome.refusal is not None:
        raise outcome.refusal
    assert outcome.deal_id is not None
    Inbound.objects.filter(pk=inbound_id).update(deal_id=outcome.deal_id)
    close_items(subject_type="inbound", subject_ids=[inbound_id], kinds=["repair"], at=at)
    return outcome.deal_id
