"""What a payroll journal costs by centre: rows of `Cost` beside the one entry of the journal.

Costs are read by many who may not see pay, so a row tells nobody's pay: it is of `FEWEST` people at least. What centres
of fewer cost stands together, of no centre; where that would be of fewer too, the smallest other centre goes with them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from expenses.costs.booking import reversal_of
from expenses.costs.models import Cost
from expenses.costs.state import CostKind, Source
from expenses.payroll.models import PayrollJournal, PayrollLine

FEWEST = 3


def told_apart(people: Mapping[int, frozenset[int]]) -> frozenset[int]:
    """The centres whose cost is told by itself, by who was paid there."""
    small = [centre for centre, those in people.items() if len(those) < FEWEST]
    hidden = frozenset[int]().union(*(people[centre] for centre in small))
    left = sorted((len(those), centre) for centre, those in people.items() if centre not in small)
    while hidden and len(hidden) < FEWEST and left:
        _count, centre = left.pop(0)
        hidden |= people[centre]
    return frozenset(centre for _count, centre in left)


def by_centre(lines: Iterable[PayrollLine]) -> dict[int | None, Decimal]:
    """Pay and contributions by centre, as far as they are told apart."""
    people: defaultdict[int, frozenset[int]] = defaultdict(frozenset)
    sums: defaultdict[int, Decimal] = defaultdict(Decimal)
    for line in lines:
        people[line.centre_id] |= {line.person_id}
        sums[line.centre_id] += line.accrued + line.contributions
    apart = told_apart(people)
    found: defaultdict[int | None, Decimal] = defaultdict(Decimal)
    for centre, amount in sums.items():
        found[centre if centre in apart else None] += amount
    return {centre: amount for centre, amount in found.items() if amount}


def keep_costs(
    row: PayrollJournal, lines: Iterable[PayrollLine], *, booked_on: date, at: datetime
) -> None:
    """Write what a journal costs, in the caller's transaction, which books its entry."""
    sums = sorted(by_centre(lines).items(), key=lambda each: each[0] or 0)
    Cost.objects.bulk_create(
        Cost(
            entity=row.entity, month=row.month, kind=CostKind.PERSONNEL, centre_id=centre,
            source=Source.PAYROLL, source_id=row.pk, number=number, booked_on=booked_on,
            amount=amount, currency=row.entity.base_currency, base=amount, recorded_at=at,
        )
        for number, (centre, amount) in enumerate(sums, 1)
    )  # fmt: skip


def take_costs_back(row: PayrollJournal, reason: str, *, booked_on: date, at: datetime) -> None:
    """Take back what a journal cost, each row by another, in the caller's transaction."""
    rows = Cost.objects.filter(source=Source.PAYROLL, source_id=row.pk, reverses=None)
    Cost.objects.bulk_create(
        reversal_of(each, reason, booked_on=booked_on, at=at) for each in rows.order_by("pk")
    )
