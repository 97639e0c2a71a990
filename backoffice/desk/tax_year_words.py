"""The words of ends of tax years: their steps, and why they wait for somebody."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Any] = {
    "taxyear.propose": _("End of a tax year proposed"),
    "taxyear.approve": _("Tax year ended: what clients owed is withheld"),
    "taxyear.decline": _("End of a tax year declined"),
}
STEP_REASONS: dict[str, tuple[Any, Any]] = {
    "taxyear.approve": (
        _("The year is over; what clients owe is withheld from what they have, by the end of January."),
        _("What is not withheld by then is told to the tax office, and the client pays it."),
    ),
}  # fmt: skip
WHY: dict[str, Any] = {"tax-year": _("A tax year is over; what clients owe is to be withheld")}
KINDS: dict[str, Any] = {"tax-year": _("The end of a tax year waits for other eyes")}
DOES: dict[str, Any] = {
    "tax-year": _("Look at the NDFL register of the year, then approve or decline")
}
