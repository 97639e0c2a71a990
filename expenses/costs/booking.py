"""The entries of costs: an expense and the VAT that is recovered, against what is owed to the supplier.

Each row of `Cost` has an entry of its own. What is taken back is another row, and the entry reversed. Depreciation is a
cost against what has been depreciated so far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from backoffice.kernel.rounding import half_up_minor
from expenses.costs.expecting import last_day
from expenses.costs.models import Cost
from expenses.costs.state import Source
from expenses.fees.kinds import RECOVERY
from ledger.models import JournalEntry
from ledger.services import (
    AccountKey,
    NewEntry,
    NewPosting,
    account_ids,
    effective_dates,
    post_entries,
    reverse_entries,
)
from ledger.state import AccountKind
from ledger.valuing import NoRateToValue
from refdata.models import Entity
from refdata.quotes import rate_on
from refdata.selectors import reference_data

SOURCE, BOOKED = "cost", "cost.book"
LOCK = 7_000_085  # an advisory lock together with the entity's number: its costs come one by one


class NewCost(NamedTuple):
    """A cost about to be booked; `day` is the day that it is of, or the last on which it may be."""

    month: date
    kind: str
    centre_id: int | None
    party_id: int | None
    contract_id: int | None
    source: Source
    source_id: int
    number: int
    amount: Decimal
    vat: Decimal
    currency: str


def lock(entity_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, entity_id])


def recovers_vat(entity: Entity, day: date) -> bool:
    """Whether VAT that is billed to an entity comes back, by what it is before the law on a day."""
    reference = reference_data()
    profile = reference.profiles.find(entity.code, day)
    if profile is None:
        return False
    rule = reference.rules.find(RECOVERY, day, f"{profile.jurisdiction}/{profile.licence}")
    return rule is not None and rule.recovered


def in_base(entity: Entity, amount: Decimal, currency: str, day: date) -> Decimal:
    """In the currency of the books, by the rate of a day, half up to its minor unit. Raises NoRateToValue."""
    base = entity.base_currency
    if currency == base:
        return amount
    rate = rate_on(currency, base, day)
    if rate is None:
        raise NoRateToValue(currency=currency, base=base, day=day.isoformat())
    return half_up_minor(amount * rate.value, reference_data().currencies[base].minor_unit)


def book_costs(entity: Entity, rows: Sequence[NewCost], *, day: date, at: datetime) -> list[Cost]:
    """Write costs and an entry for each, in the caller's transaction, who holds the entity's lock.

    Each is of the last day of its month, or of `day` while that month is not over; where those books are closed, of
    the oldest open day. Raises NoRateToValue.
    """
    if not rows:
        return []
    days = {row.month: min(last_day(row.month), day) for row in rows}
    found = effective_dates({(entity.pk, each) for each in days.values()})
    dates = {month: found[entity.pk, each] for month, each in days.items()}
    costs = Cost.objects.bulk_create(
        Cost(
            entity=entity, booked_on=dates[row.month], recorded_at=at,
            base=in_base(entity, row.amount, row.currency, days[row.month]), **row._asdict(),
        )
        for row in rows
    )  # fmt: skip
    _post(entity, costs, at)
    return costs


def _post(entity: Entity, costs: Sequence[Cost], at: datetime) -> None:
    reference, own = reference_data(), entity.own_party_id

    def keys(cost: Cost) -> tuple[AccountKey, AccountKey, AccountKey]:
        """Where the cost stands, where its VAT does, and against what."""
        vat = AccountKey(entity.pk, AccountKind.VAT.value, own)
        if cost.source == Source.DEPRECIATION:
            spent = AccountKey(entity.pk, AccountKind.DEPRECIATION.value, own)
            return spent, vat, AccountKey(entity.pk, AccountKind.ACCUMULATED.value, own)
        spent = AccountKey(entity.pk, AccountKind.EXPENSE.value, own)
        owed = AccountKey(entity.pk, AccountKind.SUPPLIER.value, own, counterparty_id=cost.party_id)
        return spent, vat, owed

    ids = account_ids(key for cost in costs for key in keys(cost))
    post_entries(
        [
            NewEntry(
                entity_id=entity.pk, kind=BOOKED, source_type=SOURCE, source_id=cost.pk,
                effective_date=cost.booked_on,
                postings=[
                    _posting(ids[account], ids[against], reference.currencies[cost.currency].asset_id, amount)
                    for account, against, amount in _sides(cost, keys(cost)) if amount
                ],
            )
            for cost in costs
        ],
        at=at,
    )  # fmt: skip


def _sides(
    cost: Cost, keys: tuple[AccountKey, AccountKey, AccountKey]
) -> list[tuple[AccountKey, AccountKey, Decimal]]:
    spent, vat, against = keys
    return [(spent, against, cost.amount), (vat, against, cost.vat)]


def _posting(account: int, against: int, asset_id: int, amount: Decimal) -> NewPosting:
    """A cost is a debit; what is given back below zero the other way round."""
    sides = (account, against) if amount > 0 else (against, account)
    return NewPosting(*sides, asset_id, abs(amount))


def take_back(reasons: Mapping[int, str], *, at: datetime) -> None:
    """Take costs back, each by another row and by the reversal of its entry, in the caller's transaction."""
    if not reasons:
        return
    rows = Cost.objects.filter(pk__in=reasons).order_by("pk")
    entries = JournalEntry.objects.filter(
        source_type=SOURCE, source_id__in=reasons, kind=BOOKED, reversed_by__isnull=True
    )
    why = {id: reasons[cost_id] for id, cost_id in entries.values_list("pk", "source_id")}
    reverse_entries(reasons=why, actor_id=None, at=at)
    reversals = JournalEntry.objects.filter(reverses_id__in=why)
    dates = dict(reversals.values_list("source_id", "effective_date"))
    Cost.objects.bulk_create(
        reversal_of(row, reasons[row.pk], booked_on=dates[row.pk], at=at) for row in rows
    )


def reversal_of(row: Cost, reason: str, *, booked_on: date, at: datetime) -> Cost:
    """The row that takes a cost back."""
    return Cost(
        entity_id=row.entity_id, month=row.month, kind=row.kind, centre_id=row.centre_id,
        party_id=row.party_id, contract_id=row.contract_id, source=row.source,
        source_id=row.source_id, number=row.number, booked_on=booked_on, amount=-row.amount,
        vat=-row.vat, currency=row.currency, base=-row.base, reverses=row, reason=reason,
        recorded_at=at,
    )  # fmt: skip
