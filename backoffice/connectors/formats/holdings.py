"""What accounts at a place hold of each security, as the place states it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from backoffice.connectors.formats.paging import counted_through
from backoffice.connectors.formats.terms import Kept, Price, Quantity
from backoffice.kernel.money import Money


@dataclass(frozen=True, slots=True)
class SubBalance:
    """A part of a holding: its kind (AVAI, NAVL, BLOK, COLO, PLED…), and whether it is available (AVAI or NAVL)."""

    code: str
    quantity: Quantity
    availability: str


@dataclass(frozen=True, slots=True)
class Holding:
    """What an account holds of one security (signed: a place may tell of a short position)."""

    position: int
    account: str
    isin: str
    quantity: Quantity
    description: str = ""
    balances: tuple[SubBalance, ...] = ()
    price: Price | None = None
    value: Money | None = None
    source_line: int = 0


@dataclass(frozen=True, slots=True)
class Holdings:
    """A page of a statement of holdings (MT535). `continuation`: ONLY, or MORE and LAST of several pages.

    `basis`: SETT by what settled, CONT by what is agreed, TRAD by what is dealt.
    """

    reference: str
    account: str
    as_of: date
    lines: tuple[Holding, ...]
    as_of_at: datetime | None = None
    number: str = ""
    page: int = 1
    continuation: str = "ONLY"
    basis: str = ""
    is_update: bool = False  # only what changed since the one before
    told_at: datetime | None = None
    format: str = field(default="", compare=False)
    kept: tuple[Kept, ...] = field(default=(), compare=False)

    @property
    def series(self) -> tuple[str, ...]:
        """What the pages of one statement have in common."""
        moment = str(self.as_of_at or self.as_of)
        return (self.format, self.account, self.number, moment, self.basis)

    def whole(self, pages: Sequence[Holdings]) -> Holdings:
        return counted_through(self, pages)
