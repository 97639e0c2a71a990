"""What waits for people because a statement and our books differ.

Of a difference of penalties something waits already, until the day of its appeal (`penalties`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.events.consumers import Happened, subjects_of
from backoffice.work.penalties import end_of
from backoffice.workflow.services import NewItem, close_items, open_items
from reconciliation.breaks.state import BREAK_LIFECYCLE, BreakKind, BreakState
from reconciliation.models import Break
from refdata.firm_days import firm_day

DIFFERENT, TO_ACCEPT = "break-open", "break-remedy"
BREAK_EVENTS = ("break.open", *(f"break.{name}" for name in BREAK_LIFECYCLE.transitions))
# Which states wait, for whom, as what.
_WAITS = {
    BreakState.OPEN.value: (DIFFERENT, "clerk"),
    BreakState.CHASED.value: (DIFFERENT, "clerk"),
    BreakState.PROPOSED.value: (TO_ACCEPT, "checker"),
}


def tell_of_breaks(events: Sequence[Happened], *, at: datetime) -> None:
    """A break waits for a clerk until it is explained or gone, a remedy for other eyes; by what they are now."""
    rows = list(
        Break.objects.filter(pk__in=subjects_of(events))
        .exclude(kind=BreakKind.PENALTY)
        .select_related("place__calendar", "asset")
        .order_by("pk")
    )
    for kind in (DIFFERENT, TO_ACCEPT):
        over = [row.pk for row in rows if _WAITS.get(row.state, ("", ""))[0] != kind]
        close_items(subject_type="break", subject_ids=over, kinds=[kind], at=at)
    open_items([_item(row) for row in rows if row.state in _WAITS], at=at)


def _item(row: Break) -> NewItem:
    kind, queue = _WAITS[row.state]
    money = row.asset.kind == "CURRENCY"
    until = (
        row.chase_on if row.state == BreakState.CHASED and row.chase_on else firm_day(row.opened_at)
    )
    return NewItem(
        kind=kind, queue=queue, subject_type="break", subject_id=row.pk, entity_id=row.entity_id,
        amount=abs(row.theirs - row.ours) if money else None, currency=row.asset.code if money else "",
        due_at=end_of(until, row.place.calendar.timezone),
    )  # fmt: skip
