"""The step of the night that holds what runs sent to outside places against what became of it."""

from __future__ import annotations

from backoffice.night_steps import CHUNK, Look
from settlements.releasing.comparing import compare_releases


def releases(look: Look) -> bool:
    """Compare what runs of the days before sent, with what had settled by the end of those days."""
    rows, settled = look.step.facts.get("compared", 0), look.step.facts.get("settled", 0)
    entity_id, day = look.day.entity_id, look.day.day
    while (found := compare_releases(entity_id=entity_id, day=day, limit=CHUNK)).rows:
        rows, settled = rows + found.rows, settled + found.settled
        look.note(compared=rows, settled=settled)
    look.note(
        f"{rows} sent on days before are compared: {settled} settled on their day.",
        compared=rows, settled=settled,
    )  # fmt: skip
    return True
