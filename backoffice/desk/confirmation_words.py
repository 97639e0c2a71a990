"""What confirmations are called in timelines, in work, and beside their steps."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from deals.confirming.causes import WORDS as CAUSES

TITLES: dict[str, Any] = {
    "confirmation.receive": _("Received"),
    "confirmation.match": _("Matched"),
    "confirmation.differ": _("Mismatch found"),
    "confirmation.allege": _("No deal of ours fits"),
    "confirmation.find_rivals": _("Several fit"),
    "confirmation.void": _("Match void: the deal changed"),
    "confirmation.replace": _("Replaced by their next message"),
    "confirmation.link": _("Linked by hand"),
    "confirmation.dispute": _("Disputed"),
    "confirmation.reject": _("Rejected"),
    "confirmation.withdraw": _("Withdrawn by them"),
}
WHY: dict[str, Any] = {
    "unconfirmed": _(
        "No confirmation of theirs has matched, and nobody has recorded another agreement"
    ),
    "confirmation-matched": _("It agrees; the rule leaves the confirming to people"),
}
ITEM_TITLES: dict[str, Any] = {
    "unconfirmed": _("Not confirmed by the cut-off"),
    "confirmation-matched": _("A confirmation matches its deal"),
    "confirmation-mismatched": _("A confirmation differs from its deal"),
    "confirmation-alleged": _("They confirm a deal that we do not have"),
    "confirmation-ambiguous": _("A confirmation fits several deals"),
}
NEXT_STEPS: dict[str, Any] = {
    "unconfirmed": _("Ask the counterparty for its confirmation"),
    "confirmation-matched": _("Confirm the deal"),
    "confirmation-mismatched": _("Compare field by field"),
    "confirmation-alleged": _("Capture, link or dispute it"),
    "confirmation-ambiguous": _("Link it to its deal"),
}
STEP_REASONS: dict[str, tuple[Any, Any]] = {
    "confirmation.confirm": (
        _("Their confirmation agrees with the deal; the rule leaves the confirming to people."),
        _("Until it is confirmed and approved no settlement is prepared, and it may be disputed."),
    ),
    "confirmation.dispute": (
        _("It does not agree with what we have; they have to know before the cut-off."),
        _("Unmatched on the settlement date, it fails, and the other side may charge for it."),
    ),
}

FIELD_TITLES = {
    "side": _("Side"), "instrument": _("Instrument"), "quantity": _("Quantity"), "price": _("Price"),
    "currency": _("Currency"), "amount": _("Amount"), "trade_date": _("Trade date"),
    "settlement_date": _("Settlement date"), "place": _("Place"), "uti": _("UTI"),
}  # fmt: skip


def cause_words(codes: str) -> str:
    """Why two confirmations probably differ, in sentences."""
    return " ".join(gettext(CAUSES[code].cause) for code in codes.split(", ") if code in CAUSES)
