"""The entries of fees: a cost or an income, its VAT, and what is owed by whom.

What we owe is a cost of the net and of the VAT that is not recovered; what is recovered, and what we charge, is VAT
with the budget. What is taken back is the entry reversed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from expenses.fees.kinds import RECOVERY
from expenses.fees.models import FeeAccrual
from expenses.fees.state import FeeSide
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
from refdata.models import Entity
from refdata.selectors import ReferenceData, reference_data

if TYPE_CHECKING:
    from expenses.fees.accruing import NewAccrual

SOURCE, ACCRUED = "feeaccrual", "feeaccrual.accrue"


class _Keys:
    """The accounts of accruals: the firm's own, whoever they are accrued for."""

    def __init__(self, entity: Entity) -> None:
        self.entity, self.owner_id = entity, entity.own_party_id

    def fees(self, row: NewAccrual) -> AccountKey:
        return AccountKey(
            self.entity.pk, AccountKind.FEES.value, self.owner_id, book_id=row.book_id
        )

    def vat(self) -> AccountKey:
        return AccountKey(self.entity.pk, AccountKind.VAT.value, self.owner_id)

    def owed(self, row: NewAccrual) -> AccountKey:
        return AccountKey(
            self.entity.pk,
            AccountKind.SETTLEMENT.value,
            self.owner_id,
            counterparty_id=row.party_id,
        )


def is_recovered(entity: Entity, row: NewAccrual, reference: ReferenceData) -> bool:
    """Whether VAT that is billed to an entity comes back, by what it is before the law on that day."""
    profile = reference.profiles.find(entity.code, row.accrued_on)
    if profile is None:
        return False
    rule = reference.rules.find(
        RECOVERY, row.accrued_on, f"{profile.jurisdiction}/{profile.licence}"
    )
    return rule is not None and rule.recovered


def book_accruals(rows: Sequence[tuple[int, NewAccrual]], *, at: datetime) -> None:
    """An entry for each, effective on its day or on the oldest open one, in the caller's transaction."""
    reference = reference_data()
    entities = Entity.objects.in_bulk({row.entity_id for _id, row in rows})
    keys = {id: _Keys(entity) for id, entity in entities.items()}
    ids = account_ids(
        key
        for _id, row in rows
        for key in (
            keys[row.entity_id].fees(row), keys[row.entity_id].vat(), keys[row.entity_id].owed(row)
        )
    )  # fmt: skip
    dates = effective_dates({(row.entity_id, row.accrued_on) for _id, row in rows})
    entries = []
    for id, row in rows:
        of = keys[row.entity_id]
        parted = row.side == FeeSide.CHARGED or is_recovered(of.entity, row, reference)
        moves = [(of.fees(row), row.net if parted else row.amount)]
        if parted and row.vat:
            moves.append((of.vat(), row.vat))
        asset_id = reference.currencies[row.currency].asset_id
        postings = [
            _posting(ids[account], ids[of.owed(row)], asset_id, amount, row.side)
            for account, amount in moves if amount
        ]  # fmt: skip
        entries.append(NewEntry(
            entity_id=row.entity_id, kind=ACCRUED, source_type=SOURCE, source_id=id,
            effective_date=dates[row.entity_id, row.accrued_on], postings=postings,
        ))  # fmt: skip
    post_entries(entries, at=at)


def _posting(account: int, owed: int, asset_id: int, amount: Decimal, side: str) -> NewPosting:
    """A cost of ours stands against what we owe, an income against what is owed to us."""
    costs = (side == FeeSide.OWED) == (amount > 0)
    debit, credit = (account, owed) if costs else (owed, account)
    return NewPosting(debit, credit, asset_id, abs(amount))


def reverse_accruals(reasons: Mapping[int, str], *, at: datetime) -> None:
    """Take accruals back, each by another row and by the reversal of its entry, in the caller's transaction."""
    if not reasons:
        return
    rows = FeeAccrual.objects.filter(pk__in=reasons).order_by("pk")
    FeeAccrual.objects.bulk_create(
        FeeAccrual(
            entity_id=row.entity_id, schedule_id=row.schedule_id, side=row.side, party_id=row.party_id,
            owner_id=row.owner_id, book_id=row.book_id, place_id=row.place_id, kind=row.kind,
            cause=row.cause, cause_id=row.cause_id, version=row.version, accrued_on=row.accrued_on,
            due_month=row.due_month, measure=row.measure, amount=-row.amount, net=-row.net,
            vat=-row.vat, currency=row.currency, reverses=row, reason=reasons[row.pk], recorded_at=at,
        )
        for row in rows
    )  # fmt: skip
    entries = JournalEntry.objects.filter(
        source_type=SOURCE, source_id__in=reasons, kind=ACCRUED, reversed_by__isnull=True
    )
    why = {id: reasons[source_id] for id, source_id in entries.values_list("pk", "source_id")}
    reverse_entries(reasons=why, actor_id=None, at=at)
