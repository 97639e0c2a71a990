"""What a report declares: its parameters, its columns, and how its rows are found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.events.selectors import KnownAt
from refdata.firm_days import FIRM_ZONE

Cell = str | None
Row = Sequence[Cell]
Text = str | Promise

NUMBERS = frozenset({"count", "quantity", "price", "money"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in files, its title for readers, and what its cells are.

    `kind` is `text`, `date`, `count`, `quantity`, `price` or `money`. Money names the column that
    holds its currency, and is summed for each currency where `sums` says so. `names` says what a
    code names (`party`, `asset`, `place`, `entity`): readers see the name in their language beside
    it. `labels` are the words for codes. A column that is not `printed` is left out of PDF pages.
    """

    name: str
    title: Text
    kind: str = "text"
    currency: str = ""
    sums: bool = False
    names: str = ""
    labels: Mapping[str, Text] = field(default_factory=dict)
    printed: bool = True

    @property
    def number(self) -> bool:
        return self.kind in NUMBERS


@dataclass(frozen=True, slots=True)
class Section:
    """Rows of a report that belong together, and which of its columns say something about them."""

    code: str
    title: Text
    columns: Sequence[str]


@dataclass(frozen=True, slots=True)
class Picture:
    """Bars of a section: one for each of its rows, named by the column `label`, as long as the column `value` says.

    Days stand side by side, all else one below the other. `part` names a column of how much of each bar is filled.
    """

    section: str
    label: str
    value: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing asked for before a run: a `date`, a `moment`, an `entity`, a `party`, or a `choice` of values."""

    name: str
    title: Text
    kind: str = "date"
    choices: Mapping[str, Text] = field(default_factory=dict)
    required: bool = True


# What every report may be asked besides: whose books, and as known when.
COMMON = (
    Parameter("entity", _("Entity"), "entity", required=False),
    Parameter("known_at", _("As known at"), "moment", required=False),
)


@dataclass(frozen=True, slots=True)
class Known:
    """Within which bounds a run reads: what was committed, whose books, and the watermark's moment."""

    horizon: int
    entity_ids: Sequence[int] | None
    at: datetime | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """The bounds as parameters of a query: `horizon`, `entities` (null: all of them)."""
        return {
            "horizon": self.horizon,
            "entities": None if self.entity_ids is None else list(self.entity_ids),
        }

    @property
    def mark(self) -> KnownAt:
        """The same for who reads balances."""
        return KnownAt(at=self.at, number=0, horizon=self.horizon)


class Sink(Protocol):
    """What takes canonical rows, each as one line of JSON."""

    def write(self, line: bytes, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Query:
    """Rows that a query gives. The database writes them in their canonical spelling itself."""

    sql: str
    facts: Mapping[str, Any]

    def __iter__(self) -> Iterator[Row]:
        """The rows as canonical texts, through a server-side cursor in flat memory."""
        with transaction.atomic(), connection.chunked_cursor() as cursor:
            cursor.execute(self.sql, self.facts)
            while rows := cursor.fetchmany(2_000):
                for row in rows:
                    yield [canonical(value) for value in row]

    def write_to(self, sink: Sink, *, width: int) -> None:
        """Every row as a line of JSON, the same bytes as `canonical` cells encoded would be."""
        names = [f"c{n}" for n in range(width)]
        cells = ", ".join(f"q.{name}::text" for name in names)
        # The two marks are control characters, which JSON never holds: no line is ever quoted.
        copy = (
            f"COPY (SELECT array_to_json(ARRAY[{cells}])::text FROM ({self.sql}) AS q({', '.join(names)}))"  # noqa: S608
            " TO STDOUT (FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01')"
        )
        with connection.cursor() as cursor:
            cursor.copy_expert(cursor.mogrify(copy, self.facts).decode(), sink)


Rows = Query | Sequence[Query] | Iterable[Row]


@dataclass(frozen=True, slots=True)
class Report:
    """A query with a name. `rows` gives the same rows for the same parameters and knowledge, for ever.

    What not everybody who reads reports may see `needs` a permission of its own, such as that to read pay.

    Every row has all columns. A report with `sections` has the code of the section in its first
    column, and the rows of a section one after the other.
    """

    name: str
    title: Text
    purpose: Text
    parameters: Sequence[Parameter]
    columns: Sequence[Column]
    rows: Callable[[Mapping[str, Any], Known], Rows]
    sections: Sequence[Section] = ()
    pictures: Sequence[Picture] = ()
    needs: str = ""

    @property
    def asked(self) -> Sequence[Parameter]:
        """Its own parameters and those of every report."""
        return (*self.parameters, *COMMON)

    def row(self, **cells: Cell) -> Row:
        """A row of these cells, each by the name of its column; what is not said is empty."""
        return [cells.get(column.name) for column in self.columns]

    def told(self, row: Row) -> dict[str, Cell]:
        """The cells of a row by the names of their columns."""
        return dict(zip((column.name for column in self.columns), row, strict=True))

    def column(self, name: str) -> int:
        """Where a column stands in a row."""
        return [column.name for column in self.columns].index(name)


def read(sql: str, facts: Mapping[str, Any]) -> Query:
    """The rows of a query."""
    return Query(sql, facts)


def asked_of(sql: str) -> Callable[[Mapping[str, Any], Known], Query]:
    """The rows of a query that needs nothing but what was asked, the bounds, and the firm's zone (`firm_zone`)."""
    zone = {"firm_zone": FIRM_ZONE.key}
    return lambda parameters, known: read(sql, known.facts | dict(parameters) | zone)


LETTERS = {"deal": "D", "settlement": "S"}


def reference(subject_type: str, subject_id: str, letters: Mapping[str, str] = LETTERS) -> str:
    """As SQL over two columns: what something is called on pages, `D-12`; what has no letters, by its type."""
    cases = " ".join(f"WHEN '{name}' THEN '{letter}'" for name, letter in letters.items())
    return f"CASE {subject_type} {cases} ELSE {subject_type} END || '-' || {subject_id}"


def canonical(value: Any) -> Cell:
    """The one spelling that is hashed and written: decimals with the scale the query gave, ISO dates."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def units_shown(units: int, places: int, *, trimmed: bool = False) -> str:
    """A whole number of units of 10^-places as a decimal; `trimmed`: without zeros at its end."""
    if not places:
        return str(units)
    whole, part = divmod(abs(units), 10**places)
    fraction = f"{part:0{places}d}"
    if trimmed:
        fraction = fraction.rstrip("0")
    return f"{'-' if units < 0 else ''}{whole}{'.' if fraction else ''}{fraction}"
