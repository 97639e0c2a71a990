"""The step of the night that counts what the fails of the day cost."""

from __future__ import annotations

from backoffice.night_steps import Look
from settlements.fails.claims.proposing import propose_claims
from settlements.fails.computing import Computed, compute_penalties
from settlements.fails.days import days_to_count
from settlements.fails.selectors import days_to_count_again, last_day_before


def penalties(look: Look) -> bool:
    """Count the penalties of the days that end tonight, and of earlier ones of which something came later.

    A place may be open while the entity is closed: the days since the last business day are counted too. What
    settled late by the fault of the other side is claimed where its terms say so.
    """
    entity_id, day = look.day.entity_id, look.day.day
    found = Computed()
    for each in days_to_count(last_day_before(entity_id, day), day):
        found.add(compute_penalties(entity_id=entity_id, day=each, at=look.at))
    again = days_to_count_again(entity_id, day)
    for each in again:
        past = compute_penalties(entity_id=entity_id, day=each, at=look.at, again=True)
        found.corrected += past.changed
    claimed = propose_claims(entity_id=entity_id, day=day, at=look.at)
    look.note(
        f"{found.counted} penalties, {found.without_amount} without an amount;"
        f" {found.corrected} of {len(again)} earlier days corrected; {claimed} claims proposed.",
        counted=found.counted, without_amount=found.without_amount, corrected=found.corrected, claimed=claimed,
        again=[each.isoformat() for each in again],
    )  # fmt: skip
    return True
