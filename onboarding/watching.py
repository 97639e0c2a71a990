"""The calendar of files, day by day: reviews fall due, documents run out, and who is to do something is told.

Running twice does nothing: a file falls due once, an item is open once, and one about a date that has moved is
closed and opened anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time

from django.db import transaction

from backoffice.workflow.models import WorkItem
from backoffice.workflow.services import NewItem, close_items, open_items
from backoffice.workflow.transitions import Step, advance
from onboarding.admitting import Calendar, admit, calendar_of
from onboarding.models import PartyFile
from onboarding.services import SUBJECT
from onboarding.state import FileState
from refdata.firm_days import FIRM_ZONE

RUNNING_OUT, NOT_DEALT, REVIEW_DUE = (
    "party-file-document", "party-file-stopped", "party-file-review",
)  # fmt: skip
KINDS = (RUNNING_OUT, NOT_DEALT)
AT_ONCE = 500
_APPROVED = (FileState.DRAFT, FileState.SUBMITTED, FileState.APPROVED, FileState.DUE)


def watch_files(*, today: date, at: datetime) -> int:
    """Look at the files of all parties that are dealt with; how many reviews fell due."""
    after, due = 0, 0
    while True:
        with transaction.atomic():
            rows = _page(after)
            due += _watch(rows, today, at)
        if len(rows) < AT_ONCE:
            return due
        after = rows[-1].pk


def _page(after: int) -> Sequence[PartyFile]:
    rows = PartyFile.objects.filter(pk__gt=after, approved_at__isnull=False, state__in=_APPROVED)
    return list(rows.prefetch_related("documents").order_by("pk")[:AT_ONCE])


def _watch(rows: Sequence[PartyFile], today: date, at: datetime) -> int:
    calendars = {row.pk: calendar_of(row, row.documents.all(), on=today) for row in rows}
    due = [
        Step(row.pk, facts={"review_on": review.due_on.isoformat()})
        for row in rows
        if row.state == FileState.APPROVED
        and (review := calendars[row.pk].review) is not None
        and today >= review.ask_from
    ]
    outcome = advance(PartyFile, "fall_due", due, actor=None, at=at)
    admit([row.pk for row in rows], on=today)
    wanted = [item for row in rows for item in _items(row, calendars[row.pk], today)]
    _replace([row.pk for row in rows], wanted, at)
    return len(outcome.done)


def _items(row: PartyFile, calendar: Calendar, today: date) -> Iterator[NewItem]:
    first = next(iter(calendar.expiries), None)
    if first is not None and today >= first.ask_from:
        name = first.type.name
        yield NewItem(
            kind=RUNNING_OUT, queue="clerk", subject_type=SUBJECT, subject_id=row.pk,
            entity_id=row.entity_id, due_at=end_of(first.last_day),
            reason=f"{name.en}, {first.last_day} | {name.ru}, {first.last_day:%d.%m.%Y}",
        )  # fmt: skip
    last_days = [each.last_day for each in calendar.expiries[:1]]
    last_days += [calendar.review.last_day] if calendar.review else []
    if last_days and today > min(last_days):
        yield NewItem(
            kind=NOT_DEALT, queue="manager", subject_type=SUBJECT, subject_id=row.pk,
            entity_id=row.entity_id, due_at=end_of(today), reason=row.name,
        )  # fmt: skip


def end_of(day: date) -> datetime:
    """The last moment of a day of the firm."""
    return datetime.combine(day, time.max, tzinfo=FIRM_ZONE)


def _replace(ids: Sequence[int], wanted: Sequence[NewItem], at: datetime) -> None:
    """Open what is wanted; close what is wanted no more, or is about another date by now."""
    open_ones = WorkItem.objects.filter(
        subject_type=SUBJECT, subject_id__in=ids, kind__in=KINDS, closed_at=None
    )
    waiting = {(row.kind, row.subject_id): row.reason for row in open_ones}
    reasons = {(item.kind, item.subject_id): item.reason for item in wanted}
    for kind, id in (key for key, reason in waiting.items() if reasons.get(key) != reason):
        close_items(subject_type=SUBJECT, subject_ids=[id], kinds=[kind], at=at)
    open_items([i for i in wanted if waiting.get((i.kind, i.subject_id)) != i.reason], at=at)
