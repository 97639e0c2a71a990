"""What becomes of a file; the life of a mapping rule: proposed by one person, in force once another approved it.

PROPOSED --approve (other eyes)--> APPROVED --withdraw--> WITHDRAWN
    |----- decline (other eyes)--> DECLINED
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class MappingState(TextChoices):
    PROPOSED = "PROPOSED", _("Proposed")
    APPROVED = "APPROVED", _("Approved")
    DECLINED = "DECLINED", _("Declined")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


MAPPING_LIFECYCLE = Lifecycle(
    subject="fixmapping",
    states=MappingState.values,
    initial=MappingState.PROPOSED,
    transitions=[
        Transition(
            name="approve",
            sources=(MappingState.PROPOSED,),
            target=MappingState.APPROVED,
            four_eyes=True,
        ),
        Transition(
            name="decline",
            sources=(MappingState.PROPOSED,),
            target=MappingState.DECLINED,
            four_eyes=True,
        ),
        Transition(
            name="withdraw", sources=(MappingState.APPROVED,), target=MappingState.WITHDRAWN
        ),
    ],
)


class InstrumentBy(TextChoices):
    """Which member of a fill names its instrument."""

    SYMBOL = "SYMBOL", _("The symbol (tag 55)")
    SECURITY_ID = "SECURITY_ID", _("The security identifier (tag 48)")


class CounterpartyBy(TextChoices):
    """Who the counterparty of a fill is."""

    PARTY = "PARTY", _("Always the same party")
    SENDER = "SENDER", _("The sender (tag 49)")
    TARGET = "TARGET", _("The target (tag 56)")


class InboundOutcome(TextChoices):
    """What became of a file that came in."""

    TAKEN = "TAKEN", _("Taken in")
    PARTLY = "PARTLY", _("Taken in part")
    REFUSED = "REFUSED", _("Refused")
    SET_ASIDE = "SET_ASIDE", _("Set aside")


LEFT_OPEN = frozenset({InboundOutcome.PARTLY, InboundOutcome.REFUSED})  # somebody has to look
