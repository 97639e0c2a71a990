"""The life of a batch of entries: made of a signed-off day, given to the bookkeeping, taken in there.

Batch    PREPARED --hand_over--> HANDED_OVER --accept (what it became there)--> ACCEPTED

There is no way back: what was wrong comes reversed in the next batch (domain-decisions 27).
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class BatchState(TextChoices):
    PREPARED = "PREPARED", _("Prepared")
    HANDED_OVER = "HANDED_OVER", _("Handed over")
    ACCEPTED = "ACCEPTED", _("Accepted")


BATCH_LIFECYCLE = Lifecycle(
    subject="ledgerbatch",
    states=BatchState.values,
    initial=BatchState.PREPARED,
    transitions=[
        Transition(
            name="hand_over",
            sources=(BatchState.PREPARED,),
            target=BatchState.HANDED_OVER,
            makes=True,
        ),
        Transition(
            name="accept", sources=(BatchState.HANDED_OVER,), target=BatchState.ACCEPTED, makes=True
        ),
    ],
)
