"""What the counterparties of the demonstration sent on the first day: a match, a mismatch, an allegement."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from backoffice.access.models import User
from backoffice.kernel.decimals import plain
from deals.confirming.files import take_confirmation
from deals.confirming.matching import match_confirmations
from deals.confirming.receiving import receive_confirmations
from deals.confirming.terms import confirmation_of
from deals.models import Deal, ReceivedConfirmation
from deals.selectors import deals

STORY = "-NEW-"  # of the deals that nobody has confirmed yet


def load_confirmations(clerk: User, *, at: datetime) -> None:
    """Confirmations of the first three new deals; a second run sends nothing."""
    if ReceivedConfirmation.objects.exists():
        return
    rows: Any = deals(visible_to=clerk).filter(external_ref__contains=STORY, state="CAPTURED")
    first, second, third = rows.order_by("id")[:3]
    cycle = timedelta(days=1)
    messages = [
        _told(first),
        _told(second, amount=plain(second.gross_amount),
              settlement_date=(second.due_date + cycle).isoformat()),
        _told(third, quantity=plain(third.quantity * 3), our_ref=None, amount=None),
    ]  # fmt: skip
    parsed = [take_confirmation(confirmation_of(message), actor=clerk) for message in messages]
    received = receive_confirmations(parsed, source="file", actor=clerk, at=at)
    match_confirmations(ids=[each.id for each in received if each.id is not None], at=at)


def _told(deal: Any, **more: Any) -> dict[str, Any]:
    """A deal as its counterparty confirms it: the side is theirs."""
    assert isinstance(deal, Deal)
    row: Any = deal
    message = {
        "entity": row.entity.code, "counterparty": row.counterparty.code,
        "their_ref": f"{row.counterparty.code[10:17]}-{row.pk:05d}", "our_ref": row.external_ref,
        "side": "sell" if row.side == "buy" else "buy", "instrument": row.instrument.asset.code,
        "quantity": plain(row.quantity), "price": plain(row.price), "currency": row.currency,
        "amount": plain(row.net_amount), "trade_date": row.trade_date.isoformat(),
        "settlement_date": row.due_date.isoformat(), **more,
    }  # fmt: skip
    return {name: value for name, value in message.items() if value is not None}
