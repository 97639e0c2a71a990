"""Standing instructions: proposed by one, confirmed by the counterparty on a call, approved by another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, Invalid, NotFound, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.lifecycle import OtherEyesRequired
from backoffice.workflow.transitions import Outcome, Step, advance
from refdata.firm_days import firm_day
from refdata.models import CallBack, PartyContact, StandingInstruction
from refdata.scopes import OutOfScope, scope_of
from refdata.screening.contents import Subject
from refdata.screening.selectors import standings, stopped
from refdata.screening.services import screen
from refdata.state import SSI_LIFECYCLE, SsiStatus


class NotCalledBack(Conflict):
    code = "ssi-not-called-back"
    title = gettext_noop("The counterparty has not confirmed the change on a call")
    detail = gettext_noop("Nobody was reached about %(ssi)s, or the last one reached denied it.")
    hint = gettext_noop("Call a contact known before it was proposed, and record what was said.")


class ContactTooNew(Conflict):
    code = "contact-too-new"
    title = gettext_noop("The contact was not known before the change was proposed")
    detail = gettext_noop("%(contact)s is known since %(since)s, %(ssi)s was proposed before that.")
    hint = gettext_noop(
        "Call a contact that was known before: a number that came with it proves nothing."
    )


class ContactUnfit(Conflict):
    code = "contact-unfit"
    title = gettext_noop("That contact cannot confirm this instruction")
    detail = gettext_noop("%(contact)s belongs to another party, or was withdrawn.")
    hint = gettext_noop("Call a contact of the party whose details change.")


class CallOutOfTime(Invalid):
    code = "call-out-of-time"
    title = gettext_noop("The call cannot have been then")
    detail = gettext_noop("%(called_at)s is before %(ssi)s was proposed, or has not come yet.")
    hint = gettext_noop("Give the time at which you called.")


@transaction.atomic
def propose_ssi(rows: Sequence[StandingInstruction], *, actor: User, at: datetime) -> list[int]:
    """Store new instructions; each waits for a call-back and another person's approval.

    Return their ids. Raises OutOfScope for those of an entity that the actor does not see.
    """
    scope = scope_of(actor)
    for row in rows:
        if row.entity is not None and not scope.covers(entity_id=row.entity_id):
            raise OutOfScope(what=row.entity.code)
        row.status, row.proposed_by, row.approved_by = SsiStatus.PROPOSED, actor, None
        row.proposed_at, row.makers = at, [actor.pk]
    made = StandingInstruction.objects.bulk_create(rows)
    events = [
        NewEvent(
            kind="ssi.propose", subject_type="ssi", subject_id=row.pk, entity_id=row.entity_id,
            target=SsiStatus.PROPOSED.value,
        )
        for row in made
    ]  # fmt: skip
    record_events(events, actor_id=actor.pk, at=at)
    concerned = [subject for row in made for subject in subjects_of_ssi(row)]
    screen(concerned, actor=actor, at=at, only_due=True)
    return [row.pk for row in made]


def subjects_of_ssi(row: StandingInstruction) -> list[Subject]:
    """Whom and what money passes by an instruction: the beneficiary, and the bank or depository."""
    return [Subject("party", row.party_id), Subject("place", row.place_id)]


@transaction.atomic
def record_call_back(
    *, ssi_id: int, contact_id: int, said: str, called_at: datetime, note: str, actor: User, at: datetime
) -> CallBack:  # fmt: skip
    """Record a call that the actor made about a proposed instruction, and what was said.

    Nobody who worked on the instruction calls, and nobody is called who was not known before it.
    Raises ContactTooNew, ContactUnfit, CallOutOfTime, OtherEyesRequired, TransitionNotAllowed.
    """
    ssi = StandingInstruction.objects.select_for_update().filter(pk=ssi_id).first()
    contact = PartyContact.objects.select_for_update().filter(pk=contact_id).first()
    if ssi is None or contact is None:
        missing = f"SSI-{ssi_id}" if ssi is None else f"PC-{contact_id}"
        raise NotFound(what="standing instruction or contact", reference=missing)
    SSI_LIFECYCLE.require("approve", source=ssi.status)
    if actor.pk in ssi.makers:
        raise OtherEyesRequired(subject="ssi", action="call_back")
    _require_fit(ssi, contact)
    if not ssi.proposed_at <= called_at <= at:
        raise CallOutOfTime(called_at=called_at.isoformat(), ssi=str(ssi))
    row = CallBack.objects.create(
        ssi=ssi, contact=contact, phone=contact.phone, said=said, note=note, called_by=actor,
        called_at=called_at, recorded_at=at,
    )  # fmt: skip
    event = NewEvent(
        kind="ssi.call_back", subject_type="ssi", subject_id=ssi.pk, entity_id=ssi.entity_id,
        reason=note, facts={"said": said, "contact": contact.name, "phone": contact.phone,
                            "called_at": called_at.isoformat()},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return row


def _require_fit(ssi: StandingInstruction, contact: PartyContact) -> None:
    if contact.party_id != ssi.party_id or contact.withdrawn_date is not None:
        raise ContactUnfit(contact=str(contact))
    if contact.known_since >= ssi.proposed_at:
        raise ContactTooNew(
            contact=str(contact), since=contact.known_since.isoformat(), ssi=str(ssi)
        )


# The instructions that wait for other eyes than the actor's, and lack the counterparty's word.
_NOT_CALLED_BACK = """
SELECT id FROM (SELECT s.id, s.status, s.makers FROM refdata_standinginstruction s
                 WHERE s.id = ANY(%(ids)s) ORDER BY s.id FOR UPDATE) locked
 WHERE status = 'PROPOSED' AND NOT (%(actor)s = ANY(makers)) AND NOT refdata_called_back(id)
"""


@transaction.atomic
def approve_ssi(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Let proposed instructions be used, as the second pair of eyes.

    A counterparty's is refused until the last one reached on a call has confirmed it; our own
    need no call. One whose party or place is a hit, or was not screened, is refused as well.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NOT_CALLED_BACK, {"ids": list(ids), "actor": actor.pk})
        rows = cursor.fetchall()
    refused: dict[int, Refusal] = {id: NotCalledBack(ssi=f"SSI-{id}") for (id,) in rows}
    refused = _unscreened(ids) | refused
    steps = [Step(id, columns={"approved_by": actor.pk}) for id in ids if id not in refused]
    outcome = advance(StandingInstruction, "approve", steps, actor=actor, at=at)
    return outcome.refusing(refused)


def _unscreened(ids: Sequence[int]) -> dict[int, Refusal]:
    rows = StandingInstruction.objects.filter(pk__in=ids, status=SsiStatus.PROPOSED)
    wanted = {row.pk: subjects_of_ssi(row) for row in rows.order_by("pk")}
    found = standings(subject for subjects in wanted.values() for subject in subjects)
    return {
        id: why
        for id, subjects in wanted.items()
        if (why := stopped({subject: found[subject] for subject in subjects}))
    }


@transaction.atomic
def revoke_ssi(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Stop instructions from being used, at once; one person is enough to stop money."""
    columns = {"revoked_date": firm_day(at)}
    steps = [Step(id, reason, columns=columns) for id in ids]
    return advance(StandingInstruction, "revoke", steps, actor=actor, at=at)
