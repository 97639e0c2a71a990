"""What netting sets are called in timelines, in work, and beside their steps."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Any] = {
    "recordevent.propose": _("Proposed"),
    "recordevent.approve": _("Approved"),
    "recordevent.decline": _("Declined"),
    "recordevent.overtake": _("Its place says otherwise"),
    "recordevent.ask_cancel": _("Its place takes it back"),
    "recordevent.apply": _("Applied to what was pending"),
    "recordevent.replace": _("Replaced by what was announced anew"),
    "recordevent.cancel": _("Cancelled: what was booked is reversed"),
    "nettingset.form": _("Computed from its settlements"),
    "nettingset.recompute": _("Computed anew: a settlement joined or left"),
    "nettingset.agree": _("Agreed: settled by the net"),
    "nettingset.cross": _("Crossed in our books"),
    "nettingset.instruct": _("Instructed: its net is released"),
    "nettingset.settle": _("Settled"),
    "nettingset.reopen": _("Undone: each settles by itself"),
    "nettingset.lapse": _("Not agreed in time: each settles by itself"),
}
ITEM_TITLES: dict[str, Any] = {
    "netting-agree": _("Payments can be netted"),
    "record-event": _("An event of a record date waits for other eyes"),
    "event-withdrawn": _("A place takes back a corporate action"),
}
NEXT_STEPS: dict[str, Any] = {
    "netting-agree": _("Agree with the other side by the cut-off"),
    "record-event": _("Compare it with the announcement"),
    "event-withdrawn": _("Cancel the event, or ask the place"),
}
STEP_REASONS: dict[str, tuple[Any, Any]] = {
    "recordevent.approve": (
        _("After its record date it changes what is pending, and makes claims."),
        _("Until then settlements stand in a security that may be no more."),
    ),
    "nettingset.cross": (
        _("Both owners' accounts are kept by us: nothing has to go out."),
        _("Until then both sides wait, and neither goes to the market."),
    ),
    "nettingset.agree": (
        _("Both sides signed that they pay by the net."),
        _("Not agreed by the cut-off, each of them is paid by itself."),
    ),
}
