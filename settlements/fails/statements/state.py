"""The lives of a place's penalty statement, and of a difference with our own computation.

Statement    RECEIVED --book (other eyes)--> BOOKED --replace (the next of its month)--> REPLACED
                 |--decline (other eyes)--> DECLINED
Difference   OPEN --appeal--> APPEALED --win (other eyes)--> WON
                 |                |---- accept (other eyes)--> ACCEPTED
                 |--accept (other eyes)--> ACCEPTED
             OPEN, APPEALED --settle (a later statement agrees with us)--> WON
             OPEN, APPEALED --void (the statement is declined)--> VOID
             ACCEPTED, WON, VOID --reopen (a later statement differs)--> OPEN
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class StatementState(TextChoices):
    RECEIVED = "RECEIVED", _("Received")
    BOOKED = "BOOKED", _("Booked")
    DECLINED = "DECLINED", _("Declined")
    REPLACED = "REPLACED", _("Replaced")


STATEMENT_LIFECYCLE = Lifecycle(
    subject="penaltystatement",
    states=StatementState.values,
    initial=StatementState.RECEIVED,
    transitions=[
        Transition(
            name="book", sources=(StatementState.RECEIVED,), target=StatementState.BOOKED,
            four_eyes=True,
        ),
        Transition(
            name="decline", sources=(StatementState.RECEIVED,), target=StatementState.DECLINED,
            four_eyes=True,
        ),
        Transition(
            name="replace", sources=(StatementState.BOOKED,), target=StatementState.REPLACED,
            by_rule=True,
        ),
    ],
)  # fmt: skip


class BreakState(TextChoices):
    OPEN = "OPEN", _("Open")
    APPEALED = "APPEALED", _("Appealed")
    ACCEPTED = "ACCEPTED", _("Accepted as the place says")
    WON = "WON", _("The place agrees with us")
    VOID = "VOID", _("The statement was declined")


BREAK_LIFECYCLE = Lifecycle(
    subject="penaltybreak",
    states=BreakState.values,
    initial=BreakState.OPEN,
    transitions=[
        Transition(name="appeal", sources=(BreakState.OPEN,), target=BreakState.APPEALED, makes=True),
        Transition(
            name="accept", sources=(BreakState.OPEN, BreakState.APPEALED),
            target=BreakState.ACCEPTED, four_eyes=True,
        ),
        Transition(
            name="win", sources=(BreakState.APPEALED,), target=BreakState.WON, four_eyes=True
        ),
        Transition(
            name="settle", sources=(BreakState.OPEN, BreakState.APPEALED), target=BreakState.WON,
            by_rule=True,
        ),
        Transition(
            name="void", sources=(BreakState.OPEN, BreakState.APPEALED), target=BreakState.VOID,
            by_rule=True,
        ),
        Transition(
            name="reopen", sources=(BreakState.ACCEPTED, BreakState.WON, BreakState.VOID),
            target=BreakState.OPEN, by_rule=True,
        ),
    ],
)  # fmt: skip


class Difference(TextChoices):
    """What is different between a place's line and ours."""

    NOT_OURS = "NOT_OURS", _("We have counted nothing")
    NOT_THEIRS = "NOT_THEIRS", _("The place has no line")
    AMOUNT = "AMOUNT", _("Another amount")
    NOT_KNOWN = "NOT_KNOWN", _("The settlement is not known")
