"""What net obligations to clearing houses are called in timelines, in work, and beside their steps."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from settlements.clearing.causes import WORDS as CAUSES
from settlements.clearing.rules import CauseKind

TITLES: dict[str, Any] = {
    "netobligation.compute": _("Computed from its deals"),
    "netobligation.figure": _("Figure of the clearing house"),
    "netobligation.match": _("Equal to their figure"),
    "netobligation.differ": _("Different from their figure"),
    "netobligation.recompute": _("Computed anew: a deal joined or left"),
    "netobligation.agree": _("Agreed with the clearing house"),
    "netobligation.instruct": _("Instructed: its settlement is released"),
    "netobligation.reopen": _("Open again: its settlement was taken back"),
    "netobligation.settle": _("Settled"),
}
ITEM_TITLES: dict[str, Any] = {
    "net-different": _("The clearing house counts otherwise"),
    "net-agree": _("A net is equal to the figure of the clearing house"),
    "net-late": _("Past the cut-off and not agreed with the clearing house"),
    "net-changed": _("Another figure of the clearing house after the net has gone"),
}
NEXT_STEPS: dict[str, Any] = {
    "net-different": _("Find the difference"),
    "net-agree": _("Agree to the net"),
    "net-late": _("Bring their figure and agree"),
    "net-changed": _("Find out what came later"),
}
STEP_REASONS: dict[str, tuple[Any, Any]] = {
    "netobligation.agree": (
        _("Our deals and the clearing house come to the same."),
        _("Not agreed by the cut-off, nothing is instructed, and none of its deals settles."),
    ),
}


def net_words(reason: str) -> str:
    """What waits about a net: both figures, then the likely cause in a sentence and its deals."""
    figures, _sep, cause = reason.partition("; ")
    code, _sep, deals = cause.partition(" ")
    if code not in CAUSES:
        return reason
    return f"{figures}. {CAUSES[CauseKind(code)]} {deals}".strip()
