"""The entries of a withdrawal: what is owed to the client's bank, and the tax that is kept back of it.

    approved   SETTLEMENT of the client with itself ◄── OPENING of the client: what is paid, until it is final
               TAX of the client ◄── its CASH, and our CASH ◄── our TAX, owed to the budget

The payment itself moves CASH against SETTLEMENT when it is final, as every payment does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from ledger.models import JournalEntry
from ledger.services import AccountKey, reverse_entries
from ledger.state import AccountKind
from settlements.fails.booking import Move, Source, moves_of_tax, post
from settlements.withdrawing.models import Withdrawal

SOURCE = "withdrawal"
APPROVED = f"{SOURCE}.approve"


def book_withdrawal(row: Withdrawal, *, tax: Decimal, day: date, at: datetime) -> None:
    """Raises WouldBeNegative where the client has not so much money there."""
    us, client = row.entity.own_party_id, row.client_id
    owed = AccountKey(row.entity_id, AccountKind.SETTLEMENT.value, client, counterparty_id=client)
    capital = AccountKey(row.entity_id, AccountKind.OPENING.value, client)
    moves = [Move(capital, owed, row.money_asset_id, row.amount - tax)]
    if tax:
        moves += moves_of_tax(
            row.entity_id,
            us,
            client,
            place_id=row.place_id,
            asset_id=row.money_asset_id,
            amount=tax,
        )
    post(Source(row.entity_id, APPROVED, SOURCE, row.pk), moves, day=day, at=at)


def take_back_entries(ids: Sequence[int], *, reason: str, at: datetime) -> None:
    """Reverse what was booked of these."""
    entries = JournalEntry.objects.filter(
        kind=APPROVED, source_type=SOURCE, source_id__in=ids, reverses=None, reversed_by=None
    )
    reasons = dict.fromkeys(entries.values_list("pk", flat=True), reason)
    if reasons:
        reverse_entries(reasons=reasons, actor_id=None, at=at)
