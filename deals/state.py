"""The life of a deal, and of an executed deal that could not be resolved.

CAPTURED --confirm--> PENDING_APPROVAL --approve (other eyes)--> CONFIRMED
   |  ^------------------reject (other eyes)------|                  |
   |------------------affirm (a rule)------------------------------->|
PENDING_APPROVAL --take_step (of its process, before the last)--> PENDING_APPROVAL
CONFIRMED --prepare--> SETTLING --settle--> SETTLED --close--> CLOSED
CAPTURED, PENDING_APPROVAL, CONFIRMED, SETTLING --amend (its economics)--> CAPTURED
CAPTURED, PENDING_APPROVAL, CONFIRMED, SETTLING --cancel--> CANCELLED
the same, nothing released --allocate--> REPLACED by its parts; CAPTURED --group--> REPLACED by a block
REPLACED by its parts --undo_allocation--> CAPTURED, and its parts CANCELLED
SETTLING --reinstruct (its settlements were cancelled alone, or the rest of them)--> CONFIRMED
SETTLING --cancel_rest (a part is settled, the rest cancelled by agreement)--> SETTLED

What must be agreed before it is amended or cancelled says `amending/consequences.py`. Where a
cancellation waits for others, it is an axis of its own:

NONE, DENIED --request_cancel--> REQUESTED --agree_cancel (their word)--> AGREED
REQUESTED, AGREED --approve_cancel (other eyes)--> APPROVED, then cancelled, or the places are asked
REQUESTED, AGREED, APPROVED --deny_cancel--> DENIED;  REQUESTED, AGREED --withdraw_cancel--> NONE
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class DealState(TextChoices):
    CAPTURED = "CAPTURED", _("Captured")
    PENDING_APPROVAL = "PENDING_APPROVAL", _("Pending approval")
    CONFIRMED = "CONFIRMED", _("Confirmed")
    SETTLING = "SETTLING", _("Settling")
    SETTLED = "SETTLED", _("Settled")
    CLOSED = "CLOSED", _("Closed")
    CANCELLED = "CANCELLED", _("Cancelled")
    REPLACED = "REPLACED", _("Replaced by other deals")


class CancelState(TextChoices):
    """How far the cancellation of a deal has come that others must agree to."""

    NONE = "NONE", _("None")
    REQUESTED = "REQUESTED", _("Cancellation requested")
    AGREED = "AGREED", _("Cancellation agreed")
    APPROVED = "APPROVED", _("Cancellation approved")
    DENIED = "DENIED", _("Cancellation denied")


class InboundState(TextChoices):
    REPAIR = "REPAIR", _("In repair")
    REPLAYED = "REPLAYED", _("Replayed")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


UNSETTLED = (
    DealState.CAPTURED,
    DealState.PENDING_APPROVAL,
    DealState.CONFIRMED,
    DealState.SETTLING,
)

DEAL_LIFECYCLE = Lifecycle(
    subject="deal",
    states=DealState.values,
    initial=DealState.CAPTURED,
    transitions=[
        Transition(
            name="confirm",
            sources=(DealState.CAPTURED,),
            target=DealState.PENDING_APPROVAL,
            makes=True,
        ),
        Transition(
            name="approve",
            sources=(DealState.PENDING_APPROVAL,),
            target=DealState.CONFIRMED,
            four_eyes=True,
        ),
        # Of what its process asks for besides; the last step approves it.
        Transition(
            name="take_step",
            sources=(DealState.PENDING_APPROVAL,),
            target=DealState.PENDING_APPROVAL,
        ),
        Transition(
            name="reject",
            sources=(DealState.PENDING_APPROVAL,),
            target=DealState.CAPTURED,
            four_eyes=True,
            empties_makers=True,
        ),
        Transition(
            name="affirm", sources=(DealState.CAPTURED,), target=DealState.CONFIRMED, by_rule=True
        ),
        Transition(
            name="prepare", sources=(DealState.CONFIRMED,), target=DealState.SETTLING, by_rule=True
        ),
        Transition(
            name="settle", sources=(DealState.SETTLING,), target=DealState.SETTLED, by_rule=True
        ),
        Transition(
            name="close", sources=(DealState.SETTLED,), target=DealState.CLOSED, by_rule=True
        ),
        Transition(
            name="reinstruct",
            sources=(DealState.SETTLING,),
            target=DealState.CONFIRMED,
        ),
        # A part is settled, and both sides agree that the rest is settled no more.
        Transition(
            name="cancel_rest",
            sources=(DealState.SETTLING,),
            target=DealState.SETTLED,
            by_rule=True,
        ),
        Transition(name="amend", sources=UNSETTLED, target=DealState.CAPTURED, makes=True),
        Transition(name="cancel", sources=UNSETTLED, target=DealState.CANCELLED),
        # A block by its parts, or fills by their block.
        Transition(name="allocate", sources=UNSETTLED, target=DealState.REPLACED),
        Transition(name="group", sources=(DealState.CAPTURED,), target=DealState.REPLACED),
        # Its parts are cancelled, and it stands in their place again.
        Transition(
            name="undo_allocation",
            sources=(DealState.REPLACED,),
            target=DealState.CAPTURED,
            makes=True,
        ),
    ],
)

CANCEL_LIFECYCLE = Lifecycle(
    subject="deal",
    column="cancellation",
    states=CancelState.values,
    initial=CancelState.NONE,
    transitions=[
        Transition(
            name="request_cancel",  # what `cancel` does where others must agree
            sources=(CancelState.NONE, CancelState.DENIED),
            target=CancelState.REQUESTED,
            makes=True,
            by_rule=True,
        ),
        Transition(
            name="agree_cancel",
            sources=(CancelState.REQUESTED,),
            target=CancelState.AGREED,
            makes=True,
        ),
        Transition(
            name="approve_cancel",
            sources=(CancelState.REQUESTED, CancelState.AGREED),
            target=CancelState.APPROVED,
            four_eyes=True,
        ),
        Transition(
            name="deny_cancel",
            sources=(CancelState.REQUESTED, CancelState.AGREED, CancelState.APPROVED),
            target=CancelState.DENIED,
        ),
        Transition(
            name="withdraw_cancel",
            sources=(CancelState.REQUESTED, CancelState.AGREED),
            target=CancelState.NONE,
        ),
    ],
)

INBOUND_LIFECYCLE = Lifecycle(
    subject="inbound",
    states=InboundState.values,
    initial=InboundState.REPAIR,
    transitions=[
        Transition(name="replay", sources=(InboundState.REPAIR,), target=InboundState.REPLAYED),
        # With the whole import that brought it, by other eyes than asked for that.
        Transition(
            name="withdraw",
            sources=(InboundState.REPAIR,),
            target=InboundState.WITHDRAWN,
            by_rule=True,
        ),
    ],
)
