"""A place's word by a person's hand: one records the document that shows it, another accepts it.

For places that send no messages, or whose messages are down (domain-decisions 9 and 34): that a
settlement is final, or what the place answers to a request to cancel it. Like the place's own messages
it is taken only for what was sent, and an answer only where a question waits for it. In our own books there is
one question alone: whether the counterparty agrees to cancel what is left of one that settled in part.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from settlements.changing.instructions import take_cancelled, take_denied
from settlements.models import EvidenceClaim, Settlement
from settlements.proving import Proof
from settlements.settling import MoreThanLeft, settle_by_places_word
from settlements.state import Cancellation, ClaimState, Finality, Says, Transmission

DOCUMENT = "document"  # the kind of evidence
ANSWERS = {Says.CANCEL_AGREED: take_cancelled, Says.CANCEL_DENIED: take_denied}


class NothingToProve(Conflict):
    code = "nothing-to-prove"
    title = gettext_noop("There is nothing to prove about this settlement")
    detail = gettext_noop("%(settlement)s was not sent to an outside place, or is settled already.")
    hint = gettext_noop("Only what was sent to an outside place is proved by its word.")


class NoRequestToAnswer(Conflict):
    code = "no-request-to-answer"
    title = gettext_noop("Nobody asked to cancel this settlement")
    detail = gettext_noop("No request to cancel %(settlement)s is waiting for an answer.")
    hint = gettext_noop("Ask for its cancellation first, or look at which settlement is meant.")


class AlreadyClaimed(Conflict):
    code = "already-claimed"
    title = gettext_noop("A document is recorded already")
    detail = gettext_noop("%(document)s waits for other eyes.")
    hint = gettext_noop("Accept or decline that one first.")


class SettledInFuture(Invalid):
    code = "settled-in-future"
    title = gettext_noop("The document is of the future")
    detail = gettext_noop("%(settled_at)s has not come yet.")
    hint = gettext_noop("Give the time that the document names.")


@transaction.atomic
def propose_evidence(
    *, settlement_id: int, document: str, settled_at: datetime, actor: User, at: datetime,
    says: str = Says.SETTLED, quantity: Decimal | None = None,
) -> EvidenceClaim:  # fmt: skip
    """Record what a document says; nothing follows before other eyes accept it.

    `settled_at` is when it was settled, or answered; `quantity` how much of it settled, where the document
    shows a part. Raises SettledInFuture, NothingToProve, NoRequestToAnswer, AlreadyClaimed, MoreThanLeft.
    """
    if settled_at > at:
        raise SettledInFuture(settled_at=settled_at.isoformat())
    rows = Settlement.objects.select_for_update(of=("self",)).select_related("place")
    settlement = rows.get(pk=settlement_id)
    sent = settlement.transmission in (Transmission.SENT, Transmission.ACKNOWLEDGED)
    outside = settlement.place.finality == "EXTERNAL" and sent
    if not (outside or _rest_is_asked(settlement, says)) or _is_final(settlement):
        raise NothingToProve(settlement=str(settlement))
    if says != Says.SETTLED and settlement.cancellation != Cancellation.REQUESTED:
        raise NoRequestToAnswer(settlement=str(settlement))
    left = settlement.quantity - settlement.settled_quantity
    if quantity is not None and not (0 < quantity <= left and says == Says.SETTLED):
        raise MoreThanLeft(settlement=str(settlement), left=plain(left), quantity=plain(quantity))
    waiting = EvidenceClaim.objects.filter(settlement=settlement, state=ClaimState.PROPOSED).first()
    if waiting is not None:
        raise AlreadyClaimed(document=waiting.document)
    claim = EvidenceClaim.objects.create(
        entity_id=settlement.entity_id, settlement=settlement, document=document, says=says,
        settled_at=settled_at, quantity=quantity, makers=[actor.pk], proposed_by=actor, proposed_at=at,
    )  # fmt: skip
    event = NewEvent(
        kind="evidence.propose", subject_type="evidence", subject_id=claim.pk,
        entity_id=settlement.entity_id, target=ClaimState.PROPOSED.value,
        facts={
            "settlement": str(settlement), "document": document, "says": str(says),
            **({} if quantity is None else {"quantity": plain(quantity)}),
        },
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return claim


def _rest_is_asked(settlement: Settlement, says: str) -> bool:
    """In our own books the other side answers by a document, about what is left of one that settled in part."""
    inside = settlement.place.finality == "INTERNAL" and settlement.settlement == Finality.PARTIAL
    return inside and says != Says.SETTLED


def _is_final(settlement: Settlement) -> bool:
    return settlement.settlement == Finality.SETTLED or settlement.cancellation == "AGREED"


@transaction.atomic
def accept_evidence(*, ids: list[int], actor: User, at: datetime) -> Outcome:
    """As the second pair of eyes: what the documents say of their settlements is so now.

    One of which something else became meanwhile is refused, and with it the acceptance of all.
    """
    outcome = advance(EvidenceClaim, "accept", [Step(id) for id in ids], actor=actor, at=at)
    rows = EvidenceClaim.objects.filter(pk__in=outcome.done).select_related("proposed_by")
    claims = list(rows.order_by("id"))
    proofs = {c.settlement_id: _proof(c, actor) for c in claims if c.says == Says.SETTLED}
    parts = {c.settlement_id: c.quantity for c in claims if c.quantity is not None}
    if proofs:
        settle_by_places_word(proofs=proofs, parts=parts, at=at).raise_single()
    for says, take in ANSWERS.items():
        answers = {c.settlement_id: _answer(c, actor) for c in claims if c.says == says}
        if answers:
            take(answers=answers, at=at).raise_single()
    return outcome


def _proof(claim: EvidenceClaim, actor: User) -> Proof:
    return Proof(
        kind=DOCUMENT, reference=claim.document, settled_at=claim.settled_at,
        details=_by_whom(claim, actor),
    )  # fmt: skip


def _answer(claim: EvidenceClaim, actor: User) -> Step:
    """What the event of the settlement says of the answer."""
    facts = {
        "evidence": f"{DOCUMENT}:{claim.document}", "answered_at": claim.settled_at.isoformat(),
        **_by_whom(claim, actor),
    }  # fmt: skip
    return Step(claim.settlement_id, facts=facts)


def _by_whom(claim: EvidenceClaim, actor: User) -> dict[str, Any]:
    return {
        "claim": str(claim), "proposed_by": claim.proposed_by.username,
        "accepted_by": actor.username,
    }  # fmt: skip


@transaction.atomic
def decline_evidence(*, ids: list[int], reason: str, actor: User, at: datetime) -> Outcome:
    """The document does not prove it; another may be recorded."""
    return advance(EvidenceClaim, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)
