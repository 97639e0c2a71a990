"""What batches told the bookkeeping, held against the trial balance by mapped account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from backoffice.events.selectors import known_at
from backoffice.kernel.errors import Broken
from reporting.handover.models import LedgerBatch
from reporting.models import ReportRun
from reporting.reports.ledger_batch import REPORT, Point, worth_by_code
from reporting.services import stored_path
from reporting.storing import rows_in

Account = tuple[str, str]  # an account of the plan, and an asset


class Apart(NamedTuple):
    """An account of the plan by which the bookkeeping was told another change than there was, in base currency."""

    account: str
    asset: str
    told: Decimal
    changed: Decimal


def batches_of(entity_id: int, first: date, last: date) -> list[LedgerBatch]:
    """The batches of the days of a period, in order."""
    rows = LedgerBatch.objects.filter(entity_id=entity_id, day__range=(first, last))
    return list(rows.select_related("run", "entity", "before__run").order_by("number"))


def apart(batches: Sequence[LedgerBatch]) -> list[Apart]:
    """Where the changes that consecutive batches told are not those of the trial balance; nothing where all agree.

    The batches are read as they are stored, the trial balance as it was known when the first and the last were made.
    """
    told: defaultdict[Account, Decimal] = defaultdict(Decimal)
    for batch in batches:
        for row in rows_in(stored_path(batch.run)):
            named = REPORT.told(row)
            if named["section"] == "changes":
                told[named["account"] or "", named["asset"] or ""] += Decimal(named["change"] or 0)
    changed: defaultdict[Account, Decimal] = defaultdict(Decimal)
    for _plan, of_plan in groupby(batches, lambda batch: str(batch.run.parameters["plan"])):
        _add_changes(changed, list(of_plan))
    return [
        Apart(*what, told[what], changed[what])
        for what in sorted({*told, *changed})
        if told[what] != changed[what]
    ]


def _add_changes(found: defaultdict[Account, Decimal], batches: Sequence[LedgerBatch]) -> None:
    """By how much what stands on each account changed from before the first of them to the end of the last."""
    first, last = batches[0], batches[-1]
    entity, key = last.entity, last.run.parameters["plan"]
    for (code, _line, asset), amount in worth_by_code(entity, key, _made_at(last.run)).items():
        found[code, asset] += amount
    if first.before is not None:
        before = worth_by_code(entity, key, _made_at(first.before.run))
        for (code, _line, asset), amount in before.items():
            found[code, asset] -= amount


def _made_at(run: ReportRun) -> Point:
    """The end of the day of a batch, as known when it was made."""
    if run.known_at is None:
        raise Broken(f"{run} of a batch has no moment")
    return Point(date.fromisoformat(run.parameters["business_date"]), known_at(run.known_at))
