"""From what a message says to what settlements take: axes and reasons by the market's codes. Pure."""

from __future__ import annotations

from django.db.models import TextChoices

from backoffice.connectors.formats.statuses import Axis, StatusAdvice
from settlements.advising.rules import Said
from settlements.advising.state import Inferred, MarketMatching, MarketSettlement, Processing

LONGEST_TEXT = 500
AXES: tuple[tuple[Axis, str, type[TextChoices]], ...] = (
    (Axis.PROCESSING, "processing", Processing), (Axis.INFERRED, "inferred", Inferred),
    (Axis.MATCHING, "matching", MarketMatching), (Axis.SETTLEMENT, "settling", MarketSettlement),
)  # fmt: skip
TAKEN, DONE = ("PACK", "CANP", "PEND"), ("CAND", "COMP")
DENIED = ("DEND", "REJT")


def said_by(advice: StatusAdvice) -> Said:
    """What it says on the market's four axes. A place's own code says nothing there, and stays in the text."""
    codes = {}
    for axis, name, known in AXES:
        code = advice.code(axis)
        if code in known.values:
            codes[name] = code
    reasons = tuple(c for c in advice.reasons if len(c) == 4 and c.isalnum())
    return Said(**codes, reasons=reasons)


def text_of(advice: StatusAdvice) -> str:
    """The place's own words and codes."""
    own = [
        f"{status.scheme}/{status.code}" for status in advice.statuses if status.scheme
    ] + [
        f"{reason.scheme}/{reason.code}"
        for status in advice.statuses for reason in status.reasons if reason.scheme
    ]  # fmt: skip
    return "; ".join(filter(None, (advice.text, *own)))[:LONGEST_TEXT]


def is_refusal(advice: StatusAdvice) -> bool:
    return advice.code(Axis.PROCESSING) == Processing.REJT
