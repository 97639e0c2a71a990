"""The life of a role that somebody holds: proposed by one person, held once another has approved it.

PROPOSED --approve (other eyes)--> GRANTED --end--> ENDED
    |---- decline (other eyes)--> DECLINED   |--expire (its time is over)--> EXPIRED
    |---- withdraw--> WITHDRAWN
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class GrantState(TextChoices):
    PROPOSED = "PROPOSED", _("Proposed")
    GRANTED = "GRANTED", _("Granted")
    ENDED = "ENDED", _("Ended")
    EXPIRED = "EXPIRED", _("Expired")
    DECLINED = "DECLINED", _("Declined")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


LIVE = (GrantState.PROPOSED, GrantState.GRANTED)
_PROPOSED, _GRANTED = (GrantState.PROPOSED,), (GrantState.GRANTED,)

GRANT_LIFECYCLE = Lifecycle(
    subject="rolegrant",
    states=GrantState.values,
    initial=GrantState.PROPOSED,
    transitions=[
        Transition(name="approve", sources=_PROPOSED, target=GrantState.GRANTED, four_eyes=True),
        Transition(name="decline", sources=_PROPOSED, target=GrantState.DECLINED, four_eyes=True),
        Transition(name="withdraw", sources=_PROPOSED, target=GrantState.WITHDRAWN),
        Transition(name="end", sources=_GRANTED, target=GrantState.ENDED),
        Transition(name="expire", sources=_GRANTED, target=GrantState.EXPIRED, by_rule=True),
    ],
)
