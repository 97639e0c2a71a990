"""The kinds of accounts in our chart, and the life of a business day.

OPEN --close--> CLOSING --seal--> CLOSED
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class AccountKind(TextChoices):
    """What an account counts. Every account also names its owner, and what else it needs."""

    HOLDING = "HOLDING", _("Securities held at a place")
    CASH = "CASH", _("Money at a place")
    SETTLEMENT = "SETTLEMENT", _("Settlements with a counterparty")
    POSITION = "POSITION", _("Position of a book")
    FEES = "FEES", _("Fees and commissions")
    OPENING = "OPENING", _("Opening balances and transfers")


class DayState(TextChoices):
    OPEN = "OPEN", _("Open")
    CLOSING = "CLOSING", _("Closing")
    CLOSED = "CLOSED", _("Closed")


BUSINESS_DAY_LIFECYCLE = Lifecycle(
    subject="businessday",
    states=DayState.values,
    initial=DayState.OPEN,
    transitions=[
        Transition(name="close", sources=(DayState.OPEN,), target=DayState.CLOSING),
        Transition(name="reopen", sources=(DayState.CLOSING,), target=DayState.OPEN),
        Transition(name="seal", sources=(DayState.CLOSING,), target=DayState.CLOSED),
    ],
)
