"""Finality by a person's hand: one records the document that proves it, another accepts it.

For places that send no messages, or whose messages are down (domain-decisions 9 and 34). Like every
outside finality it is written only for what was sent, with the place's own time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from settlements.models import EvidenceClaim, Settlement
from settlements.services import Proof, settle_by_places_word
from settlements.state import ClaimState, Finality, Transmission

DOCUMENT = "document"  # the kind of evidence


class NothingToProve(Conflict):
    code = "nothing-to-prove"
    title = gettext_noop("There is nothing to prove about this settlement")
    detail = gettext_noop("%(settlement)s was not sent to an outside place, or is settled already.")
    hint = gettext_noop("Only what was sent to an outside place is proved by its word.")


class AlreadyClaimed(Conflict):
    code = "already-claimed"
    title = gettext_noop("A document is recorded already")
    detail = gettext_noop("%(document)s waits for other eyes.")
    hint = gettext_noop("Accept or decline that one first.")


class SettledInFuture(Invalid):
    code = "settled-in-future"
    title = gettext_noop("The settlement would be final in the future")
    detail = gettext_noop("%(settled_at)s has not come yet.")
    hint = gettext_noop("Give the time that the document names.")


@transaction.atomic
def propose_evidence(
    *, settlement_id: int, document: str, settled_at: datetime, actor: User, at: datetime
) -> EvidenceClaim:
    """Record what a document says; nothing is settled before other eyes accept it."""
    if settled_at > at:
        raise SettledInFuture(settled_at=settled_at.isoformat())
    rows = Settlement.objects.select_for_update(of=("self",)).select_related("place")
    settlement = rows.get(pk=settlement_id)
    sent = settlement.transmission in (Transmission.SENT, Transmission.ACKNOWLEDGED)
    if settlement.place.finality != "EXTERNAL" or not sent or _is_final(settlement):
        raise NothingToProve(settlement=str(settlement))
    waiting = EvidenceClaim.objects.filter(settlement=settlement, state=ClaimState.PROPOSED).first()
    if waiting is not None:
        raise AlreadyClaimed(document=waiting.document)
    claim = EvidenceClaim.objects.create(
        entity_id=settlement.entity_id, settlement=settlement, document=document,
        settled_at=settled_at, makers=[actor.pk], proposed_by=actor, proposed_at=at,
    )  # fmt: skip
    event = NewEvent(
        kind="evidence.propose", subject_type="evidence", subject_id=claim.pk,
        entity_id=settlement.entity_id, target=ClaimState.PROPOSED.value,
        facts={"settlement": str(settlement), "document": document},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return claim


def _is_final(settlement: Settlement) -> bool:
    return settlement.settlement == Finality.SETTLED or settlement.cancellation == "AGREED"


@transaction.atomic
def accept_evidence(*, ids: list[int], actor: User, at: datetime) -> Outcome:
    """As the second pair of eyes: the documents prove their settlements, which are final now."""
    outcome = advance(EvidenceClaim, "accept", [Step(id) for id in ids], actor=actor, at=at)
    claims = EvidenceClaim.objects.filter(pk__in=outcome.done).select_related("proposed_by")
    proofs = {claim.settlement_id: _proof(claim, actor) for claim in claims.order_by("id")}
    if proofs:
        # One that was settled meanwhile is refused, and with it its acceptance.
        settle_by_places_word(proofs=proofs, at=at).raise_single()
    return outcome


def _proof(claim: EvidenceClaim, actor: User) -> Proof:
    details: dict[str, Any] = {
        "claim": str(claim),
        "proposed_by": claim.proposed_by.username,
        "accepted_by": actor.username,
    }
    return Proof(
        kind=DOCUMENT, reference=claim.document, settled_at=claim.settled_at, details=details
    )


@transaction.atomic
def decline_evidence(*, ids: list[int], reason: str, actor: User, at: datetime) -> Outcome:
    """The document does not prove it; another may be recorded."""
    return advance(EvidenceClaim, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)
