"""The life of a case of a process.

OPEN --finish (its last step is taken)--> DONE
OPEN --end (its subject began anew, or is over)--> ENDED
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class CaseState(TextChoices):
    OPEN = "OPEN", _("Under way")
    DONE = "DONE", _("Every step taken")
    ENDED = "ENDED", _("Ended before its last step")


CASE_LIFECYCLE = Lifecycle(
    subject="process",
    states=CaseState.values,
    initial=CaseState.OPEN,
    transitions=[
        Transition(
            name="finish", sources=(CaseState.OPEN,), target=CaseState.DONE, by_rule=True
        ),
        Transition(name="end", sources=(CaseState.OPEN,), target=CaseState.ENDED, by_rule=True),
    ],
)  # fmt: skip
