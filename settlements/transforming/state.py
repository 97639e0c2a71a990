"""Kinds of record-date events, and their life: two people put one in force, the rule applies it."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition


class EventKind(TextChoices):
    """What is distributed, or what becomes of the security."""

    CASH = "CASH", _("Money is distributed")
    STOCK = "STOCK", _("Securities are distributed")
    EXCHANGE = "EXCHANGE", _("It becomes another security")
    REDEMPTION = "REDEMPTION", _("It is redeemed")


DISTRIBUTIONS = (EventKind.CASH, EventKind.STOCK)  # the others take the security away


class EventState(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    APPROVED = "APPROVED", pgettext_lazy("state", "Approved")
    APPLIED = "APPLIED", _("Applied to what was pending")
    DECLINED = "DECLINED", pgettext_lazy("state", "Declined")


class ClaimKind(TextChoices):
    """Between the party that holds on the record date and the one that is entitled by its trade date."""

    MARKET = "MARKET", _("The seller owes it to the buyer")
    REVERSE = "REVERSE", _("The buyer owes it to the seller")


RECORD_EVENT_LIFECYCLE = Lifecycle(
    subject="recordevent",
    states=EventState.values,
    initial=EventState.PROPOSED,
    transitions=[
        Transition(
            name="approve",
            sources=(EventState.PROPOSED,),
            target=EventState.APPROVED,
            four_eyes=True,
        ),
        Transition(
            name="decline",
            sources=(EventState.PROPOSED,),
            target=EventState.DECLINED,
            four_eyes=True,
        ),
        Transition(
            name="apply", sources=(EventState.APPROVED,), target=EventState.APPLIED, by_rule=True
        ),
    ],
)
