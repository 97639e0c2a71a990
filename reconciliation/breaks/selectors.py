"""Reading breaks: the queue, one of them, and how others like it were decided before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.business_days import ONE_DAY, BusinessDays
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from reconciliation.breaks.state import WITH_A_PERSON, BreakKind, BreakState
from reconciliation.models import Break, Reconciliation
from refdata.scopes import visible

OLDEST = 400  # calendar days; nobody counts further


def breaks(*, visible_to: User) -> QuerySet[Break]:
    """What differs or did, the latest first."""
    rows = Break.objects.select_related(
        "entity", "place__calendar", "asset", "owner", "line__nostro", "entry", "statement", "nostro",
        "reconciliation", "settlement",
    )  # fmt: skip
    return visible(rows.order_by("-id"), visible_to)


def break_of(reference: str, *, visible_to: User) -> Break:
    """The break of a reference such as `DF-3`. Raises NotFound."""
    id = number_in(reference, "DF", "break")
    row = breaks(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="break", reference=reference)
    return row


def live_of_lines(lines: Collection[int]) -> dict[int, Break]:
    """What differs of some lines, by line."""
    rows = Break.objects.filter(line__in=lines).exclude(state=BreakState.CLOSED).order_by("-pk")
    return {row.line_id: row for row in rows if row.line_id is not None}


def age_of(day: date, today: date, calendar: BusinessDays) -> int:
    """How many business days ago a day was; 0 of today and of what comes."""
    if (today - day).days > OLDEST:
        return OLDEST
    count, each = 0, day
    while each < today:
        each += ONE_DAY
        count += calendar.is_business_day(each)
    return count


def breaks_like_before(row: Reconciliation) -> QuerySet[Break]:
    """Lines without an entry that people have not decided yet, and that have something in common with others."""
    rows = Break.objects.filter(reconciliation=row, kind=BreakKind.BANK, state__in=WITH_A_PERSON)
    return rows.exclude(pattern="").select_related("line").order_by("day", "id")


class Before(NamedTuple):
    """How the last break like one was decided by people: the remedy, when, and which it was."""

    remedy: str
    reference: str
    day: date
    amount: Decimal


def decided_before(rows: Sequence[Break]) -> dict[int, Before]:
    """For breaks of lines, by number: what people decided about the last one with the same pattern."""
    patterns = {row.pattern for row in rows if row.pattern}
    if not patterns:
        return {}
    past = Break.objects.filter(pattern__in=patterns, state=BreakState.CLOSED).exclude(remedy="")
    last: dict[str, Break] = {row.pattern: row for row in past.order_by("id")}
    return {
        row.pk: Before(each.remedy, str(each), each.day, each.theirs - each.ours)
        for row in rows
        if (each := last.get(row.pattern)) is not None and each.pk != row.pk
    }
