"""What entries of what is not a settlement share: posted on the oldest open day, taken back by reversal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

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


class Move(NamedTuple):
    """So much from one account to another; an amount below zero goes the other way."""

    debit: AccountKey
    credit: AccountKey
    asset_id: int
    amount: Decimal


class Source(NamedTuple):
    """What an entry is of: an entity's thing, and the step that books it."""

    entity_id: int
    kind: str
    type: str
    id: int


def moves_of_tax(
    entity_id: int, us: int, owner: int, *, place_id: int | None, asset_id: int, amount: Decimal
) -> list[Move]:
    """Tax that is kept back: TAX of the owner ◄── its CASH at a place, and our CASH ◄── our TAX, owed to the budget."""

    def account(kind: AccountKind, whose: int, place: int | None = None) -> AccountKey:
        return AccountKey(entity_id, kind.value, whose, place_id=place)

    cash, tax = AccountKind.CASH, AccountKind.TAX
    moves = [Move(account(tax, owner), account(cash, owner, place_id), asset_id, amount)]
    if us != owner:
        moves.append(Move(account(cash, us, place_id), account(tax, us), asset_id, amount))
    return moves


def post(source: Source, moves: Sequence[Move], *, day: date, at: datetime) -> None:
    """One entry, effective on the oldest open day from a day on; nothing where nothing moves."""
    post_all({source: moves}, day=day, at=at)


def post_all(moves: Mapping[Source, Sequence[Move]], *, day: date, at: datetime) -> None:
    """An entry for each that moves anything, effective on the oldest open day from a day on."""
    moving = {source: each for source, each in moves.items() if each}
    if not moving:
        return
    ids = account_ids(
        {key for each in moving.values() for move in each for key in (move.debit, move.credit)}
    )
    dates = effective_dates({(source.entity_id, day) for source in moving})
    entries = [
        NewEntry(
            entity_id=source.entity_id, kind=source.kind, source_type=source.type, source_id=source.id,
            effective_date=dates[source.entity_id, day], postings=[_posting(m, ids) for m in each],
        )
        for source, each in moving.items()
    ]  # fmt: skip
    post_entries(entries, at=at)


def _posting(move: Move, ids: Mapping[AccountKey, int]) -> NewPosting:
    debit, credit = ids[move.debit], ids[move.credit]
    if move.amount < 0:
        debit, credit = credit, debit
    return NewPosting(debit, credit, move.asset_id, abs(move.amount))


def take_back(source: Source, *, reason: str, actor: User, at: datetime) -> None:
    """Reverse what a step booked, where it booked anything."""
    entries = JournalEntry.objects.filter(
        entity_id=source.entity_id, kind=source.kind, source_type=source.type, source_id=source.id
    )
    reasons = dict.fromkeys(entries.values_list("pk", flat=True), reason)
    if reasons:
        reverse_entries(reasons=reasons, actor_id=actor.pk, at=at)
