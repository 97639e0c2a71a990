"""What screening says of a settlement: the evidence with which it was let go, or how it stands now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backoffice.access.models import User
from backoffice.access.personal import note_ids
from backoffice.events.models import Event
from refdata.firm_days import firm_day
from refdata.screening.ages import OldList, old_lists
from refdata.screening.selectors import shown_screenings
from settlements.models import Settlement
from settlements.screening import screened


def screening_of(
    row: Settlement, known: Sequence[Event], *, then: datetime | None, now: datetime, user: User
) -> dict[str, Any]:
    """The screenings of its last release that was known, before any those that hold now; and old lists.

    Only those who read screenings are told what was compared.
    """
    if not user.has_perm("refdata.view_screeninghit"):
        return {}
    released = [e for e in known if e.kind == "settlement.release" and "screenings" in e.facts]
    by: Sequence[str] = released[-1].facts["screenings"] if released else ()
    old: list[OldList] = []
    if not released and then is None:
        by = screened([row.pk], on=firm_day(now)).evidence.get(row.pk, {}).get("screenings", ())
        old = old_lists(firm_day(now))
    found = shown_screenings(by)
    note_ids("refdata.party", [e.subject.id for e in found if e.subject.type == "party"])
    return {
        "screenings": found, "old_lists": old,
        "screened_for": released[-1].recorded_at if released else None,
    }  # fmt: skip
