"""The night's corporate actions: who held at the close of a record date is entitled, late changes are corrected."""

from __future__ import annotations

from backoffice.night_steps import Look
from settlements.actions.applying import entitle_due
from settlements.actions.electing import lapse_elections


def corporate_actions(look: Look) -> bool:
    """Apply what is due by the end of the day in the entity's books; a second look finds nothing left to do."""
    lapsed = lapse_elections(at=look.at)
    found = entitle_due(business_date=look.day.day, at=look.at, entity_id=look.day.entity_id)
    written = look.step.facts.get("entitled", 0) + found.written
    corrected = look.step.facts.get("corrected", 0) + found.corrected
    look.note(
        f"{written} entitlements, {corrected} of them corrections; {lapsed} choices by default.",
        entitled=written, corrected=corrected,
    )  # fmt: skip
    return True
