"""The entries of claims and of buy-ins: what is owed by whom, and the money when it moves."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from backoffice.access.models import User
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
from refdata.firm_days import firm_day
from refdata.models import Currency
from settlements.fails.claims.models import BuyIn, InterestClaim
from settlements.fails.claims.state import Claimant

CLAIM, BUY_IN = "interestclaim", "buyin"


def book_claim(row: InterestClaim, *, at: datetime) -> None:
    """What we claim is owed to us by the counterparty, and an income; what they claim the other way."""
    amount = row.amount if row.claimant == Claimant.US else -row.amount
    _post(row, CLAIM, f"{CLAIM}.approve", _owed(row), _result(row), amount, at)


def book_payment(row: InterestClaim, *, place_id: int, at: datetime) -> None:
    """The money came, or went, at a place: what was owed is settled."""
    cash = AccountKey(
        row.entity_id, AccountKind.CASH.value, row.entity.own_party_id, place_id=place_id
    )
    amount = row.amount if row.claimant == Claimant.US else -row.amount
    _post(row, CLAIM, f"{CLAIM}.pay", cash, _owed(row), amount, at)


def book_difference(row: BuyIn, *, at: datetime) -> None:
    """What buying in cost more than agreed is owed to us; what it cost less, by us."""
    assert row.difference is not None
    if row.difference:
        _post(row, BUY_IN, f"{BUY_IN}.compensate", _owed(row), _result(row), row.difference, at)


def take_back(row: InterestClaim, *, reason: str, actor: User, at: datetime) -> None:
    """Reverse what a claim was booked with."""
    entries = JournalEntry.objects.filter(
        entity_id=row.entity_id, source_type=CLAIM, source_id=row.pk, kind=f"{CLAIM}.approve"
    )
    reasons = {id: reason for id in entries.values_list("pk", flat=True)}
    if reasons:
        reverse_entries(reasons=reasons, actor_id=actor.pk, at=at)


def _owed(row: InterestClaim | BuyIn) -> AccountKey:
    return AccountKey(
        row.entity_id, AccountKind.SETTLEMENT.value, row.entity.own_party_id,
        counterparty_id=row.settlement.counterparty_id,
    )  # fmt: skip


def _result(row: InterestClaim | BuyIn) -> AccountKey:
    return AccountKey(
        row.entity_id, AccountKind.PENALTIES.value, row.entity.own_party_id,
        place_id=row.settlement.place_id,
    )  # fmt: skip


def _post(
    row: InterestClaim | BuyIn, source: str, kind: str, debit: AccountKey, credit: AccountKey,
    amount: Decimal, at: datetime,
) -> None:  # fmt: skip
    """One entry on the oldest open day; an amount below zero goes the other way."""
    ids = account_ids([debit, credit])
    sides = (ids[debit], ids[credit]) if amount > 0 else (ids[credit], ids[debit])
    asset_id = Currency.objects.get(code=row.currency).asset_id
    key = (row.entity_id, firm_day(at))
    entry = NewEntry(
        entity_id=row.entity_id, kind=kind, source_type=source, source_id=row.pk,
        effective_date=effective_dates({key})[key],
        postings=[NewPosting(*sides, asset_id, abs(amount))],
    )  # fmt: skip
    post_entries([entry], at=at)
