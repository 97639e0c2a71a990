"""The entries of a use: what the client held is ours to use, and owed to the client until it is given back."""

from __future__ import annotations

from datetime import date, datetime

from ledger.services import AccountKey
from ledger.state import AccountKind
from settlements.fails.booking import Move, Source, post
from settlements.using.models import AssetUse

SOURCE = "assetuse"
TAKEN, GIVEN_BACK = f"{SOURCE}.approve", f"{SOURCE}.give_back"


def book_use(row: AssetUse, *, day: date, at: datetime) -> None:
    """From the client to us at the place; the client is owed it."""
    _post(row, TAKEN, day, at, sign=1)


def book_return(row: AssetUse, *, day: date, at: datetime) -> None:
    """From us to the client at the place; nothing is owed by it any more."""
    _post(row, GIVEN_BACK, day, at, sign=-1)


def _post(row: AssetUse, kind: str, day: date, at: datetime, *, sign: int) -> None:
    us, client = row.entity.own_party_id, row.right.client_id
    held = AccountKind.CASH if row.asset.kind == "CURRENCY" else AccountKind.HOLDING
    at_place = {
        owner: AccountKey(row.entity_id, held.value, owner, place_id=row.place_id)
        for owner in (us, client)
    }
    owed = {
        owner: AccountKey(row.entity_id, AccountKind.USE.value, owner, counterparty_id=other)
        for owner, other in ((us, client), (client, us))
    }
    amount = row.quantity * sign
    moves = [
        Move(at_place[us], owed[us], row.asset_id, amount),
        Move(owed[client], at_place[client], row.asset_id, amount),
    ]
    post(Source(row.entity_id, kind, SOURCE, row.pk), moves, day=day, at=at)
