"""What a place states of movements: what was booked in a period, what is pending, and what others allege.

Directions are the account owner's, as everywhere; of what was taken back it is that of the movement itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, Self, TypeVar

from backoffice.connectors.formats.cash import Remark
from backoffice.connectors.formats.checking import remark
from backoffice.connectors.formats.paging import counted_through
from backoffice.connectors.formats.statuses import Status
from backoffice.connectors.formats.terms import (
    NO_REFERENCES,
    Direction,
    Kept,
    PlaceReferences,
    Quantity,
    Terms,
)

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of an account that was booked. `activity`: SETT, CORP, COLL…; `type` is its SETR or CAEV code."""

    position: int
    terms: Terms
    booked_on: date
    instruction: str = ""  # our reference
    activity: str = ""
    type: str = ""
    event: str = ""  # of a corporate action, as its servicer names it
    reversal: bool = False
    references: PlaceReferences = NO_REFERENCES
    source_line: int = 0

    @property
    def signed(self) -> Decimal:
        """What it adds to the account."""
        amount = self.terms.quantity.amount
        return amount if self.terms.direction is Direction.RECEIVE else -amount


@dataclass(frozen=True, slots=True)
class Turnover:
    """A security of an account in the period: its balances where they are told, and its movements by position."""

    account: str
    isin: str
    description: str = ""
    opening: Quantity | None = None
    closing: Quantity | None = None
    movements: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Transactions:
    """A page of a statement of what was booked (MT536, semt.017)."""

    reference: str
    account: str
    lines: tuple[Movement, ...]
    from_day: date | None = None
    until_day: date | None = None
    turnovers: tuple[Turnover, ...] = ()
    number: str = ""
    page: int = 1
    continuation: str = "ONLY"
    basis: str = ""
    is_update: bool = False  # only what changed since the one before
    told_at: datetime | None = None
    remarks: tuple[Remark, ...] = ()
    format: str = field(default="", compare=False)
    kept: tuple[Kept, ...] = field(default=(), compare=False)

    @property
    def series(self) -> tuple[str, ...]:
        """What the pages of one statement have in common."""
        days = (str(self.from_day), str(self.until_day))
        return (self.format, self.account, self.number, *days, self.basis)

    def whole(self, pages: Sequence[Transactions]) -> Transactions:
        """Checked anew: a security may go on from one page to the next."""
        lines: list[Movement] = []
        turnovers: list[Turnover] = []
        for page in pages:
            moved = len(lines)
            lines += (replace(line, position=line.position + moved) for line in page.lines)
            turnovers += (
                replace(each, movements=tuple(at + moved for at in each.movements))
                for each in page.turnovers
            )
        return checked(replace(
            self, lines=tuple(lines), turnovers=tuple(_merged(turnovers)), page=1,
            continuation="ONLY", remarks=(), kept=tuple(e for page in pages for e in page.kept),
        ))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pending:
    """One instruction that has not settled, with how it stands."""

    position: int
    instruction: str
    terms: Terms
    statuses: tuple[Status, ...] = ()
    activity: str = ""
    type: str = ""
    expected_on: date | None = None
    references: PlaceReferences = NO_REFERENCES
    source_line: int = 0


@dataclass(frozen=True, slots=True)
class Alleged:
    """One allegement of a statement: what somebody instructed against us and we did not."""

    position: int
    reference: str  # the place's own name of it
    terms: Terms
    status: str = ""
    references: PlaceReferences = NO_REFERENCES
    source_line: int = 0


@dataclass(frozen=True, slots=True)
class Stated(Generic[Row]):
    """A page of a statement of how things stand at a moment."""

    reference: str
    account: str
    as_of: date
    lines: tuple[Row, ...]
    as_of_at: datetime | None = None
    number: str = ""
    page: int = 1
    continuation: str = "ONLY"
    is_update: bool = False
    told_at: datetime | None = None
    format: str = field(default="", compare=False)
    kept: tuple[Kept, ...] = field(default=(), compare=False)

    @property
    def series(self) -> tuple[str, ...]:
        return (self.format, self.account, self.number, str(self.as_of_at or self.as_of))

    def whole(self, pages: Sequence[Self]) -> Self:
        return counted_through(self, pages)


@dataclass(frozen=True, slots=True)
class PendingTransactions(Stated[Pending]):
    """What is pending (MT537, semt.018)."""


@dataclass(frozen=True, slots=True)
class Allegements(Stated[Alleged]):
    """What others instructed against us (MT586, semt.019)."""


def checked(statement: Transactions) -> Transactions:
    """The statement with a remark where opening and movements do not make closing.

    Only of what has both balances on it: a page that goes on, or a list of changes, has not.
    """
    if statement.is_update or statement.continuation != "ONLY":
        return statement
    return replace(statement, remarks=(*statement.remarks, *_balances(statement)))


def _balances(statement: Transactions) -> Iterator[Remark]:
    lines = {each.position: each for each in statement.lines}
    for each in statement.turnovers:
        if each.opening is None or each.closing is None:
            continue
        moved = sum((lines[at].signed for at in each.movements), Decimal(0))
        difference = each.closing.amount - each.opening.amount - moved
        if difference:
            yield remark(
                "holding-differs", security=each.isin or each.description, account=each.account,
                opening=each.opening.amount, moved=moved, closing=each.closing.amount,
                difference=difference,
            )  # fmt: skip


def _merged(turnovers: Sequence[Turnover]) -> Iterator[Turnover]:
    """Parts of one security of one account that stand on several pages: the first's opening, the last's closing."""
    found: dict[tuple[str, str, str], Turnover] = {}
    for each in turnovers:
        key = (each.account, each.isin, each.description)
        before = found.get(key)
        found[key] = each if before is None else replace(
            before, closing=each.closing, movements=(*before.movements, *each.movements)
        )  # fmt: skip
    yield from found.values()
