"""The life of a netting set: computed while it is open, agreed as a whole, and open again by a late cancel."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class SetMode(TextChoices):
    """By which rule its members are settled together."""

    PAYMENTS = "PAYMENTS", _("Payments under an agreement")
    PAIR_OFF = "PAIR_OFF", _("Pair-off of a security")
    SHAPES = "SHAPES", _("A large one in shapes")
    CROSSING = "CROSSING", _("Two sides that cross in our books")
    TRANSFORM = "TRANSFORM", _("Replaced because of a corporate action")


class SetState(TextChoices):
    OPEN = "OPEN", _("Open")
    AGREED = "AGREED", _("Agreed with the other side")
    INSTRUCTED = "INSTRUCTED", _("Instructed")
    SETTLED = "SETTLED", _("Settled")
    REOPENED = "REOPENED", _("Open again: each settles by itself")


BINDING = (SetState.AGREED, SetState.INSTRUCTED)  # its members move with it only

SET_LIFECYCLE = Lifecycle(
    subject="nettingset",
    states=SetState.values,
    initial=SetState.OPEN,
    transitions=[
        Transition(name="recompute", sources=(SetState.OPEN,), target=SetState.OPEN, by_rule=True),
        Transition(name="agree", sources=(SetState.OPEN,), target=SetState.AGREED, makes=True),
        Transition(
            name="instruct", sources=(SetState.AGREED,), target=SetState.INSTRUCTED, by_rule=True
        ),
        Transition(name="settle", sources=BINDING, target=SetState.SETTLED, by_rule=True),
        # Two sides of ours: nothing goes out, so that other eyes make it final.
        Transition(
            name="cross", sources=(SetState.AGREED,), target=SetState.SETTLED, four_eyes=True
        ),
        Transition(name="reopen", sources=BINDING, target=SetState.REOPENED),
        # Not agreed before the cut-off, or nothing left to net: each settles gross.
        Transition(name="lapse", sources=(SetState.OPEN,), target=SetState.REOPENED, by_rule=True),
    ],
)
