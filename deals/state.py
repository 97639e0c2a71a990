"""The life of a deal, and of an executed deal that could not be resolved.

CAPTURED --confirm--> PENDING_APPROVAL --approve (other eyes)--> CONFIRMED
   |  ^------------------reject (other eyes)------|                  |
   |------------------affirm (a rule)------------------------------->|
CONFIRMED --prepare--> SETTLING --settle--> SETTLED --close--> CLOSED
CAPTURED, PENDING_APPROVAL --cancel--> CANCELLED
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


class InboundState(TextChoices):
    REPAIR = "REPAIR", _("In repair")
    REPLAYED = "REPLAYED", _("Replayed")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


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
            name="cancel",
            sources=(DealState.CAPTURED, DealState.PENDING_APPROVAL),
            target=DealState.CANCELLED,
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
