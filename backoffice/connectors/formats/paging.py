"""Statements that come in pages, joined: whole, or refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol, Self, TypeVar

from backoffice.connectors.formats.refusing import Problems


class Paged(Protocol):
    """A page: its number, and whether more follow (ONLY, or MORE and LAST). `series` is that of its statement."""

    @property
    def reference(self) -> str: ...

    @property
    def number(self) -> str: ...

    @property
    def page(self) -> int: ...

    @property
    def continuation(self) -> str: ...

    @property
    def series(self) -> tuple[str, ...]: ...

    def whole(self, pages: Sequence[Self]) -> Self:
        """The first page with what all pages have, its rows counted through."""


Page = TypeVar("Page", bound=Paged)
Statement = TypeVar("Statement", bound=Any)


def counted_through(first: Statement, pages: Sequence[Statement]) -> Statement:
    """The first page with the rows of all, whose positions count through; of rows that point at no other."""
    rows = [row for page in pages for row in page.lines]
    return replace(
        first, lines=tuple(replace(row, position=at) for at, row in enumerate(rows, 1)), page=1,
        continuation="ONLY", kept=tuple(each for page in pages for each in page.kept),
    )  # fmt: skip


def joined(pages: Iterable[Page]) -> list[Page]:
    """Statements out of their pages, in whatever order these came; positions count through a statement.

    Raises Refused: a statement of which a page is missing would say that nothing is held of what stood there.
    """
    statements: dict[tuple[str, ...], list[Page]] = {}
    for each in pages:
        statements.setdefault(each.series, []).append(each)
    problems = Problems("statement")
    found = [_whole(sorted(own, key=lambda e: e.page), problems) for own in statements.values()]
    problems.refuse_if_any()
    return found


def _whole(pages: list[Page], problems: Problems) -> Page:
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
    return first.whole(pages)
