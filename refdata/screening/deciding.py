"""Deciding about hits: another is cleared by two people, the same is blocked by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Invalid, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from refdata.models import Instrument, Party, ScreeningHit
from refdata.models.parties import PartyStatus

SUSPENDED = "SUSPENDED"


class ReasonMissing(Invalid):
    code = "screening-reason-missing"
    title = gettext_noop("Why the hit is not the same has to be said")
    detail = gettext_noop("%(hit)s cannot be cleared without a reason.")
    hint = gettext_noop("Say what tells the two apart: another birth date, country or number.")


@transaction.atomic
def propose_clearing(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Say that it is another, and what tells the two apart; nothing is let go before other eyes agree."""
    if not reason.strip():
        refused: dict[int, Refusal] = {id: ReasonMissing(hit=f"SH-{id}") for id in ids}
        return Outcome(refused=refused)
    steps = [Step(id, reason) for id in ids]
    return advance(ScreeningHit, "propose_clearing", steps, actor=actor, at=at)


@transaction.atomic
def approve_clearing(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Agree that it is another, as the second pair of eyes."""
    return advance(ScreeningHit, "approve_clearing", [Step(id) for id in ids], actor=actor, at=at)


@transaction.atomic
def decline_clearing(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Not be convinced that it is another: the hit is open again."""
    steps = [Step(id, reason) for id in ids]
    return advance(ScreeningHit, "decline_clearing", steps, actor=actor, at=at)


@transaction.atomic
def confirm_hits(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """It is the same: blocked from now on. One person is enough to stop money.

    A party is under sanctions then, an instrument suspended; both come back by two people only.
    """
    outcome = advance(ScreeningHit, "confirm", [Step(id, reason) for id in ids], actor=actor, at=at)
    rows = ScreeningHit.objects.filter(pk__in=outcome.done)
    subjects = {(row.subject_type, row.subject_id): str(row) for row in rows}
    events = []
    for (subject_type, subject_id), hit in sorted(subjects.items()):
        before = _block(subject_type, subject_id)
        if before is not None:
            events.append(
                NewEvent(
                    kind="refdata.change", subject_type=subject_type, subject_id=subject_id,
                    reason=reason[:500], facts={"hit": hit, "changes": {"status": before}},
                )
            )  # fmt: skip
    record_events(events, actor_id=actor.pk, at=at)
    return outcome


def _block(subject_type: str, id: int) -> list[str] | None:
    """The status before and after; None where there is none, or it was so already."""
    if subject_type == "party":
        party = Party.objects.select_for_update().get(pk=id)
        before, after = party.status, PartyStatus.SANCTIONED.value
        changed = Party.objects.filter(pk=id).exclude(status=after).update(status=after)
    elif subject_type == "instrument":
        instrument = Instrument.objects.select_for_update().get(pk=id)
        before, after = instrument.status, SUSPENDED
        changed = Instrument.objects.filter(pk=id).exclude(status=after).update(status=after)
    else:
        return None
    return [before, after] if changed else None
