"""What a place says of cash penalties: penalty by penalty, for a period, with the nets that it states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from backoffice.connectors.formats.cash import Remark
from backoffice.connectors.formats.checking import remark
from backoffice.connectors.formats.statuses import Reason
from backoffice.connectors.formats.terms import NO_REFERENCES, Kept, Party, PlaceReferences, Price
from backoffice.kernel.money import Money

KINDS = ("SEFP", "LMFP")
# Rules, section 2, L5; OTHR is a status in words.
STATUSES = ("ACTV", "NCOM", "REIC", "REMO", "RLOC", "SWIC", "OTHR")
UNCOUNTED = ("NCOM", "REMO")
Period = tuple[date | None, date | None]
NO_PERIOD: Period = (None, None)


class Contents(StrEnum):
    """What a list has: new penalties, amended ones alone, or both."""

    BOTH = "CURR"
    AMENDED = "FWAM"
    NEW = "FWIS"


@dataclass(frozen=True, slots=True)
class PenaltyDay:
    """One day that a penalty counts. `money` is None where only the penalty as a whole has an amount.

    `rates` are as told, by what the format calls them; in percent.
    """

    day: date
    money: Money | None = None
    price: Price | None = None
    rates: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class Penalty:
    """One penalty of one of our instructions. `amount` is positive; `we_pay` says whose it is.

    `common` is what both sides call it; `previous` the one that was reallocated. Not `aggregated`: the place
    leaves it out of its nets.
    """

    position: int
    reference: str
    common: str
    kind: str
    we_pay: bool
    amount: Money
    status: str = "ACTV"
    reasons: tuple[Reason, ...] = ()
    days: tuple[PenaltyDay, ...] = ()
    day_count: int | None = None
    method: str = ""
    isin: str = ""
    description: str = ""
    counterparty: Party | None = None
    computed_on: date | None = None
    aggregated: bool = True
    previous: str = ""
    instruction: str = ""  # our reference of what failed
    references: PlaceReferences = NO_REFERENCES
    period: Period = NO_PERIOD  # of detection, that of the list which it stands in
    source_line: int = 0

    @property
    def month(self) -> date | None:
        """The first day of the month that it is collected with: by its detection, else by its last day."""
        first, last = self.period
        detected = (
            last
            if first and last and (first.year, first.month) == (last.year, last.month)
            else None
        )
        day = detected or max((each.day for each in self.days), default=None)
        return day.replace(day=1) if day else None

    @property
    def counts(self) -> bool:
        """Whether it is in the place's nets."""
        return self.aggregated and self.status not in UNCOUNTED

    @property
    def signed(self) -> Decimal:
        """What it brings us."""
        return -self.amount.amount if self.we_pay else self.amount.amount


@dataclass(frozen=True, slots=True)
class PenaltyNet:
    """What a place states as the net with one counterparty: signed, what comes to us is positive.

    `penalties` are the positions of what it is made of.
    """

    counterparty: Party | None
    net: Money
    penalties: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PenaltyStatement:
    """A page of a place's list of penalties (MT537 with PENA, semt.044)."""

    reference: str
    account: str
    lines: tuple[Penalty, ...]
    from_day: date | None = None
    until_day: date | None = None
    contents: Contents = Contents.BOTH
    frequency: str = ""
    as_of: date | None = None
    number: str = ""
    page: int = 1
    continuation: str = "ONLY"
    nets: tuple[PenaltyNet, ...] = ()
    told_at: datetime | None = None
    remarks: tuple[Remark, ...] = ()
    format: str = field(default="", compare=False)
    kept: tuple[Kept, ...] = field(default=(), compare=False)

    @property
    def series(self) -> tuple[str, ...]:
        """What the pages of one statement have in common."""
        days = (self.as_of, self.from_day, self.until_day)
        return (self.format, self.account, self.number, *map(str, days), self.contents)

    def whole(self, pages: Sequence[PenaltyStatement]) -> PenaltyStatement:
        lines: list[Penalty] = []
        nets: list[PenaltyNet] = []
        for page in pages:
            moved = len(lines)
            lines += (replace(line, position=line.position + moved) for line in page.lines)
            nets += (
                replace(net, penalties=tuple(at + moved for at in net.penalties))
                for net in page.nets
            )
        return replace(
            self, lines=tuple(lines), nets=tuple(nets), page=1, continuation="ONLY",
            remarks=tuple(each for page in pages for each in page.remarks),
            kept=tuple(each for page in pages for each in page.kept),
        )  # fmt: skip


def checked(statement: PenaltyStatement) -> PenaltyStatement:
    """The statement with a remark where nets are not what their penalties make.

    A list of amendments has not everything that its nets count: it is not checked.
    """
    if statement.contents is Contents.AMENDED:
        return statement
    return replace(statement, remarks=(*statement.remarks, *_nets(statement)))


def _nets(statement: PenaltyStatement) -> Iterator[Remark]:
    lines = {each.position: each for each in statement.lines}
    differing: list[tuple[Decimal, PenaltyNet]] = []
    for net in statement.nets:
        own = [lines[at] for at in net.penalties]
        listed = sum((each.signed for each in own if each.counts), Decimal(0))
        # A net without its penalties is a total alone: there is nothing to compare it with.
        if own and listed != net.net.amount:
            differing.append((listed, net))
    if differing:
        listed, first = differing[0]
        yield remark(
            "nets-differ", count=len(differing), stated=first.net.amount, listed=listed,
            currency=first.net.currency,
        )  # fmt: skip
