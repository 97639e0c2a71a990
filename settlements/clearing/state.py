"""The life of a net obligation to a clearing house.

COMPUTED, DIFFERENT --match (their figure is ours)--> MATCHED --agree--> AGREED --instruct--> INSTRUCTED
COMPUTED --agree (a net of nothing, of which they say nothing)--> AGREED
COMPUTED, MATCHED --differ (their figure is another)--> DIFFERENT
COMPUTED, MATCHED, DIFFERENT, AGREED --recompute (a deal joined: another version)--> COMPUTED
AGREED, INSTRUCTED --reopen (its settlement was taken back)--> COMPUTED
AGREED, INSTRUCTED --settle (its settlement is final; a net of nothing at once)--> SETTLED

INSTRUCTED: its settlement is released, so nothing can join any more. What comes later is the next round.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class NetState(TextChoices):
    COMPUTED = "COMPUTED", _("Computed")
    MATCHED = "MATCHED", _("Equal to their figure")
    DIFFERENT = "DIFFERENT", _("Different from their figure")
    AGREED = "AGREED", _("Agreed with the clearing house")
    INSTRUCTED = "INSTRUCTED", _("Instructed")
    SETTLED = "SETTLED", _("Settled")


COMPARED = (NetState.COMPUTED, NetState.MATCHED, NetState.DIFFERENT)
OPEN = (*COMPARED, NetState.AGREED)  # deals may still join

NET_LIFECYCLE = Lifecycle(
    subject="netobligation",
    states=NetState.values,
    initial=NetState.COMPUTED,
    transitions=[
        Transition(name="match", sources=COMPARED, target=NetState.MATCHED, by_rule=True),
        Transition(name="differ", sources=COMPARED, target=NetState.DIFFERENT, by_rule=True),
        Transition(
            name="recompute",
            sources=OPEN,
            target=NetState.COMPUTED,
            by_rule=True,
            empties_makers=True,
        ),
        # Computed: only a net of nothing, of which the house says nothing (services.py).
        Transition(
            name="agree",
            sources=(NetState.MATCHED, NetState.COMPUTED),
            target=NetState.AGREED,
            makes=True,
        ),
        Transition(
            name="instruct", sources=(NetState.AGREED,), target=NetState.INSTRUCTED, by_rule=True
        ),
        Transition(
            name="reopen",
            sources=(NetState.AGREED, NetState.INSTRUCTED),
            target=NetState.COMPUTED,
            by_rule=True,
            empties_makers=True,
        ),
        Transition(
            name="settle",
            sources=(NetState.AGREED, NetState.INSTRUCTED),
            target=NetState.SETTLED,
            by_rule=True,
        ),
    ],
)
