"""Steps that move money ask for a second proof: which they are, and when the proof is enough.

Told by the verb of the permission, so that a new `approve_…` is covered before anybody thinks of it;
what is left out is named, with the reason. Pure: who asks finds out the proof.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

from backoffice.kernel.errors import Forbidden
from backoffice.kernel.i18n import gettext_noop

VERBS = ("accept", "activate", "approve", "release", "sign_off", "unhold")
OWN_SAFETY = "own-safety"  # no permission: a person's own keys and second factor, once there is one
ALSO = frozenset({"access.remove_factor", OWN_SAFETY})
# An approved deal only prepares settlements: each of them is released by itself.
NOT = frozenset({"deals.approve_deal"})


class Proof(Enum):
    """What a caller has shown beside the password or the key."""

    GIVEN = auto()  # a one-time code, lately; or a key that was made with one
    NOT_ASKED = auto()  # no second factor, where none is required
    OLD = auto()  # a second factor is enrolled, and no code was given lately
    NONE = auto()  # no second factor, where one is required


class StepUpRequired(Forbidden):
    code = "step-up-required"
    title = gettext_noop("This step needs a one-time code")
    detail = gettext_noop("No code of your second factor was given lately.")
    hint = gettext_noop(
        "Give a code under /my/code/ and take the step again. For a program, make a new key with a code (otp)."
    )


class SecondFactorMissing(Forbidden):
    code = "second-factor-missing"
    title = gettext_noop("This step needs a second factor")
    detail = gettext_noop("Steps that move money are closed to people without a second factor.")
    hint = gettext_noop(
        "Enrol one under /my/factor/, in the menu with your name. A key has to be made after that, with a code (otp)."
    )


def moves_money(permission: str) -> bool:
    """Whether a step under this permission needs the second proof."""
    if permission in NOT:
        return False
    verb = permission.partition(".")[2]
    return permission in ALSO or verb.startswith(tuple(f"{each}_" for each in VERBS))


def check(permission: str, proof: Callable[[], Proof]) -> None:
    """Raises StepUpRequired or SecondFactorMissing; asks for the proof only where it matters."""
    if not moves_money(permission):
        return
    found = proof()
    if found is Proof.OLD:
        raise StepUpRequired()
    if found is Proof.NONE:
        raise SecondFactorMissing()
