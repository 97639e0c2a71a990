"""In whose hands a work item is. Whether it is still open is another matter: that follows from its subject.

WAITING --claim--> CLAIMED --pause--> PAUSED --resume--> CLAIMED
   |--- assign (by rule: past its warning time nothing is nobody's) --> CLAIMED
   |--- hand_over (from every state, to a person) --> CLAIMED
   |--- requeue (from every state, to a queue) --> WAITING
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class Handling(TextChoices):
    WAITING = "WAITING", _("Nobody's yet")
    CLAIMED = "CLAIMED", _("In hand")
    PAUSED = "PAUSED", _("Put aside")


_ALL = (Handling.WAITING, Handling.CLAIMED, Handling.PAUSED)

ITEM_LIFECYCLE = Lifecycle(
    subject="workitem",
    states=Handling.values,
    initial=Handling.WAITING,
    transitions=[
        Transition(name="claim", sources=(Handling.WAITING,), target=Handling.CLAIMED),
        Transition(
            name="assign", sources=(Handling.WAITING,), target=Handling.CLAIMED, by_rule=True
        ),
        Transition(name="hand_over", sources=_ALL, target=Handling.CLAIMED),
        Transition(name="requeue", sources=_ALL, target=Handling.WAITING),
        Transition(name="pause", sources=(Handling.CLAIMED,), target=Handling.PAUSED),
        Transition(name="resume", sources=(Handling.PAUSED,), target=Handling.CLAIMED),
    ],
)
