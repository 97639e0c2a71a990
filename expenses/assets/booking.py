"""The entries of an asset: bought against its supplier, and out of the books with what it brought (IAS 16.67-72).

Out of the books go its cost and what was depreciated of it; what is left is a loss, what it brought a gain, so that
the account of disposals has the result.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from expenses.assets.depreciating import accumulated
from expenses.assets.models import FixedAsset
from ledger.services import (
    AccountKey,
    NewEntry,
    NewPosting,
    account_ids,
    effective_dates,
    post_entries,
)
from ledger.state import AccountKind
from refdata.selectors import reference_data

SOURCE = "fixedasset"
Sides = list[tuple[AccountKey, AccountKey, Decimal]]


def _own(row: FixedAsset, kind: AccountKind, party_id: int | None = None) -> AccountKey:
    return AccountKey(row.entity_id, kind.value, row.entity.own_party_id, counterparty_id=party_id)


def book_purchase(row: FixedAsset, *, at: datetime) -> None:
    """At cost, and the VAT that is recovered, against what is owed; in the caller's transaction."""
    owed = _own(row, AccountKind.SUPPLIER, row.supplier_id)
    sides = [
        (_own(row, AccountKind.FIXED_ASSET), owed, row.cost),
        (_own(row, AccountKind.VAT), owed, row.vat),
    ]
    _post(row, "accept", sides, row.bought_on, at)


def book_disposal(row: FixedAsset, *, at: datetime) -> None:
    """What it stands at goes, what it brought comes; in the caller's transaction."""
    assert row.disposed_on is not None and row.proceeds is not None
    cost, result = _own(row, AccountKind.FIXED_ASSET), _own(row, AccountKind.DISPOSAL)
    spent = accumulated(row)
    owes = _own(row, AccountKind.SUPPLIER, row.buyer_id)
    sides = [
        (_own(row, AccountKind.ACCUMULATED), cost, spent),
        (result, cost, row.cost - spent),
        (owes, result, row.proceeds),
        (owes, _own(row, AccountKind.VAT), row.proceeds_vat or Decimal(0)),
    ]
    _post(row, "dispose", sides, row.disposed_on, at)


def _post(row: FixedAsset, step: str, sides: Sides, day: date, at: datetime) -> None:
    due = [each for each in sides if each[2]]
    ids = account_ids(key for debit, credit, _amount in due for key in (debit, credit))
    asset_id = reference_data().currencies[row.currency].asset_id
    entry = NewEntry(
        entity_id=row.entity_id, kind=f"{SOURCE}.{step}", source_type=SOURCE, source_id=row.pk,
        effective_date=effective_dates({(row.entity_id, day)})[row.entity_id, day],
        postings=[NewPosting(ids[debit], ids[credit], asset_id, amount) for debit, credit, amount in due],
    )  # fmt: skip
    post_entries([entry], at=at)
