"""Statements that do not balance, that do not continue each other, or that did not come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from backoffice.kernel.business_days import BusinessDays
from reconciliation.breaks.identifying import bring_up_to
from reconciliation.breaks.state import BreakKind, BreakState
from reconciliation.breaks.writing import Differs
from reconciliation.matching.pools import locked, pools_of
from reconciliation.models import Break
from refdata.selectors import reference_data

LONGEST = 400  # days back that missing statements are looked for
KINDS = (BreakKind.BALANCE, BreakKind.GAP, BreakKind.MISSING)

# Of copies of a statement the last counts; each is held against the one before it.
_STATEMENTS = """
WITH last AS (
  SELECT DISTINCT ON (s.nostro_id, s.rank) s.*
    FROM reconciliation_statement s
    JOIN reconciliation_reconcilednostro n ON n.nostro_id = s.nostro_id
   WHERE n.reconciliation_id = ANY(%s::bigint[]) AND s.rank <> ''
   ORDER BY s.nostro_id, s.rank, s.id DESC)
SELECT n.reconciliation_id, s.nostro_id, s.id, s.from_date, s.until_date, s.opening, s.closing, s.difference,
       lag(s.closing) OVER w, lag(s.id) OVER w
  FROM last s JOIN reconciliation_reconcilednostro n ON n.nostro_id = s.nostro_id
WINDOW w AS (PARTITION BY s.nostro_id ORDER BY s.rank)
 ORDER BY s.nostro_id, s.rank
"""


class Told(NamedTuple):
    """A statement, beside the closing of the one before it."""

    pool: int
    nostro_id: int
    id: int
    from_date: date | None
    until_date: date
    opening: Decimal | None
    closing: Decimal | None
    difference: Decimal | None
    before: Decimal | None
    before_id: int | None


@transaction.atomic
def check_statements(*, entity_id: int, through: date, at: datetime) -> tuple[int, int]:
    """Open a break for each statement that does not balance or does not follow, and for each that is missing.

    Expected is one of each business day of its bank, from the first that came `through` a day. Returns how many
    breaks were opened and closed.
    """
    rows = {row.pk: row for row in locked(pools_of([entity_id]))}
    by_nostro = told_by_nostro(sorted(rows))
    rows_live = Break.objects.filter(reconciliation__in=sorted(rows), kind__in=KINDS)
    live = list(rows_live.exclude(state=BreakState.CLOSED).order_by("pk"))
    # What was missed once is missed until it comes, whoever looks at an earlier day.
    through = max([through, *(row.day for row in live if row.kind == BreakKind.MISSING)])
    calendars = reference_data().calendars
    found: dict[str, Differs] = {}
    for statements in by_nostro.values():
        for each in statements:
            found |= {differs.key: differs for differs in _wrong(rows[each.pool], each)}
        row = rows[statements[0].pool]
        calendar = calendars[row.place.calendar.code]
        found |= {gap.key: gap for gap in _missing(row, statements, calendar, through)}
    return bring_up_to(found, live, at=at)


def told_by_nostro(pool_ids: Sequence[int]) -> dict[int, list[Told]]:
    """The statements that count, of each account in their order."""
    found: dict[int, list[Told]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENTS, [list(pool_ids)])
        for row in cursor.fetchall():
            told = Told(*row)
            found.setdefault(told.nostro_id, []).append(told)
    return found


def _wrong(row: Any, told: Told) -> Iterator[Differs]:
    """Above zero the statement has more than it explains."""
    if told.difference:
        yield differs_by(row, told, BreakKind.BALANCE, theirs=told.difference)
    if told.before is not None and told.opening is not None and told.opening != told.before:
        yield differs_by(
            row, told, BreakKind.GAP, theirs=told.opening, ours=told.before,
            facts={"before": f"ST-{told.before_id}"},
        )  # fmt: skip


def differs_by(row: Any, told: Told, kind: BreakKind, **figures: Any) -> Differs:
    return Differs(
        key=f"{kind.value}:{told.id}", kind=kind, entity_id=row.entity_id, place_id=row.place_id,
        asset_id=row.asset_id, reconciliation_id=row.pk, day=told.until_date, statement_id=told.id,
        nostro_id=told.nostro_id, **figures,
    )  # fmt: skip


def _missing(
    row: Any, statements: Sequence[Told], calendar: BusinessDays, through: date
) -> Iterator[Differs]:
    for day in missing_days([(s.from_date, s.until_date) for s in statements], calendar, through):
        yield Differs(
            key=f"MISSING:{statements[0].nostro_id}:{day}", kind=BreakKind.MISSING,
            entity_id=row.entity_id, place_id=row.place_id, asset_id=row.asset_id,
            reconciliation_id=row.pk, day=day, nostro_id=statements[0].nostro_id,
        )  # fmt: skip


def missing_days(
    covered: Sequence[tuple[date | None, date]], calendar: BusinessDays, through: date
) -> list[date]:
    """Business days after the first statement and through a day, of which none tells. Pure."""
    first = min(from_date or until for from_date, until in covered)
    day = max(first, through - timedelta(days=LONGEST))
    known: set[date] = set()
    for from_date, until in covered:
        start = max(from_date or until, day)
        known.update(start + timedelta(days=n) for n in range((until - start).days + 1))
    found = []
    while day <= through:
        if day not in known and calendar.is_business_day(day):
            found.append(day)
        day += timedelta(days=1)
    return found
