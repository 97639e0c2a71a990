"""What differs from a statement, and its life until it is gone.

OPEN --explain--> EXPLAINED, OPEN or EXPLAINED --chase--> CHASED: it still differs
OPEN, EXPLAINED, CHASED --propose (a remedy)--> PROPOSED --accept (other eyes)--> CLOSED
                                                |---- decline (other eyes)--> OPEN
every one but CLOSED --vanish (nothing differs any more)--> CLOSED --recur (it differs again)--> OPEN
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class BreakState(TextChoices):
    OPEN = "OPEN", _("Open")
    EXPLAINED = "EXPLAINED", _("Explained")
    CHASED = "CHASED", _("Chased")
    PROPOSED = "PROPOSED", _("Proposed")
    CLOSED = "CLOSED", _("Closed")


LIVE = (BreakState.OPEN, BreakState.EXPLAINED, BreakState.CHASED, BreakState.PROPOSED)
WITH_A_PERSON = (BreakState.OPEN, BreakState.EXPLAINED, BreakState.CHASED)

BREAK_LIFECYCLE = Lifecycle(
    subject="break",
    states=BreakState.values,
    initial=BreakState.OPEN,
    transitions=[
        Transition(name="explain", sources=WITH_A_PERSON, target=BreakState.EXPLAINED, makes=True),
        Transition(name="chase", sources=WITH_A_PERSON, target=BreakState.CHASED, makes=True),
        Transition(name="propose", sources=WITH_A_PERSON, target=BreakState.PROPOSED, makes=True),
        Transition(
            name="accept", sources=(BreakState.PROPOSED,), target=BreakState.CLOSED, four_eyes=True
        ),
        Transition(
            name="decline", sources=(BreakState.PROPOSED,), target=BreakState.OPEN, four_eyes=True,
            empties_makers=True,
        ),
        Transition(name="vanish", sources=LIVE, target=BreakState.CLOSED, by_rule=True),
        Transition(
            name="recur", sources=(BreakState.CLOSED,), target=BreakState.OPEN, by_rule=True,
            empties_makers=True,
        ),
    ],
)  # fmt: skip


class BreakKind(TextChoices):
    """Which side has what the other has not."""

    BANK = "BANK", _("On the statement, not in our books")
    BOOKS = "BOOKS", _("In our books, not on the statement")
    AMOUNT = "AMOUNT", _("Another amount")
    OPENING = "OPENING", _("Our books begin with another balance")
    BALANCE = "BALANCE", _("The statement does not balance")
    GAP = "GAP", _("The statement does not continue the one before")
    MISSING = "MISSING", _("No statement of the day")
    POSITION = "POSITION", _("The place states another quantity")
    PENALTY = "PENALTY", _("The place states another penalty")
    PARTY = "PARTY", _("The counterparty states another open position")
    SYSTEM = "SYSTEM", _("The other system has another figure")


class Remedy(TextChoices):
    """What is done about it; each is booked by other eyes than proposed it."""

    FEE = "FEE", _("Book as a fee")
    INTEREST = "INTEREST", _("Book as interest")
    WRITE_OFF = "WRITE_OFF", _("Write off")
    EVIDENCE = "EVIDENCE", _("Take as evidence of a settlement")
    DEPOSIT = "DEPOSIT", _("Book as money that a client paid in")
    NDFL = "NDFL", _("Book as income tax of individuals paid to the budget")
    PAY = "PAY", _("Book as pay, or as what was held of it for others")
    SOCIAL = "SOCIAL", _("Book as social contributions paid to the budget")


BOOKED = (Remedy.FEE, Remedy.INTEREST, Remedy.WRITE_OFF)
