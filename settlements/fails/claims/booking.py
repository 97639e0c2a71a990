"""The entries of claims and of buy-ins: what is owed by whom, and the money when it moves."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from backoffice.access.models import User
from ledger.services import AccountKey
from ledger.state import AccountKind
from refdata.firm_days import firm_day
from refdata.models import Currency
from settlements.fails import booking
from settlements.fails.booking import Move, Source, post
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
    source = Source(row.entity_id, f"{CLAIM}.approve", CLAIM, row.pk)
    booking.take_back(source, reason=reason, actor=actor, at=at)


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
    asset_id = Currency.objects.get(code=row.currency).asset_id
    moves = [Move(debit, credit, asset_id, amount)]
    post(Source(row.entity_id, kind, source, row.pk), moves, day=firm_day(at), at=at)
