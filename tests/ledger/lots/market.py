"""Purchases and sales in many pools for tests of volume, and FIFO once more as a plain loop."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from ledger.lots.keeping import NewChange, PoolKey


@dataclass
class Deal:
    """A generated purchase or sale; `number` is its sequence number and its source."""

    number: int
    pool: PoolKey
    incoming: bool
    quantity: Decimal
    kopecks: int
    fee: int
    trade_date: date
    second: int
    currency: str = "RUB"
    unit: int = 2

    @property
    def order(self) -> tuple[date, int, int]:
        return self.trade_date, self.second, self.number

    def change(self, part: int = 0, source_type: str = "test") -> NewChange:
        executed_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(
            days=(self.trade_date - date(2026, 1, 1)).days, seconds=self.second
        )
        return NewChange(
            self.pool, None, self.incoming, self.quantity, Decimal(self.kopecks).scaleb(-self.unit),
            Decimal(self.fee).scaleb(-self.unit), self.currency, self.trade_date, executed_at,
            self.number, source_type, self.number, part,
        )  # fmt: skip


def generate(count: int, pools: list[PoolKey], *, seed: int, places: int = 0) -> list[Deal]:
    """Deals in random order of time: several at one second, positions long and short."""
    chance = random.Random(seed)
    return [
        Deal(
            number, chance.choice(pools), chance.random() < 0.52,
            Decimal(chance.randint(1, 1000)).scaleb(-chance.choice([0, places])),
            chance.randint(0, 10**9), chance.randint(0, 10**4),
            date(2026, 1, 1) + timedelta(days=chance.randint(0, 200)), chance.randint(0, 40_000),
        )
        for number in range(1, count + 1)
    ]  # fmt: skip


def cut(amount: int, whole: Decimal, until: Decimal) -> int:
    exact = amount * until / whole
    return int((exact + Decimal("0.5")).to_integral_value("ROUND_FLOOR"))


Row = tuple[
    int, int, Decimal, int, int, int, int
]  # opening, closing, quantity, price and fee of each


def plain_fifo(deals: Iterable[Deal]) -> list[Row]:
    """Every closing: who closed whom, how much, and each side's part of its price and fee."""
    rows: list[Row] = []
    queues: dict[PoolKey, deque[tuple[Deal, Decimal]]] = {}
    for deal in sorted(deals, key=lambda d: d.order):
        queue, done = queues.setdefault(deal.pool, deque()), Decimal(0)
        while done < deal.quantity and queue and queue[0][0].incoming != deal.incoming:
            lot, used = queue.popleft()
            part = min(lot.quantity - used, deal.quantity - done)
            amounts = [
                cut(a, d.quantity, start + part) - cut(a, d.quantity, start)
                for d, start in ((lot, used), (deal, done))
                for a in (d.kopecks, d.fee)
            ]
            rows.append((lot.number, deal.number, part, *amounts))  # type: ignore[arg-type]
            if used + part < lot.quantity:
                queue.appendleft((lot, used + part))
            done += part
        if done < deal.quantity:
            queue.append((deal, done))
    return rows
