"""What a simulated day is: its date, seed and size, and where its files lie."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

OPENED_AT, TRADED_AT, CLOSED_AT = time(20), time(12), time(15)  # of the market, in UTC


@dataclass(frozen=True, slots=True)
class Plan:
    """One day. The same day, seed and number of deals are the same simulation.

    `before` is the session before it, `between` are the business days of banks on which nothing was dealt.
    """

    day: date
    before: date
    between: tuple[date, ...]
    seed: int
    deals: int
    share: Decimal
    root: Path

    @property
    def code(self) -> str:
        """The name of the legal entity that the day has for itself: nothing else is in its books."""
        return f"SIM-{self.day:%y%m%d}-{self.digits('', 10**6):06d}"

    def digits(self, name: str, below: int) -> int:
        """A number for a name, of this simulation and no other."""
        return zlib.crc32(f"{self.day}/{self.seed}/{self.deals}/{name}".encode()) % below

    @property
    def evenings(self) -> list[datetime]:
        """When banks state what everybody has, before the day begins."""
        days = (self.before, *self.between)
        return [datetime.combine(day, OPENED_AT, tzinfo=UTC) for day in days]

    @property
    def traded_at(self) -> datetime:
        return datetime.combine(self.day, TRADED_AT, tzinfo=UTC)

    @property
    def closed_at(self) -> datetime:
        return datetime.combine(self.day, CLOSED_AT, tzinfo=UTC)

    @property
    def folder(self) -> Path:
        return self.root / self.code

    @property
    def market(self) -> Path:
        """Where the market has the tables that it opens with."""
        return self.folder / "market"

    @property
    def files(self) -> Path:
        """The files of the day, with what was planted in them."""
        return self.folder / "day"

    @property
    def mistakes(self) -> Path:
        """What was planted: read when everything is reconciled, and not before."""
        return self.folder / "mistakes.jsonl"
