"""The words of corporate actions: what was paid, what differs, what is chosen, and why each waits."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Any] = {
    "entitlement.compute": _("Entitled"),
    "entitlement.pay": _("Paid"),
    "entitlement.correct": _("Corrected: the position changed late"),
    "entitlement.cancel": _("Expected no more"),
    "entitlement.reverse": _("Payment reversed"),
    "incomepayment.propose": _("Document of payment recorded"),
    "incomepayment.accept": _("Payment accepted and booked"),
    "incomepayment.decline": _("Document declined"),
    "incomedifference.open": _("Paid otherwise than expected"),
    "incomedifference.accept": _("Difference accepted"),
    "election.open": _("May be chosen"),
    "election.choose": _("Choice recorded"),
    "election.instruct": _("Place instructed"),
    "election.decline": _("Choice declined"),
    "election.lapse": _("Deadline passed: the default counts"),
    "election.accept": _("The place took it"),
    "election.refuse": _("The place refused it: another choice is due"),
    "election.drop": _("Other units are held: another choice is due"),
}
STEP_REASONS: dict[str, tuple[Any, Any]] = {
    "incomepayment.accept": (
        _("A colleague recorded what the place paid; other eyes compare it with its document."),
        _("Until then nothing is booked, and the owners have nothing of it."),
    ),
    "incomedifference.accept": (
        _("The place paid otherwise than expected, and a colleague says why."),
        _("Until then what is short stays owed."),
    ),
    "election.choose": (
        _("Its owner may choose until the deadline."),
        _("Without a choice the default counts."),
    ),
    "election.instruct": (
        _("A colleague recorded what the owner chose; other eyes compare it with its evidence."),
        _("Past the deadline the default counts, whatever was chosen."),
    ),
}
WHY: dict[str, Any] = {
    "income-payment": _("A colleague recorded what a place paid"),
    "income-difference": _("A place paid otherwise than expected"),
    "election": _("An owner may choose, by a deadline"),
    "election-instruct": _("An owner's choice waits for other eyes"),
}
KINDS: dict[str, Any] = {
    "income-payment": _("What a place paid waits for other eyes"),
    "income-difference": _("A place paid otherwise than expected"),
    "election": _("An owner is to choose"),
    "election-instruct": _("A choice is to be instructed"),
}
DOES: dict[str, Any] = {
    "income-payment": _("Compare it with the document, then accept or decline"),
    "income-difference": _("Ask the place; then accept what it says"),
    "election": _("Ask the owner, and record the choice"),
    "election-instruct": _("Compare it with the evidence, then instruct"),
}
