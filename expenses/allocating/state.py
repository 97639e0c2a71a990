"""By what a centre is shared out, and the life of such a key.

PROPOSED --approve (other eyes)--> APPROVED: until a later key of the centre begins
    |--decline (other eyes)--> DECLINED
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition


class Basis(TextChoices):
    """What the weights of desks and centres are."""

    FIXED = "FIXED", _("Fixed shares")
    HEADCOUNT = "HEADCOUNT", _("Heads, as told")
    DEALS = "DEALS", _("Deals of each desk")
    SETTLEMENTS = "SETTLEMENTS", _("Settlements of each desk")


COUNTED = (Basis.DEALS, Basis.SETTLEMENTS)  # by what happened, month by month


class KeyState(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    APPROVED = "APPROVED", _("Approved")
    DECLINED = "DECLINED", _("Declined")


KEY_LIFECYCLE = Lifecycle(
    subject="allocationkey",
    states=KeyState.values,
    initial=KeyState.PROPOSED,
    transitions=[
        Transition(
            name="approve", sources=(KeyState.PROPOSED,), target=KeyState.APPROVED, four_eyes=True
        ),
        Transition(
            name="decline", sources=(KeyState.PROPOSED,), target=KeyState.DECLINED, four_eyes=True
        ),
    ],
)
