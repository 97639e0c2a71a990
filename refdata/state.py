"""The lives of reference data that two people decide about.

SSI: PROPOSED --approve (other eyes, after a call-back)--> APPROVED --revoke--> REVOKED
         |----- revoke -----------------------------------------------------> REVOKED
Change: PROPOSED --approve (other eyes: written now)--> APPROVED, or decline, or withdraw
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition


class SsiStatus(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    APPROVED = "APPROVED", _("Approved")
    REVOKED = "REVOKED", _("Revoked")


SSI_LIFECYCLE = Lifecycle(
    subject="ssi",
    column="status",
    states=SsiStatus.values,
    initial=SsiStatus.PROPOSED,
    transitions=[
        Transition(
            name="approve", sources=(SsiStatus.PROPOSED,), target=SsiStatus.APPROVED, four_eyes=True
        ),
        # Whoever may, stops money: one person is enough.
        Transition(
            name="revoke",
            sources=(SsiStatus.PROPOSED, SsiStatus.APPROVED),
            target=SsiStatus.REVOKED,
        ),
    ],
)


class ProposalState(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    APPROVED = "APPROVED", _("Approved")
    DECLINED = "DECLINED", _("Declined")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


PROPOSAL_LIFECYCLE = Lifecycle(
    subject="proposal",
    states=ProposalState.values,
    initial=ProposalState.PROPOSED,
    transitions=[
        Transition(
            name="approve",
            sources=(ProposalState.PROPOSED,),
            target=ProposalState.APPROVED,
            four_eyes=True,
        ),
        Transition(
            name="decline",
            sources=(ProposalState.PROPOSED,),
            target=ProposalState.DECLINED,
            four_eyes=True,
        ),
        Transition(
            name="withdraw", sources=(ProposalState.PROPOSED,), target=ProposalState.WITHDRAWN
        ),
    ],
)


class Said(TextChoices):
    """What came of calling a counterparty back."""

    CONFIRMED = "CONFIRMED", _("Confirmed the change")
    DENIED = "DENIED", _("Denied the change")
    NOT_REACHED = "NOT_REACHED", _("Not reached")


class Stopped(TextChoices):
    """Why nobody deals with a party, by its file."""

    DECLINED = "file-declined", _("Its file was declined")
    CLOSED = "file-closed", _("Its file was closed")
    HIT = "owner-hit", _("An owner or signatory is like an entry of a list of sanctions")


class Ending(TextChoices):
    """Why dealing with a party ends on a day, if nothing is done before."""

    DOCUMENT = "document-expired", _("A document of its file expires")
    REVIEW = "review-overdue", _("The review of its file is overdue")
