"""What waits for people because a place's penalty statement came, or says otherwise than we have counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from backoffice.events.consumers import Happened, subjects_of
from backoffice.workflow.services import NewItem, close_items, open_items
from settlements.fails.statements.models import PenaltyBreak, PenaltyStatement
from settlements.fails.statements.state import (
    BREAK_LIFECYCLE,
    STATEMENT_LIFECYCLE,
    BreakState,
    StatementState,
)

DIFFERENT, APPEALED, TO_BOOK = "penalty-different", "penalty-appealed", "penalty-to-book"
PENALTY_EVENTS = (
    "penaltystatement.receive", "penaltybreak.open",
    *(f"penaltystatement.{name}" for name in STATEMENT_LIFECYCLE.transitions),
    *(f"penaltybreak.{name}" for name in BREAK_LIFECYCLE.transitions),
)  # fmt: skip


def tell_of_penalties(events: Sequence[Happened], *, at: datetime) -> None:
    """A statement waits to be booked, a difference to be appealed until its deadline, by what they are now."""
    _tell_of_statements(
        subjects_of([e for e in events if e.subject_type == "penaltystatement"]), at
    )
    _tell_of_breaks(subjects_of([e for e in events if e.subject_type == "penaltybreak"]), at)


def _tell_of_statements(ids: Sequence[int], at: datetime) -> None:
    rows = PenaltyStatement.objects.filter(pk__in=ids).select_related("place").order_by("pk")
    waiting = [row for row in rows if row.state == StatementState.RECEIVED]
    over = sorted({*ids} - {row.pk for row in waiting})
    close_items(subject_type="penaltystatement", subject_ids=over, kinds=[TO_BOOK], at=at)
    open_items(
        [
            NewItem(
                kind=TO_BOOK, queue="accountant", subject_type="penaltystatement", subject_id=row.pk,
                entity_id=row.entity_id,
            )
            for row in waiting
        ],
        at=at,
    )  # fmt: skip


def _tell_of_breaks(ids: Sequence[int], at: datetime) -> None:
    rows = list(
        PenaltyBreak.objects.filter(pk__in=ids).select_related("place__calendar").order_by("pk")
    )
    kinds = {BreakState.OPEN.value: DIFFERENT, BreakState.APPEALED.value: APPEALED}
    for state, kind in kinds.items():
        over = [row.pk for row in rows if row.state != state]
        close_items(subject_type="penaltybreak", subject_ids=over, kinds=[kind], at=at)
    open_items(
        [
            NewItem(
                kind=kinds[row.state], queue="clerk", subject_type="penaltybreak", subject_id=row.pk,
                entity_id=row.entity_id, amount=abs(row.ours - row.theirs), currency=row.currency,
                due_at=end_of(row.appeal_by, row.place.calendar.timezone),
            )
            for row in rows
            if row.state in kinds
        ],
        at=at,
    )  # fmt: skip


def end_of(day: date, zone: str) -> datetime:
    """When a working day ends at a place."""
    return datetime.combine(day, time(18, 0), tzinfo=ZoneInfo(zone))
