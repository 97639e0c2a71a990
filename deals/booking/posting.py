"""Trade-date entries of deals: the position changes hands in the books before anything settles.

An executed deal is booked when it is captured, unconfirmed; a proposed one when it is confirmed
(domain-decisions 20). The entry is effective on the trade date, or in the oldest open period when
that is closed. What goes out and comes back under the same deal (a repo's securities, the money of
a deposit) is no change of position: between its dates it is owed by the counterparty. Interest is
booked when it is paid (decision 0101).
The entry of version n is part n - 1: each version is booked at most once, and what
an amendment replaced is reversed first.
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
# What else than the position changes hands, by deals.models.FlowKind.
OTHERS = {
    "FEE": AccountKind.FEES.value,
    "ACCRUED": AccountKind.INTEREST.value,
    "TAX": AccountKind.TAX.value,
}


class Moved(NamedTuple):
    """Flows of one kind and asset, and what they come to in all: positive is received."""

    kind: str
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
    version: int


_TERMS = """
SELECT d.id, d.entity_id, d.owner_id, d.counterparty_id, d.book_id, d.state, d.trade_date,
       d.version, f.kind, f.asset_id,
       sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END) AS moved
  FROM deals_deal d
  JOIN deals_flow f ON f.deal_id = d.id AND f.version = d.version
 WHERE d.id = ANY(%s) AND d.state NOT IN ('CANCELLED', 'REPLACED')
   AND (d.stage = 'executed' OR d.state NOT IN ('CAPTURED', 'PENDING_APPROVAL')) AND NOT EXISTS (
       SELECT 1 FROM ledger_journalentry e
        WHERE e.entity_id = d.entity_id AND e.source_type = 'deal' AND e.source_id = d.id
          AND e.kind = 'deal.trade'
          AND NOT EXISTS (SELECT 1 FROM ledger_journalentry r WHERE r.reverses_id = e.id))
   AND f.kind <> 'INTEREST'
 GROUP BY d.id, f.kind, f.asset_id
HAVING sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END) <> 0
 ORDER BY d.id, min(f.id)
"""


def post_trades(*, deal_ids: Sequence[int], at: datetime) -> int:
    """Book the trades of deals that are not booked yet; return how many entries were written."""
    with connection.cursor() as cursor:
        cursor.execute(_TERMS, [list(deal_ids)])
        trades: dict[TradeTerms, list[Moved]] = {}
        for row in cursor.fetchall():
            trades.setdefault(TradeTerms(*row[:8]), []).append(Moved(*row[8:]))
    post_moved(trades, kind=TRADE, at=at)
    return len(trades)


def post_moved(trades: Mapping[TradeTerms, Sequence[Moved]], *, kind: str, at: datetime) -> None:
    """One entry for each deal: what it moves between its book and the settlements with the counterparty."""
    accounts = account_ids(
        key
        for each, moved in trades.items()
        for key in (_of_counterparty(each), *(_of_book(each, flow.kind) for flow in moved))
    )
    dates = effective_dates({(each.entity_id, each.trade_date) for each in trades})
    entries = [_entry(each, kind, moved, accounts, dates) for each, moved in trades.items()]
    post_entries(entries, at=at)


def _of_book(terms: TradeTerms, kind: str) -> AccountKey:
    """The account that a flow of this kind moves beside the settlements with the counterparty."""
    account = OTHERS.get(kind, AccountKind.POSITION.value)
    return AccountKey(terms.entity_id, account, terms.owner_id, book_id=terms.book_id)


def _of_counterparty(terms: TradeTerms) -> AccountKey:
    return AccountKey(
        terms.entity_id, AccountKind.SETTLEMENT.value, terms.owner_id,
        counterparty_id=terms.counterparty_id,
    )  # fmt: skip


def _entry(
    terms: TradeTerms,
    kind: str,
    moved: Sequence[Moved],
    accounts: dict[AccountKey, int],
    dates: dict[tuple[int, date], date],
) -> NewEntry:
    settlement = accounts[_of_counterparty(terms)]
    postings = []
    for each in moved:
        other = accounts[_of_book(terms, each.kind)]
        debit, credit = (settlement, other) if each.quantity > 0 else (other, settlement)
        postings.append(NewPosting(debit, credit, each.asset_id, abs(each.quantity)))
    return NewEntry(
        entity_id=terms.entity_id, kind=kind, source_type=SOURCE, source_id=terms.id,
        effective_date=dates[terms.entity_id, terms.trade_date], postings=postings,
        part=terms.version - 1,
        unconfirmed=terms.state in ("CAPTURED", "PENDING_APPROVAL"),
    )  # fmt: skip


def reverse_trades(
    *, reasons: Mapping[int, str], at: datetime, before: Mapping[int, int] | None = None
) -> dict[int, str]:
    """Reverse what is booked for deals that were cancelled or amended; `reasons` says why, by deal.

    `before` is the version by which a deal was amended: what is booked of it, or of a later one,
    stays. Return the reasons of those that were reversed.
    """
    rows = JournalEntry.objects.filter(
        source_type=SOURCE, source_id__in=reasons, kind=TRADE, reversed_by__isnull=True
    )
    booked = {
        id: deal_id
        for id, deal_id, part in rows.order_by("id").values_list("id", "source_id", "part")
        if before is None or part + 1 < before.get(deal_id, 0)
    }
    if booked:
        reverse_entries(
            reasons={entry_id: reasons[deal_id] for entry_id, deal_id in booked.items()},
            actor_id=None,
            at=at,
        )
    return {deal_id: reasons[deal_id] for deal_id in booked.values()}
