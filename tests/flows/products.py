"""A deal of every product, as it is posted: what tests over all products choose from."""

from __future__ import annotations

from typing import Any

from backoffice.demonstration.bonds import OFZ

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

_FX = {key: value for key, value in FX_SPOT.items() if key != "price"}
FX_FORWARD = _FX | {"product": "fx_forward", "price": "1.1605", "tenor": "1W"}
FX_SWAP = _FX | {
    "product": "fx_swap", "price": "1.1605", "far_price": "1.1620", "tenor": "1W", "side": "buy",
}  # fmt: skip
_MONEY: dict[str, Any] = {
    "book": "FX-RU", "counterparty": "999900DEMOBANKONE097", "quantity": "10000.00",
    "currency": "RUB", "rate": "0.155", "day_count": "ACT/365F", "far_date": "2026-11-30",
    "traded_at": "2026-11-23T10:15:00+03:00",
}  # fmt: skip
DEPOSIT = _MONEY | {"product": "deposit", "side": "place"}
LOAN = _MONEY | {"product": "loan", "side": "take", "repaid": "equally", "interest": "monthly"}
BOND = EQUITY | {"product": "bond", "instrument": OFZ, "quantity": "250", "price": "61.23"}
REPO = EQUITY | {
    "product": "repo", "side": "sell", "haircut": "0.15", "rate": "0.16", "day_count": "ACT/365F",
    "tenor": "1W", "quantity": "100",
}  # fmt: skip
REPO.pop("settlement")

DOCUMENTS: tuple[dict[str, Any], ...] = (
    EQUITY, FREE, CLIENT, BOND, FX_SPOT, FX_FORWARD, FX_SWAP, DEPOSIT, LOAN, REPO,
)  # fmt: skip
