"""Trade-date entries of deals: the position changes hands in the books before anything settles.

An executed deal is booked when it is captured, unconfirmed; a proposed one when it is confirmed
(domain-decisions 20). The entry is effective on the trade date, or in the oldest open period when
that is closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

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

SOURCE = "deal"
TRADE = "deal.trade"
FEE, RECEIVE = "FEE", "RECEIVE"  # deals.models.FlowKind, Direction


class Moved(NamedTuple):
    """Flows of one kind, direction and asset, and how much of it they come to."""

    kind: str
    direction: str
    asset_id: int
    quantity: Decimal


class TradeTerms(NamedTuple):
    """What of a deal its trade-date entry is made from."""

    id: int
    entity_id: int
    owner_id: int
    counterparty_id: int
    book_id: int
    state: str
    trade_date: date


_TERMS = """
SELECT d.id, d.entity_id, d.owner_id, d.counterparty_id, d.book_id, d.state, d.trade_date,
       f.kind, f.direction, f.asset_id, sum(f.quantity)
  FROM deals_deal d
  JOIN deals_flow f ON f.deal_id = d.id AND f.version = d.version
 WHERE d.id = ANY(%s) AND d.state <> 'CANCELLED' AND NOT EXISTS (
       SELECT 1 FROM ledger_journalentry e
        WHERE e.entity_id = d.entity_id AND e.source_type = 'deal' AND e.source_id = d.id
          AND e.kind = 'deal.trade' AND e.part = 0)
 GROUP BY d.id, f.kind, f.direction, f.asset_id ORDER BY d.id, min(f.id)
"""


def post_trades(*, deal_ids: Sequence[int], at: datetime) -> int:
    """Book the trades of deals that are not booked yet; return how many entries were written."""
    with connection.cursor() as cursor:
        cursor.execute(_TERMS, [list(deal_ids)])
        trades: dict[TradeTerms, list[Moved]] = {}
        for row in cursor.fetchall():
            trades.setdefault(TradeTerms(*row[:7]), []).append(Moved(*row[7:]))
    accounts = account_ids(key for each in trades for key in _keys(each))
    dates = effective_dates({(each.entity_id, each.trade_date) for each in trades})
    entries = [_entry(each, moved, accounts, dates) for each, moved in trades.items()]
    post_entries(entries, at=at)
    return len(entries)


def _keys(terms: TradeTerms) -> tuple[AccountKey, AccountKey, AccountKey]:
    entity, owner = terms.entity_id, terms.owner_id
    return (
        AccountKey(entity, AccountKind.POSITION.value, owner, book_id=terms.book_id),
        AccountKey(
            entity, AccountKind.SETTLEMENT.value, owner, counterparty_id=terms.counterparty_id
        ),
        AccountKey(entity, AccountKind.FEES.value, owner, book_id=terms.book_id),
    )


def _entry(
    terms: TradeTerms,
    moved: Sequence[Moved],
    accounts: dict[AccountKey, int],
    dates: dict[tuple[int, date], date],
) -> NewEntry:
    position, settlement, fees = (accounts[key] for key in _keys(terms))
    postings = []
    for each in moved:
        other = fees if each.kind == FEE else position
        debit, credit = (settlement, other) if each.direction == RECEIVE else (other, settlement)
        postings.append(NewPosting(debit, credit, each.asset_id, each.quantity))
    return NewEntry(
        entity_id=terms.entity_id, kind=TRADE, source_type=SOURCE, source_id=terms.id,
        effective_date=dates[terms.entity_id, terms.trade_date], postings=postings,
        unconfirmed=terms.state in ("CAPTURED", "PENDING_APPROVAL"),
    )  # fmt: skip


def reverse_trades(*, reasons: Mapping[int, str], at: datetime) -> None:
    """Reverse what was booked for deals that were cancelled; `reasons` says why, by deal."""
    rows = JournalEntry.objects.filter(
        source_type=SOURCE, source_id__in=reasons, kind=TRADE, reversed_by__isnull=True
    )
    booked = dict(rows.order_by("id").values_list("id", "source_id"))
    if booked:
        reverse_entries(
            reasons={entry_id: reasons[deal_id] for entry_id, deal_id in booked.items()},
            actor_id=None,
            at=at,
        )
