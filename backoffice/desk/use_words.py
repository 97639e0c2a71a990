"""The words of clients' assets in our use: its steps, and why it waits for somebody."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Any] = {
    "assetuse.propose": _("Use of a client's assets proposed"),
    "assetuse.approve": _("Moved to us by the client's right"),
    "assetuse.decline": _("Use of a client's assets declined"),
    "assetuse.give_back": _("Given back to the client"),
}
STEP_REASONS: dict[str, tuple[Any, Any]] = {
    "assetuse.approve": (
        _("A colleague proposes to use it; other eyes compare the right and the document."),
        _("Until then it stays the client's, and nothing of ours may count on it."),
    ),
    "assetuse.give_back": (
        _("It is owed to the client, who may ask for it back at any time."),
        _("Past the end of the right we use it without leave."),
    ),
}
WHY: dict[str, Any] = {
    "asset-use": _("A colleague proposes to use a client's assets by its right"),
    "asset-use-ended": _("The right by which a client's assets are in our use has ended"),
}
KINDS: dict[str, Any] = {
    "asset-use": _("A use of a client's assets waits for other eyes"),
    "asset-use-ended": _("A client's assets are to be given back"),
}
DOES: dict[str, Any] = {
    "asset-use": _("Compare the right and the document, then move it or decline"),
    "asset-use-ended": _("Give it back, then have its document recorded by other eyes"),
}
