"""The life of a suspicion that two deals are one.

OPEN --dismiss (a person: it is another deal)--> DISMISSED
  |---fall_away (one of the two was cancelled)--> GONE
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class SuspicionState(TextChoices):
    OPEN = "OPEN", _("Open")
    DISMISSED = "DISMISSED", _("Another deal")
    GONE = "GONE", _("One of them was cancelled")


SUSPICION_LIFECYCLE = Lifecycle(
    subject="suspicion",
    states=SuspicionState.values,
    initial=SuspicionState.OPEN,
    transitions=[
        Transition(name="dismiss", sources=(SuspicionState.OPEN,), target=SuspicionState.DISMISSED),
        Transition(
            name="fall_away",
            sources=(SuspicionState.OPEN,),
            target=SuspicionState.GONE,
            by_rule=True,
        ),
    ],
)
