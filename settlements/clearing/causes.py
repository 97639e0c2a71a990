"""The likely causes of a difference with a clearing house in words, and what to do about each."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from settlements.clearing.rules import CauseKind

WORDS = {
    CauseKind.SIGN: _("Their figure is ours with the other sign."),
    CauseKind.REVERSED: _("They still count a deal of that amount that its venue reported void."),
    CauseKind.WRONG_SIDE: _("A deal within has the other side with them: the difference is twice its amount."),
    CauseKind.NOT_THEIRS: _("They do not have a deal of ours whose amount is the difference."),
    CauseKind.WAITING: _("A cleared deal of that amount is captured, but not agreed on yet."),
    CauseKind.ELSEWHERE: _("A cleared deal of that amount is with us on another account or date."),
    CauseKind.NOT_OURS: _("No deal of ours has that amount: they likely have one that we do not."),
}  # fmt: skip
FIXES = {
    CauseKind.SIGN: _("Read their report again: above zero is what they owe us."),
    CauseKind.REVERSED: _("Bring their next figure; if it still has the deal, ask the venue."),
    CauseKind.WRONG_SIDE: _("Compare the deal with the venue's report; only that reverses a cleared deal."),
    CauseKind.NOT_THEIRS: _("Ask the clearing house for the deal, and bring its next figure."),
    CauseKind.WAITING: _("Have the deal confirmed: it joins by itself and is compared again."),
    CauseKind.ELSEWHERE: _("Compare the account and the date of the deal with the venue's report."),
    CauseKind.NOT_OURS: _("Find the deal in the venue's report and capture it: it is compared again by itself."),
}  # fmt: skip
