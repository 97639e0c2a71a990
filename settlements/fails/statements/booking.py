"""The entries of a place's penalty statement: what we pay is a cost, what we are owed an income.

Both stand against what we settle with the place until it collects (decision 0188).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

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
from refdata.models import Currency
from settlements.fails.state import Payer
from settlements.fails.statements.models import PenaltyLine, PenaltyStatement

SOURCE, BOOKED = "penaltystatement", "penaltystatement.book"


def book(row: PenaltyStatement, *, at: datetime) -> None:
    """One entry for a statement, effective on the oldest open day from its month's end on."""
    entity = row.entity
    owed = AccountKey(
        entity.pk, AccountKind.SETTLEMENT.value, entity.own_party_id, place_id=row.place_id
    )
    cost = AccountKey(
        entity.pk, AccountKind.PENALTIES.value, entity.own_party_id, place_id=row.place_id
    )
    postings = []
    ids = account_ids([owed, cost])
    for payer, asset_id, amount in _sums(row):
        sides = (ids[cost], ids[owed]) if payer == Payer.OURS else (ids[owed], ids[cost])
        postings.append(NewPosting(*sides, asset_id, amount))
    if not postings:
        return
    ends = (row.month + 32 * row.month.resolution).replace(day=1) - row.month.resolution
    day = effective_dates({(entity.pk, ends)})[entity.pk, ends]
    entry = NewEntry(
        entity_id=entity.pk, kind=BOOKED, source_type=SOURCE, source_id=row.pk, effective_date=day,
        postings=postings,
    )  # fmt: skip
    post_entries([entry], at=at)


def _sums(row: PenaltyStatement) -> list[tuple[str, int, Decimal]]:
    """What each side pays in each currency."""
    assets = dict(Currency.objects.values_list("code", "asset_id"))
    lines = PenaltyLine.objects.filter(statement=row, amount__gt=0).order_by("payer", "currency")
    sums = lines.values_list("payer", "currency").annotate(total=Sum("amount"))
    return [(payer, assets[currency], total) for payer, currency, total in sums]


def reverse_booking(row: PenaltyStatement, *, reason: str, actor: User, at: datetime) -> None:
    """Take back what a statement was booked with, because another took its place."""
    entry = JournalEntry.objects.filter(
        source_type=SOURCE, source_id=row.pk, kind=BOOKED, entity_id=row.entity_id
    ).first()
    if entry is not None:
        reverse_entries(reasons={entry.pk: reason}, actor_id=actor.pk, at=at)
