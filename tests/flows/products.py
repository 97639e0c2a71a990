"""A deal of every product, as it is posted: what tests over all products choose from."""

from __future__ import annotations

from typing import Any

EQUITY: dict[str, Any] = {
    "product": "equity", "side": "buy", "book": "EQ-RU", "counterparty": "999900DEMOBANKONE097",
    "instrument": "RU0009029540", "quantity": "1000", "price": "312.45", "currency": "RUB",
    "traded_at": "2026-11-23T10:15:00+03:00", "settlement": {"method": "DVP", "date": None},
}  # fmt: skip
FREE = EQUITY | {"quantity": "10", "settlement": {"method": "FOP", "date": None}}
CLIENT = EQUITY | {
    "book": "EQ-CL", "capacity": "CLIENT", "client": "CL-ANNA", "account": "A-1", "side": "sell",
}  # fmt: skip
FX_SPOT: dict[str, Any] = {
    "product": "fx_spot", "side": "sell", "book": "FX-RU", "counterparty": "999900DEMOBANKFIVE78",
    "pair": "EUR/USD", "quantity": "10000", "price": "1.1570", "currency": "USD",
    "traded_at": "2026-11-23T10:15:00+03:00",
}  # fmt: skip

DOCUMENTS: tuple[dict[str, Any], ...] = (EQUITY, FREE, CLIENT, FX_SPOT)
