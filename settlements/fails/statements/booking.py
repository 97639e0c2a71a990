"""The entries of a place's penalty statement: what we pay is a cost, what we are owed an income.

Both stand against what we settle with the place until it collects (decision 0188).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from backoffice.access.models import User
from ledger.services import AccountKey
from ledger.state import AccountKind
from refdata.models import Currency
from settlements.fails.booking import Move, Source, post, take_back
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
    moves = [
        Move(cost, owed, asset_id, amount if payer == Payer.OURS else -amount)
        for payer, asset_id, amount in _sums(row)
    ]
    ends = (row.month + 32 * row.month.resolution).replace(day=1) - row.month.resolution
    post(_source(row), moves, day=ends, at=at)


def _source(row: PenaltyStatement) -> Source:
    return Source(row.entity_id, BOOKED, SOURCE, row.pk)


def _sums(row: PenaltyStatement) -> list[tuple[str, int, Decimal]]:
    """What each side pays in each currency."""
    assets = dict(Currency.objects.values_list("code", "asset_id"))
    lines = PenaltyLine.objects.filter(statement=row, amount__gt=0).order_by("payer", "currency")
    sums = lines.values_list("payer", "currency").annotate(total=Sum("amount"))
    return [(payer, assets[currency], total) for payer, currency, total in sums]


def reverse_booking(row: PenaltyStatement, *, reason: str, actor: User, at: datetime) -> None:
    """Take back what a statement was booked with, because another took its place."""
    take_back(_source(row), reason=reason, actor=actor, at=at)
