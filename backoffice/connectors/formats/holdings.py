"""What accounts at a place hold of each security, as the place states it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from backoffice.connectors.formats.refusing import Problems
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


def joined(pages: Iterable[Holdings]) -> list[Holdings]:
    """Statements out of their pages, in whatever order these came; positions count through a statement.

    Raises Refused: a statement of which a page is missing would say that nothing is held of what stood there.
    """
    statements: dict[tuple[str, ...], list[Holdings]] = {}
    for each in pages:
        moment = str(each.as_of_at or each.as_of)
        key = (each.format, each.account, each.number, moment, each.basis)
        statements.setdefault(key, []).append(each)
    problems = Problems("holdings")
    found = [_whole(sorted(own, key=lambda e: e.page), problems) for own in statements.values()]
    problems.refuse_if_any()
    return found


def _whole(pages: list[Holdings], problems: Problems) -> Holdings:
    first, last = pages[0], pages[-1]
    where = f"statement {first.number or first.reference}"
    numbers = [each.page for each in pages]
    for missing in sorted({*range(1, last.page + 1)} - {*numbers}):
        problems.add("cut-off", where, missing=f"page {missing}")
    for page in sorted({page for page in numbers if numbers.count(page) > 1}):
        problems.add("repeated-field", where, f"page {page}")
    ends = [each for each in pages if each.continuation != "MORE"]
    if not ends:
        problems.add("cut-off", where, missing=f"page {last.page + 1}")
    elif ends[0] is not last or (ends[0].continuation == "ONLY" and len(pages) > 1):
        problems.add("misplaced", where, f"page {ends[0].page} {ends[0].continuation}")
    lines = [line for page in pages for line in page.lines]
    counted = tuple(replace(line, position=at) for at, line in enumerate(lines, 1))
    kept = tuple(each for page in pages for each in page.kept)
    return replace(first, lines=counted, page=1, continuation="ONLY", kept=kept)
