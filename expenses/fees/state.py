"""The lives of what others bill, of a difference with it, and of what we bill.

Statement    RECEIVED --agree (other eyes, nothing open)--> AGREED --replace (the next of its month)--> REPLACED
                 |--decline (other eyes)--> DECLINED
Difference   OPEN --appeal--> APPEALED --win (other eyes)--> WON
                 |                |---- accept (other eyes): accrued--> ACCEPTED
                 |--accept (other eyes): accrued--> ACCEPTED
             OPEN, APPEALED --settle (a later statement agrees with us)--> WON
             OPEN, APPEALED --void (the statement is declined)--> VOID
             ACCEPTED, WON, VOID --reopen (a later statement differs)--> OPEN
Invoice      PROPOSED --issue (other eyes): numbered--> ISSUED
                 |--decline (other eyes)--> DECLINED
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition


class FeeSide(TextChoices):
    """Who pays."""

    OWED = "OWED", _("We owe it")
    CHARGED = "CHARGED", _("We charge it")


class Cause(TextChoices):
    """What a fee is accrued for."""

    DEAL = "deal", _("Deal")
    SETTLEMENT = "settlement", _("Settlement")
    MESSAGE = "message", _("Instruction sent")
    ASSETS = "assets", _("Assets held on a day")
    REBATE = "rebate", _("Rebate of a month")
    BREAK = "feebreak", _("Difference accepted")


class StatementState(TextChoices):
    RECEIVED = "RECEIVED", _("Received")
    AGREED = "AGREED", _("Agreed")
    DECLINED = "DECLINED", _("Declined")
    REPLACED = "REPLACED", _("Replaced")


STATEMENT_LIFECYCLE = Lifecycle(
    subject="feestatement",
    states=StatementState.values,
    initial=StatementState.RECEIVED,
    transitions=[
        Transition(
            name="agree", sources=(StatementState.RECEIVED,), target=StatementState.AGREED,
            four_eyes=True,
        ),
        Transition(
            name="decline", sources=(StatementState.RECEIVED,), target=StatementState.DECLINED,
            four_eyes=True,
        ),
        Transition(
            name="replace", sources=(StatementState.RECEIVED, StatementState.AGREED),
            target=StatementState.REPLACED, by_rule=True,
        ),
    ],
)  # fmt: skip


class BreakState(TextChoices):
    OPEN = "OPEN", _("Open")
    APPEALED = "APPEALED", _("Appealed")
    ACCEPTED = "ACCEPTED", _("Accepted as billed")
    WON = "WON", _("They agree with us")
    VOID = "VOID", _("The statement was declined")


WAITING = (BreakState.OPEN, BreakState.APPEALED)

BREAK_LIFECYCLE = Lifecycle(
    subject="feebreak",
    states=BreakState.values,
    initial=BreakState.OPEN,
    transitions=[
        Transition(name="appeal", sources=(BreakState.OPEN,), target=BreakState.APPEALED, makes=True),
        Transition(name="accept", sources=WAITING, target=BreakState.ACCEPTED, four_eyes=True),
        Transition(
            name="win", sources=(BreakState.APPEALED,), target=BreakState.WON, four_eyes=True
        ),
        Transition(name="settle", sources=WAITING, target=BreakState.WON, by_rule=True),
        Transition(name="void", sources=WAITING, target=BreakState.VOID, by_rule=True),
        Transition(
            name="reopen", sources=(BreakState.ACCEPTED, BreakState.WON, BreakState.VOID),
            target=BreakState.OPEN, by_rule=True,
        ),
    ],
)  # fmt: skip


class Difference(TextChoices):
    """What is different between a line of theirs and what we have accrued."""

    NOT_OURS = "NOT_OURS", _("We have accrued nothing")
    NOT_THEIRS = "NOT_THEIRS", _("They have no line")
    AMOUNT = "AMOUNT", _("Another amount")
    NOT_KNOWN = "NOT_KNOWN", _("What it is for is not known")


class InvoiceState(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    ISSUED = "ISSUED", _("Issued")
    DECLINED = "DECLINED", _("Declined")


INVOICE_LIFECYCLE = Lifecycle(
    subject="feeinvoice",
    states=InvoiceState.values,
    initial=InvoiceState.PROPOSED,
    transitions=[
        Transition(
            name="issue", sources=(InvoiceState.PROPOSED,), target=InvoiceState.ISSUED,
            four_eyes=True,
        ),
        Transition(
            name="decline", sources=(InvoiceState.PROPOSED,), target=InvoiceState.DECLINED,
            four_eyes=True,
        ),
    ],
)  # fmt: skip
