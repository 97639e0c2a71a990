"""What screening says of a settlement: the evidence with which it was let go, or how it stands now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from backoffice.access.models import User
from backoffice.access.personal import note_ids
from backoffice.access.problems import translated
from backoffice.events.models import Event
from backoffice.templatetags import desk
from refdata.firm_days import firm_day
from refdata.screening.ages import ListTooOld, OldList, old_lists
from refdata.screening.selectors import shown_screenings
from settlements.models import Settlement
from settlements.screening import screened


def screening_stop(row: Settlement, *, now: datetime) -> tuple[str, str] | None:
    """Why screening keeps one that is here from leaving or settling now, and what to do about it."""
    if row.transmission != "NONE":
        return None
    today = firm_day(now)
    why = screened([row.pk], on=today).refused.get(row.pk)
    if why is None:
        return None
    facts = dict(why.facts)
    if isinstance(why, ListTooOld):
        facts["dated"] = desk.day(date.fromisoformat(facts["dated"]))
    return translated(why.detail, facts), translated(why.hint, facts)


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
