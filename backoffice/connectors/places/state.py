"""The life of an allegement: open until our own instruction matches it, it is taken back, or a clerk sets it aside.

OPEN --answer--> ANSWERED, --withdraw--> WITHDRAWN, --dismiss (a person, with a reason)--> DISMISSED
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition


class AllegementState(TextChoices):
    OPEN = "OPEN", pgettext_lazy("allegement", "Open")
    ANSWERED = "ANSWERED", _("Matched by ours")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("allegement", "Taken back")
    DISMISSED = "DISMISSED", _("Set aside")


ALLEGEMENT_LIFECYCLE = Lifecycle(
    subject="allegement",
    states=AllegementState.values,
    initial=AllegementState.OPEN,
    transitions=[
        Transition(
            name="answer", sources=(AllegementState.OPEN, AllegementState.DISMISSED),
            target=AllegementState.ANSWERED, by_rule=True,
        ),
        Transition(
            name="withdraw", sources=(AllegementState.OPEN, AllegementState.DISMISSED),
            target=AllegementState.WITHDRAWN, by_rule=True,
        ),
        Transition(
            name="dismiss", sources=(AllegementState.OPEN,), target=AllegementState.DISMISSED
        ),
    ],
)  # fmt: skip
