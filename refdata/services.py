"""Changes of reference data that can lose money: each by two people, each with its event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.lifecycle import OtherEyesRequired
from refdata.models import StandingInstruction

Status = StandingInstruction.Status


class InstructionNotOpen(Conflict):
    code = "ssi-not-open"
    title = gettext_noop("That is not possible with this standing instruction")
    detail = gettext_noop("%(ssi)s is %(status)s.")
    hint = gettext_noop("Propose a new instruction if the details have changed.")


@transaction.atomic
def propose_ssi(rows: Sequence[StandingInstruction], *, actor: User, at: datetime) -> list[int]:
    """Store new instructions; each waits for another person's approval. Return their ids."""
    for row in rows:
        row.status, row.proposed_by, row.approved_by = Status.PROPOSED, actor, None
    ids = [row.pk for row in StandingInstruction.objects.bulk_create(rows)]
    _tell("propose", ids, "", Status.PROPOSED, "", actor, at)
    return ids


@transaction.atomic
def approve_ssi(*, ids: Sequence[int], actor: User, at: datetime) -> None:
    """Let proposed instructions be used, as the second pair of eyes.

    Raises OtherEyesRequired for one's own proposal, InstructionNotOpen for what is not proposed.
    """
    for row in _locked(ids):
        if row.status != Status.PROPOSED:
            raise InstructionNotOpen(ssi=str(row), status=row.status)
        if row.proposed_by_id == actor.pk:
            raise OtherEyesRequired(subject="ssi", action="approve")
    StandingInstruction.objects.filter(pk__in=ids).update(status=Status.APPROVED, approved_by=actor)
    _tell("approve", ids, Status.PROPOSED, Status.APPROVED, "", actor, at)


@transaction.atomic
def revoke_ssi(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> None:
    """Stop instructions from being used, at once; one person is enough to stop money."""
    for row in _locked(ids):
        if row.status == Status.REVOKED:
            raise InstructionNotOpen(ssi=str(row), status=row.status)
    StandingInstruction.objects.filter(pk__in=ids).update(
        status=Status.REVOKED, revoked_date=at.date()
    )
    _tell("revoke", ids, "", Status.REVOKED, reason, actor, at)


def _locked(ids: Sequence[int]) -> list[StandingInstruction]:
    rows = list(StandingInstruction.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    if len(rows) != len(set(ids)):
        missing = set(ids) - {row.pk for row in rows}
        raise NotFound(what="standing instruction", reference=f"SSI-{min(missing)}")
    return rows


def _tell(
    verb: str, ids: Sequence[int], source: str, target: str, reason: str, actor: User, at: datetime
) -> None:
    events = [
        NewEvent(
            kind=f"ssi.{verb}", subject_type="ssi", subject_id=id,
            source=source, target=target, reason=reason,
        )
        for id in ids
    ]  # fmt: skip
    record_events(events, actor_id=actor.pk, at=at)
