"""The life of a firm profile: proposed by one person, approved by another.

PROPOSED --approve (other eyes)--> APPROVED --supersede (another from the same day)--> SUPERSEDED
    |----- decline (other eyes)--> DECLINED
    |----- withdraw -------------> WITHDRAWN
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition


class ProfileState(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    APPROVED = "APPROVED", _("Approved")
    SUPERSEDED = "SUPERSEDED", _("Superseded")
    DECLINED = "DECLINED", _("Declined")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


class Jurisdiction(TextChoices):
    """Whose law rules the entity."""

    RU = "RU", _("Russia")
    EU = "EU", _("European Union")


class Licence(TextChoices):
    """What the entity may do for others, and by that what it reports."""

    DEALER = "DEALER", _("Dealer")
    BROKER = "BROKER", _("Broker")
    MANAGER = "MANAGER", _("Asset manager")
    BANK = "BANK", _("Bank")
    NONE = "NONE", _("No licence")


class SwiftAccess(TextChoices):
    """Whether payments go out as our own messages, or as orders to a bank."""

    PARTICIPANT = "PARTICIPANT", _("SWIFT participant")
    BANK_CLIENT = "BANK_CLIENT", _("Client of a bank")


_PROPOSED = (ProfileState.PROPOSED,)

PROFILE_LIFECYCLE = Lifecycle(
    subject="profile",
    states=ProfileState.values,
    initial=ProfileState.PROPOSED,
    transitions=[
        Transition(name="approve", sources=_PROPOSED, target=ProfileState.APPROVED, four_eyes=True),
        Transition(name="decline", sources=_PROPOSED, target=ProfileState.DECLINED, four_eyes=True),
        Transition(name="withdraw", sources=_PROPOSED, target=ProfileState.WITHDRAWN),
        Transition(
            name="supersede",
            sources=(ProfileState.APPROVED,),
            target=ProfileState.SUPERSEDED,
            by_rule=True,
        ),
    ],
)
