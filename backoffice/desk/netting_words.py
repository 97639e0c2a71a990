"""What netting sets are called in timelines, in work, and beside their steps."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Any] = {
    "nettingset.form": _("Computed from its settlements"),
    "nettingset.recompute": _("Computed anew: a settlement joined or left"),
    "nettingset.agree": _("Agreed: settled by the net"),
    "nettingset.instruct": _("Instructed: its net is released"),
    "nettingset.settle": _("Settled"),
    "nettingset.reopen": _("Undone: each settles by itself"),
    "nettingset.lapse": _("Not agreed in time: each settles by itself"),
}
ITEM_TITLES: dict[str, Any] = {"netting-agree": _("Payments can be netted")}
NEXT_STEPS: dict[str, Any] = {"netting-agree": _("Agree with the other side by the cut-off")}
STEP_REASONS: dict[str, tuple[Any, Any]] = {
    "nettingset.agree": (
        _("Both sides signed that they pay by the net."),
        _("Not agreed by the cut-off, each of them is paid by itself."),
    ),
}
