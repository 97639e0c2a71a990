"""Whether our books begin with what the bank begins with: the first statement of an account against the day before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction

from ledger.selectors import balances
from reconciliation.breaks.identifying import bring_up_to
from reconciliation.breaks.state import BreakKind, BreakState
from reconciliation.breaks.statements import Told, differs_by, told_by_nostro
from reconciliation.breaks.writing import Differs
from reconciliation.matching.pools import locked, pools_of
from reconciliation.models import Break, Reconciliation

# Money of before the first statement that the bank moved after it: entries that lines of later days are.
_OUTSTANDING = """
SELECT coalesce(sum(m.amount), 0)
  FROM reconciliation_match m
  JOIN ledger_journalentry e ON e.id = m.entry_id AND e.effective_date < %s
 WHERE m.reconciliation_id = %s AND m.undone_at IS NULL
"""


@transaction.atomic
def check_openings(*, entity_id: int, at: datetime) -> tuple[int, int]:
    """Open a break for each account whose first statement opens otherwise than our books stand the day before.

    All later differences are lines and entries, or statements that do not continue: this is the only one that is
    neither. Returns how many breaks were opened and closed.
    """
    rows = locked(pools_of([entity_id]))
    told = told_by_nostro([row.pk for row in rows])
    found = {each.key: each for each in _openings(rows, told)}
    live = Break.objects.filter(reconciliation__in=[row.pk for row in rows], kind=BreakKind.OPENING)
    return bring_up_to(found, list(live.exclude(state=BreakState.CLOSED).order_by("pk")), at=at)


def _openings(
    rows: Sequence[Reconciliation], by_nostro: Mapping[int, Sequence[Told]]
) -> Iterator[Differs]:
    for row in rows:
        first = [told[0] for told in by_nostro.values() if told[0].pool == row.pk]
        nostros = row.nostros.count()
        alike = {told.from_date or told.until_date for told in first} == {row.since}
        if len(first) != nostros or not alike or any(told.opening is None for told in first):
            continue  # several accounts that were not told from the same day on
        theirs = sum((told.opening for told in first if told.opening is not None), Decimal(0))
        ours = _held_before(row)
        if theirs != ours:
            yield differs_by(row, first[0], BreakKind.OPENING, theirs=theirs, ours=ours)


def _held_before(row: Reconciliation) -> Decimal:
    accounts = list(row.accounts.values_list("account_id", flat=True))
    day = row.since - timedelta(days=1)
    held = balances(as_of=day, account_ids=accounts)
    with connection.cursor() as cursor:
        cursor.execute(_OUTSTANDING, [row.since, row.pk])
        (outstanding,) = cursor.fetchone()
    total: Decimal = sum((b.amount for b in held if b.asset_id == row.asset_id), Decimal(0))
    return total - Decimal(outstanding)
