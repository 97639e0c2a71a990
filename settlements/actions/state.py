"""What a corporate action is called, and the lives of what follows from one.

Entitlement  EXPECTED --pay--> PAID --reverse (the action is cancelled)--> REVERSED
                |--correct (a position changed late)--> CORRECTED        |--cancel--> CANCELLED
Payment      PROPOSED --accept (other eyes)--> ACCEPTED, or --decline--> DECLINED
Difference   OPEN --accept (other eyes)--> ACCEPTED
Election     WAITING --choose--> CHOSEN --instruct (other eyes)--> INSTRUCTED --accept (the place)--> ACCEPTED
                ^--------------decline (other eyes)---|                |                                |
                ^-----------------------------------------------refuse (the place)----------------------|
             WAITING, CHOSEN --lapse (the deadline)--> DEFAULTED
             CHOSEN --drop (other units are held than were chosen of)--> WAITING
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition


class Participation(TextChoices):
    """Whether holders have to say anything."""

    MANDATORY = "MANDATORY", _("For all")
    WITH_OPTIONS = "OPTIONS", _("For all, with a choice")
    VOLUNTARY = "VOLUNTARY", _("For who asks")


class OptionKind(TextChoices):
    """What a holder gets who chooses it."""

    CASH = "CASH", _("Money")
    SECURITIES = "SECURITIES", _("Securities")
    LAPSE = "LAPSE", _("Nothing is done")


class Fractions(TextChoices):
    """What becomes of a fraction of a new unit."""

    CASH = "CASH", _("Paid in money")
    DOWN = "DOWN", _("Lost")
    UP = "UP", _("Rounded up to a unit")
    NEAREST = "NEAR", _("Rounded to the nearest unit, a half up")


class WithheldBy(TextChoices):
    """Who keeps the tax back: those who pay us, or we of what we pay on."""

    SOURCE = "SOURCE", _("Who pays")
    US = "US", _("We")
    NOBODY = "NOBODY", _("Nobody")


class EntitlementState(TextChoices):
    EXPECTED = "EXPECTED", _("Expected")
    PAID = "PAID", _("Paid")
    CORRECTED = "CORRECTED", _("Corrected")
    CANCELLED = "CANCELLED", _("Cancelled")
    REVERSED = "REVERSED", _("Reversed")


ENTITLEMENT_LIFECYCLE = Lifecycle(
    subject="entitlement",
    states=EntitlementState.values,
    initial=EntitlementState.EXPECTED,
    transitions=[
        Transition(
            name="pay", sources=(EntitlementState.EXPECTED,), target=EntitlementState.PAID,
            by_rule=True,
        ),
        Transition(
            name="correct", sources=(EntitlementState.EXPECTED,), target=EntitlementState.CORRECTED,
            by_rule=True,
        ),
        Transition(
            name="cancel", sources=(EntitlementState.EXPECTED,), target=EntitlementState.CANCELLED,
            by_rule=True,
        ),
        Transition(
            name="reverse", sources=(EntitlementState.PAID,), target=EntitlementState.REVERSED,
            by_rule=True,
        ),
    ],
)  # fmt: skip


class PaymentState(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    ACCEPTED = "ACCEPTED", _("Accepted")
    DECLINED = "DECLINED", _("Declined")


PAYMENT_LIFECYCLE = Lifecycle(
    subject="incomepayment",
    states=PaymentState.values,
    initial=PaymentState.PROPOSED,
    transitions=[
        Transition(
            name="accept", sources=(PaymentState.PROPOSED,), target=PaymentState.ACCEPTED, four_eyes=True
        ),
        Transition(
            name="decline", sources=(PaymentState.PROPOSED,), target=PaymentState.DECLINED, four_eyes=True
        ),
    ],
)  # fmt: skip


class DifferenceState(TextChoices):
    OPEN = "OPEN", _("Open")
    ACCEPTED = "ACCEPTED", _("Accepted")


DIFFERENCE_LIFECYCLE = Lifecycle(
    subject="incomedifference",
    states=DifferenceState.values,
    initial=DifferenceState.OPEN,
    transitions=[
        Transition(
            name="accept", sources=(DifferenceState.OPEN,), target=DifferenceState.ACCEPTED, four_eyes=True
        ),
    ],
)  # fmt: skip


class ElectionState(TextChoices):
    WAITING = "WAITING", _("Waits for a choice")
    CHOSEN = "CHOSEN", _("Chosen")
    INSTRUCTED = "INSTRUCTED", _("Instructed")
    ACCEPTED = "ACCEPTED", _("Accepted")
    DEFAULTED = "DEFAULTED", _("By default")


WITH_THE_PLACE = (ElectionState.INSTRUCTED, ElectionState.ACCEPTED)
ELECTION_LIFECYCLE = Lifecycle(
    subject="election",
    states=ElectionState.values,
    initial=ElectionState.WAITING,
    transitions=[
        Transition(
            name="choose", sources=(ElectionState.WAITING,), target=ElectionState.CHOSEN, makes=True
        ),
        Transition(
            name="instruct", sources=(ElectionState.CHOSEN,), target=ElectionState.INSTRUCTED,
            four_eyes=True,
        ),
        Transition(
            name="decline", sources=(ElectionState.CHOSEN,), target=ElectionState.WAITING,
            four_eyes=True, empties_makers=True,
        ),
        Transition(
            name="accept", sources=(ElectionState.INSTRUCTED,), target=ElectionState.ACCEPTED,
            by_rule=True,
        ),
        Transition(
            name="refuse", sources=(ElectionState.INSTRUCTED, ElectionState.ACCEPTED),
            target=ElectionState.WAITING, by_rule=True, empties_makers=True,
        ),
        Transition(
            name="drop", sources=(ElectionState.CHOSEN,), target=ElectionState.WAITING, by_rule=True,
            empties_makers=True,
        ),
        Transition(
            name="lapse", sources=(ElectionState.WAITING, ElectionState.CHOSEN),
            target=ElectionState.DEFAULTED, by_rule=True,
        ),
    ],
)  # fmt: skip
