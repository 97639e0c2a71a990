"""The lives of an interest claim and of a buy-in. Whatever moves money takes other eyes.

Claim     PROPOSED --approve (other eyes): booked--> APPROVED --pay (other eyes): money--> PAID
              |--decline (other eyes)--> DECLINED     |--drop (other eyes): taken back--> DROPPED
Buy-in    PROPOSED --notify (other eyes)--> NOTIFIED --execute--> EXECUTED
              |--abandon--> ABANDONED <--abandon--|        |--compensate (other eyes): booked--> COMPENSATED
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition


class Claimant(TextChoices):
    US = "US", _("We claim")
    THEM = "THEM", _("They claim")


class InterestClaimState(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    APPROVED = "APPROVED", _("Approved")
    PAID = "PAID", _("Paid")
    DECLINED = "DECLINED", _("Declined")
    DROPPED = "DROPPED", _("Dropped")


INTEREST_CLAIM_LIFECYCLE = Lifecycle(
    subject="interestclaim",
    states=InterestClaimState.values,
    initial=InterestClaimState.PROPOSED,
    transitions=[
        Transition(
            name="approve", sources=(InterestClaimState.PROPOSED,),
            target=InterestClaimState.APPROVED, four_eyes=True,
        ),
        Transition(
            name="decline", sources=(InterestClaimState.PROPOSED,),
            target=InterestClaimState.DECLINED, four_eyes=True,
        ),
        Transition(
            name="pay", sources=(InterestClaimState.APPROVED,), target=InterestClaimState.PAID,
            four_eyes=True,
        ),
        Transition(
            name="drop", sources=(InterestClaimState.APPROVED,), target=InterestClaimState.DROPPED,
            four_eyes=True,
        ),
    ],
)  # fmt: skip


class BuyInState(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    NOTIFIED = "NOTIFIED", _("Counterparty notified")
    EXECUTED = "EXECUTED", _("Bought in")
    COMPENSATED = "COMPENSATED", _("Difference booked")
    ABANDONED = "ABANDONED", _("Abandoned")


BUY_IN_LIFECYCLE = Lifecycle(
    subject="buyin",
    states=BuyInState.values,
    initial=BuyInState.PROPOSED,
    transitions=[
        Transition(
            name="notify", sources=(BuyInState.PROPOSED,), target=BuyInState.NOTIFIED, four_eyes=True
        ),
        Transition(
            name="execute", sources=(BuyInState.NOTIFIED,), target=BuyInState.EXECUTED,
            makes=True,
        ),
        Transition(
            name="compensate", sources=(BuyInState.EXECUTED,), target=BuyInState.COMPENSATED,
            four_eyes=True,
        ),
        Transition(
            name="abandon", sources=(BuyInState.PROPOSED, BuyInState.NOTIFIED),
            target=BuyInState.ABANDONED,
        ),
    ],
)  # fmt: skip
