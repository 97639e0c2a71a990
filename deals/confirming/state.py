"""The life of a confirmation that the counterparty sent.

RECEIVED --match--> MATCHED   --void (our deal changed)--> RECEIVED
RECEIVED --differ--> MISMATCHED, --allege--> ALLEGED (no deal of ours), --find_rivals--> AMBIGUOUS
MISMATCHED, ALLEGED, AMBIGUOUS --link (a person)--> RECEIVED, --dispute--> DISPUTED, --reject--> REJECTED
whatever is not at its end --replace (they sent another)--> REPLACED, --withdraw (by them)--> WITHDRAWN
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class ConfirmationState(TextChoices):
    RECEIVED = "RECEIVED", _("Received")
    MATCHED = "MATCHED", _("Matched")
    MISMATCHED = "MISMATCHED", _("Mismatched")
    ALLEGED = "ALLEGED", _("Alleged")
    AMBIGUOUS = "AMBIGUOUS", _("Several fit")
    DISPUTED = "DISPUTED", _("Disputed")
    REPLACED = "REPLACED", _("Replaced")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")
    REJECTED = "REJECTED", _("Rejected")


_S = ConfirmationState
UNSETTLED = (_S.ALLEGED, _S.AMBIGUOUS, _S.MISMATCHED)  # a person has something to do about these
OPEN = (_S.RECEIVED, *UNSETTLED, _S.DISPUTED)  # what may still match
LIVE = (*OPEN, _S.MATCHED)  # what their next message may replace or withdraw

CONFIRMATION_LIFECYCLE = Lifecycle(
    subject="confirmation",
    states=ConfirmationState.values,
    initial=_S.RECEIVED,
    transitions=[
        Transition(name="match", sources=OPEN, target=_S.MATCHED, by_rule=True),
        Transition(
            name="differ", sources=(_S.RECEIVED, *UNSETTLED), target=_S.MISMATCHED, by_rule=True
        ),
        Transition(
            name="allege", sources=(_S.RECEIVED, _S.AMBIGUOUS, _S.MISMATCHED), target=_S.ALLEGED,
            by_rule=True,
        ),
        Transition(
            name="find_rivals", sources=(_S.RECEIVED, _S.ALLEGED, _S.MISMATCHED),
            target=_S.AMBIGUOUS, by_rule=True,
        ),
        Transition(name="void", sources=(_S.MATCHED,), target=_S.RECEIVED, by_rule=True),
        Transition(name="replace", sources=LIVE, target=_S.REPLACED, by_rule=True),
        Transition(name="link", sources=(*UNSETTLED, _S.DISPUTED), target=_S.RECEIVED),
        Transition(name="dispute", sources=UNSETTLED, target=_S.DISPUTED),
        Transition(name="reject", sources=(*UNSETTLED, _S.DISPUTED), target=_S.REJECTED),
        Transition(name="withdraw", sources=LIVE, target=_S.WITHDRAWN),
    ],
)  # fmt: skip
