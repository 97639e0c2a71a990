"""The life of a use of a client's assets. Both moves take other eyes than proposed it.

Use     PROPOSED --approve (other eyes): moved to us--> IN_USE --give_back (other eyes): moved back--> RETURNED
            |--decline (other eyes)--> DECLINED
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition


class UseState(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    IN_USE = "IN_USE", _("In our use")
    RETURNED = "RETURNED", _("Given back")
    DECLINED = "DECLINED", _("Declined")


ASSET_USE_LIFECYCLE = Lifecycle(
    subject="assetuse",
    states=UseState.values,
    initial=UseState.PROPOSED,
    transitions=[
        Transition(
            name="approve", sources=(UseState.PROPOSED,), target=UseState.IN_USE, four_eyes=True
        ),
        Transition(
            name="decline", sources=(UseState.PROPOSED,), target=UseState.DECLINED, four_eyes=True
        ),
        Transition(
            name="give_back", sources=(UseState.IN_USE,), target=UseState.RETURNED, four_eyes=True
        ),
    ],
)
