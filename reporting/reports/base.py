"""What a report declares: its name, its parameters, its columns, and how its rows are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.functional import Promise

Cell = str | None
Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in files, its title on pages, and `text`, `date`, `quantity` or `money`."""

    name: str
    title: str | Promise
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing asked for before a run; every parameter is a date so far."""

    name: str
    title: str | Promise


@dataclass(frozen=True, slots=True)
class Known:
    """Within which bounds a run reads: what was committed, and whose books."""

    horizon: int
    entity_ids: Sequence[int] | None


@dataclass(frozen=True, slots=True)
class Report:
    """A query with a name. `rows` gives the same rows for the same parameters and knowledge, for ever."""

    name: str
    title: str | Promise
    purpose: str | Promise
    parameters: Sequence[Parameter]
    columns: Sequence[Column]
    rows: Callable[[Mapping[str, date], Known], Iterator[Row]]


def read(sql: str, facts: Mapping[str, Any]) -> Iterator[Row]:
    """The rows of a query as canonical texts, through a server-side cursor in flat memory."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(sql, facts)
        while rows := cursor.fetchmany(2_000):
            for row in rows:
                yield [canonical(value) for value in row]


def canonical(value: Any) -> Cell:
    """The one spelling that is hashed and written: decimals with the scale the query gave, ISO dates."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
