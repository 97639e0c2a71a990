"""The deals of a simulated day, by its seed: shares and bonds against money, and money alone, own and clients'."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from backoffice.demonstration.bonds import OFZ
from backoffice.demonstration.quotes import PRICES
from backoffice.simulation.firm import (
    BANKS,
    CLIENTS,
    CURRENCY,
    DEPOSITORIES,
    SHARES,
    Firm,
    counterparties_of,
)
from backoffice.simulation.plan import Plan

MOSCOW = ZoneInfo("Europe/Moscow")
MONEY_SHARE, BOND_SHARE, CLIENT_SHARE = 0.25, 0.08, 0.4
BOND_PRICES = (6_000, 6_250)  # in hundredths of a percent


def deals_of(plan: Plan, firm: Firm) -> Iterator[dict[str, Any]]:
    """Each deal as it is posted. The same plan gives the same deals."""
    chance = random.Random(f"{plan.seed}/{plan.day}")  # noqa: S311 - the same again, not a secret
    for number in range(plan.deals):
        document = (
            _payment(chance, firm) if chance.random() < MONEY_SHARE else _security(chance, firm)
        )
        dealt_at = datetime.combine(plan.before, time(10 + number % 8, number % 60), tzinfo=MOSCOW)
        document |= {
            "external_ref": f"{plan.code}-{number:06d}", "currency": CURRENCY, "stage": "executed",
            "traded_at": dealt_at.isoformat(), "trader": "dealer",
        }  # fmt: skip
        document["settlement"] = {
            "method": document.pop("method", "DVP"), "date": plan.day.isoformat(),
        }  # fmt: skip
        yield document


def _security(chance: random.Random, firm: Firm) -> dict[str, Any]:
    place = chance.choice(DEPOSITORIES)
    is_bond = chance.random() < BOND_SHARE
    isin = OFZ if is_bond else chance.choice(SHARES)
    cents = int(Decimal(PRICES[isin]) * 100)
    near = chance.randint(*BOND_PRICES) if is_bond else chance.randint(cents * 97 // 100, cents)
    document = {
        "product": "bond" if is_bond else "equity", "side": chance.choice(("buy", "sell")),
        "book": firm.own_book, "counterparty": chance.choice(counterparties_of(place)),
        "instrument": isin, "quantity": str(chance.randint(1, 900)), "price": str(Decimal(near) / 100),
    }  # fmt: skip
    if chance.random() < CLIENT_SHARE:
        client = chance.choice(CLIENTS)
        document |= {
            "book": firm.client_book, "capacity": "CLIENT", "client": client, "account": f"{client}-1"
        }  # fmt: skip
    return document


def _payment(chance: random.Random, firm: Firm) -> dict[str, Any]:
    """A deposit placed or taken: its money moves on the day, and comes back a week later."""
    place = chance.choice(BANKS)
    return {
        "product": "deposit", "side": chance.choice(("place", "take")), "book": firm.money_book,
        "counterparty": chance.choice(counterparties_of(place)),
        "quantity": str(Decimal(chance.randint(1_000_000, 900_000_000)) / 100), "rate": "0.155",
        "day_count": "ACT/365F", "tenor": "1W", "method": "PFOD",
    }  # fmt: skip
