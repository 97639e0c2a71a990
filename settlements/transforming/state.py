"""Kinds of record-date events, and their life: two people put one in force, the rule applies it.

`Action` is what the trade calls it, `EventKind` what it does to who holds; the second follows from the first.
"""

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
    OFFER = "OFFER", _("Something is offered to who holds it")


class Action(TextChoices):
    """What was announced."""

    DIVIDEND = "DIVIDEND", _("Dividend")
    COUPON = "COUPON", _("Coupon")
    AMORTISATION = "AMORTISATION", _("Partial redemption")
    REDEMPTION = "REDEMPTION", _("Redemption")
    BONUS = "BONUS", _("Bonus issue")
    SPIN_OFF = "SPIN_OFF", _("Spin-off")
    RIGHTS = "RIGHTS", _("Rights distributed")
    SPLIT = "SPLIT", _("Split")
    REVERSE_SPLIT = "REVERSE_SPLIT", _("Reverse split")
    EXCHANGE = "EXCHANGE", _("Exchange into another security")
    TENDER = "TENDER", _("Tender offer")
    EXERCISE = "EXERCISE", _("Exercise of rights")


KIND_OF: dict[Action, EventKind] = {
    Action.DIVIDEND: EventKind.CASH, Action.COUPON: EventKind.CASH, Action.AMORTISATION: EventKind.CASH,
    Action.REDEMPTION: EventKind.REDEMPTION,
    Action.BONUS: EventKind.STOCK, Action.SPIN_OFF: EventKind.STOCK, Action.RIGHTS: EventKind.STOCK,
    Action.SPLIT: EventKind.EXCHANGE, Action.REVERSE_SPLIT: EventKind.EXCHANGE,
    Action.EXCHANGE: EventKind.EXCHANGE,
    Action.TENDER: EventKind.OFFER, Action.EXERCISE: EventKind.OFFER,
}  # fmt: skip
# What is announced by its kind alone is called so.
CALLED: dict[str, Action] = {
    EventKind.CASH: Action.DIVIDEND, EventKind.STOCK: Action.BONUS,
    EventKind.EXCHANGE: Action.EXCHANGE, EventKind.REDEMPTION: Action.REDEMPTION,
}  # fmt: skip
PRINCIPAL = (Action.AMORTISATION, Action.REDEMPTION)  # money back, no income

DISTRIBUTIONS = (EventKind.CASH, EventKind.STOCK)  # the others take the security away


class EventState(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    APPROVED = "APPROVED", pgettext_lazy("state", "Approved")
    APPLIED = "APPLIED", _("Applied to what was pending")
    DECLINED = "DECLINED", pgettext_lazy("state", "Declined")
    REPLACED = "REPLACED", _("Replaced")
    CANCELLED = "CANCELLED", _("Cancelled")


OVER = (EventState.DECLINED, EventState.REPLACED, EventState.CANCELLED)
IN_FORCE = (EventState.APPROVED, EventState.APPLIED)


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
        # Its place says otherwise before other eyes have looked: what it says now is proposed in its stead, or nothing.
        Transition(
            name="overtake",
            sources=(EventState.PROPOSED,),
            target=EventState.DECLINED,
            by_rule=True,
        ),
        Transition(
            name="apply", sources=(EventState.APPROVED,), target=EventState.APPLIED, by_rule=True
        ),
        Transition(name="replace", sources=IN_FORCE, target=EventState.REPLACED, by_rule=True),
        Transition(name="cancel", sources=IN_FORCE, target=EventState.CANCELLED, four_eyes=True),
    ],
)
