"""The life of a hit: open until two people say that it is another, or one that it is not.

OPEN --propose_clearing--> CLEARING --approve_clearing (other eyes)--> CLEARED
  |      ^---- decline_clearing (other eyes) ----|
  |-- confirm (from every state but BLOCKED: one person is enough to stop money) --> BLOCKED
  |-- vanish (by rule: no longer found) --> GONE          BLOCKED --propose_clearing--> CLEARING
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class HitState(TextChoices):
    OPEN = "OPEN", _("Open")
    CLEARING = "CLEARING", _("To be cleared")
    CLEARED = "CLEARED", _("Cleared: another")
    BLOCKED = "BLOCKED", _("Blocked")
    GONE = "GONE", _("No longer found")


# In these nothing is paid to or through whom the hit is about.
BLOCKING = (HitState.OPEN, HitState.CLEARING, HitState.BLOCKED)

HIT_LIFECYCLE = Lifecycle(
    subject="screeninghit",
    states=HitState.values,
    initial=HitState.OPEN,
    transitions=[
        Transition(
            name="propose_clearing",
            sources=(HitState.OPEN, HitState.BLOCKED),
            target=HitState.CLEARING,
            makes=True,
        ),
        Transition(
            name="approve_clearing",
            sources=(HitState.CLEARING,),
            target=HitState.CLEARED,
            four_eyes=True,
        ),
        Transition(
            name="decline_clearing",
            sources=(HitState.CLEARING,),
            target=HitState.OPEN,
            four_eyes=True,
            empties_makers=True,
        ),
        Transition(
            name="confirm",
            sources=(HitState.OPEN, HitState.CLEARING, HitState.CLEARED),
            target=HitState.BLOCKED,
        ),
        Transition(
            name="vanish",
            sources=(HitState.OPEN, HitState.CLEARING),
            target=HitState.GONE,
            by_rule=True,
        ),
        Transition(name="recur", sources=(HitState.GONE,), target=HitState.OPEN, by_rule=True),
    ],
)


class EntryKind(TextChoices):
    """Who or what a list names."""

    PERSON = "PERSON", _("Person")
    ENTITY = "ENTITY", _("Organisation")
    BANK = "BANK", _("Bank")
    VESSEL = "VESSEL", _("Vessel")
    SECURITY = "SECURITY", _("Security")


class Cause(TextChoices):
    """Why something was screened."""

    ONBOARDING = "ONBOARDING", _("When it was proposed")
    DUE = "DUE", _("A list was loaded, or its own details changed")


class Standing(TextChoices):
    """How something stands with the lists; only CLEAR lets money go."""

    CLEAR = "CLEAR", _("Clear")
    HIT = "HIT", _("Hit")
    OUTDATED = "OUTDATED", _("To be screened again")
    NEVER = "NEVER", _("Never screened")
