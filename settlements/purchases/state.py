"""The life of a purchase from an individual, in the order of domain-decisions 18.

OPEN --identify--> IDENTIFIED --screen--> SCREENED --contract--> CONTRACTED --order--> ORDERED
     --credit--> CREDITED --act (other eyes)--> ACCEPTED --pay--> PAID
Advance payment: NONE --ask_advance--> ASKED --allow_advance (other eyes)--> ALLOWED, or refuse
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class PurchaseState(TextChoices):
    OPEN = "OPEN", _("Seller to be identified")
    IDENTIFIED = "IDENTIFIED", _("Seller identified")
    SCREENED = "SCREENED", _("Seller screened")
    CONTRACTED = "CONTRACTED", _("Contract signed")
    ORDERED = "ORDERED", _("Transfer order accepted")
    CREDITED = "CREDITED", _("Securities credited")
    ACCEPTED = "ACCEPTED", _("Act signed")
    PAID = "PAID", _("Paid")


STEPS = ("identify", "screen", "contract", "order", "credit", "act", "pay")
_ORDER = tuple(PurchaseState)

PURCHASE_LIFECYCLE = Lifecycle(
    subject="purchase",
    states=PurchaseState.values,
    initial=PurchaseState.OPEN,
    transitions=[
        Transition(
            name=name, sources=(_ORDER[place],), target=_ORDER[place + 1],
            makes=name in ("identify", "credit"), four_eyes=name == "act",
        )
        for place, name in enumerate(STEPS)
    ],
)  # fmt: skip


class Advance(TextChoices):
    """Whether money may go before the securities are credited and the act is signed."""

    NONE = "NONE", _("Not before the act")
    ASKED = "ASKED", _("Payment before the credit asked for")
    ALLOWED = "ALLOWED", _("Payment before the credit allowed")


ADVANCE_LIFECYCLE = Lifecycle(
    subject="purchase",
    column="advance",
    states=Advance.values,
    initial=Advance.NONE,
    transitions=[
        Transition(
            name="ask_advance", sources=(Advance.NONE,), target=Advance.ASKED, makes=True
        ),
        Transition(
            name="allow_advance", sources=(Advance.ASKED,), target=Advance.ALLOWED, four_eyes=True
        ),
        Transition(
            name="refuse_advance", sources=(Advance.ASKED,), target=Advance.NONE, four_eyes=True
        ),
    ],
)  # fmt: skip
