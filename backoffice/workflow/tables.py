"""Lists as data: columns, rows and cells. One template shows them all, as a table or as cards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet

PAGE_ROWS = 50
MANY = 10_000  # nothing is counted beyond it

Row_ = TypeVar("Row_", bound=Model)


@dataclass(frozen=True, slots=True)
class Column:
    """A column's title and how its cells stand: `text`, `number`, `ref`, `state`, `date`."""

    title: Any
    kind: str = "text"
    unit: str = ""  # a currency that all its cells share


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, how it is written (see `backoffice.templatetags.desk`), and what it opens."""

    value: Any = ""
    kind: str = "text"
    href: str = ""
    unit: str = ""
    note: Any = ""  # a second line
    tone: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    cells: Sequence[Cell]
    href: str = ""
    tone: str = ""

    @property
    def key(self) -> str:
        return str(self.cells[0].value)


@dataclass(frozen=True, slots=True)
class Table:
    """A list as it is shown; `empty` says what would appear here and how to make it so."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    empty: Any = ""
    older: str = ""  # the query of the page that follows
    newest: str = ""  # the query of the first page, where this is not it

    @property
    def titled(self) -> list[tuple[Row, list[tuple[Column, Cell]]]]:
        return [(row, list(zip(self.columns, row.cells, strict=True))) for row in self.rows]


def table(
    columns: Sequence[Column],
    rows: Iterable[Row],
    *,
    empty: Any = "",
    older: str = "",
    newest: str = "",
) -> Table:
    """A table whose money columns name their currency once, where all their cells share one."""
    made = list(rows)
    titles = []
    for index, column in enumerate(columns):
        units = {row.cells[index].unit for row in made if row.cells[index].unit}
        shared = units.pop() if column.kind == "number" and len(units) == 1 else ""
        titles.append(Column(column.title, column.kind, shared))
    return Table(titles, made, empty, older, newest)


@dataclass(frozen=True, slots=True)
class Slice:
    """At most PAGE_ROWS rows, and the queries of the pages around them."""

    rows: Sequence[Any]
    older: str
    newest: str


def slice_of(rows: QuerySet[Row_], query: Mapping[str, str]) -> Slice:
    """The newest rows, or those older than the key in `before`: stable however many come in."""
    before = query.get("before", "")
    chosen = rows.order_by("-pk")
    if before.isascii() and before.isdigit() and len(before) < 19:
        chosen = chosen.filter(pk__lt=int(before))
    else:
        before = ""
    found = list(chosen[: PAGE_ROWS + 1])
    older = query_with(query, before=str(found[PAGE_ROWS - 1].pk)) if len(found) > PAGE_ROWS else ""
    return Slice(found[:PAGE_ROWS], older, query_with(query, before="") if before else "")


def query_with(query: Mapping[str, str], **changes: str) -> str:
    """The query string with some members changed; empty ones are left out."""
    members = {**{key: query[key] for key in query}, **changes}
    return "?" + urlencode({key: value for key, value in members.items() if value})


def capped_count(rows: QuerySet[Any]) -> int:
    """How many rows there are, counted no further than just beyond MANY."""
    return rows.order_by().values("pk")[: MANY + 1].count()


def rows_of(found: Iterable[Any], make: Callable[[Any], Row]) -> list[Row]:
    return [make(row) for row in found]
