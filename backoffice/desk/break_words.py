"""The words of matches and of what differs from statements."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Any] = {
    "match.make": _("Matched"),
    "match.undo": _("Match undone"),
    "reconciliation.match": _("Matched by rule"),
    "break.open": _("It differs"),
    "break.own": _("Taken over"),
    "break.explain": _("Explained"),
    "break.chase": _("Somebody was asked"),
    "break.propose": _("Remedy proposed"),
    "break.accept": _("Remedy accepted and booked"),
    "break.decline": _("Remedy declined"),
    "break.vanish": _("It differs no more"),
    "break.recur": _("It differs again"),
    "counterpartystatement.receive": _("A counterparty said what is open"),
}
WHY: dict[str, Any] = {
    "break-open": _("A statement and our books differ"),
    "break-remedy": _("A remedy for what differs from a statement waits for other eyes"),
}
ITEM_TITLES: dict[str, Any] = {
    "break-open": _("Something differs from a statement"),
    "break-remedy": _("A remedy waits to be accepted"),
}
STEP_REASONS: dict[str, tuple[Any, Any]] = {
    "break.explain": (
        _("The statement and our books differ, and nobody has said why."),
        _("Until then the day cannot be closed without it."),
    ),
    "break.accept": (
        _("A colleague proposes what is booked for it; other eyes look at the line and the entry."),
        _("Until then it differs."),
    ),
}
NEXT_STEPS: dict[str, Any] = {
    "break-open": _("Match it, have it booked, ask the bank, or say why it may differ"),
    "break-remedy": _("Look at what would be booked, then accept or decline it"),
}
