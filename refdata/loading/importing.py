"""What all loaders share: problems that name file, row and field, and rows that are added once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from backoffice.events.copying import copy_rows


@dataclass(frozen=True, slots=True)
class Problem:
    """One row that cannot be loaded: where it stands, what is wrong, what to do."""

    row: int
    field: str
    detail: str
    hint: str = "Mend the row and load the file again; rows that are there already stay."


@dataclass(slots=True)
class Loaded:
    """What became of a file: rows added, rows that were there already, rows that are wrong."""

    added: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)

    def and_also(self, other: Loaded) -> Loaded:
        return Loaded(
            self.added + other.added, self.unchanged + other.unchanged,
            [*self.problems, *other.problems],
        )  # fmt: skip


class Unreadable(ValueError):
    """The file as a whole is not what the loader reads."""


def sorted_out(parsed: Iterable[Any]) -> tuple[list[Any], list[Problem]]:
    """Rows and problems apart."""
    rows: list[Any] = []
    problems: list[Problem] = []
    for each in parsed:
        (problems if isinstance(each, Problem) else rows).append(each)
    return rows, problems


def number(text: Any) -> Decimal:
    """A positive decimal; a comma may stand for the point. Raises ValueError."""
    try:
        value = Decimal(str(text).strip().replace(",", "."))
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a number") from None
    if not value.is_finite() or value <= 0:
        raise ValueError(f"{text!r} is not above zero")
    return value


def read_json(path: Path) -> Any:
    """JSON with exact decimals. Raises Unreadable."""
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (ValueError, OSError) as error:
        raise Unreadable(f"{path.name} is not readable JSON: {error}") from None


def table_in(document: Any, name: str) -> list[dict[str, Any]]:
    """A table of an exchange's answer, `{"columns": [...], "data": [[...]]}`, as dictionaries."""
    try:
        columns, data = document[name]["columns"], document[name]["data"]
    except (KeyError, TypeError):
        raise Unreadable(f"the file has no table {name!r}") from None
    return [dict(zip(columns, row, strict=False)) for row in data]


@transaction.atomic
def add_missing(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Loaded:
    """Insert the rows that are not there yet, by the table's unique keys; through COPY."""
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {names} FROM {table} LIMIT 0"  # noqa: S608
        )
        copy_rows("incoming", names, rows)
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming ON CONFLICT DO NOTHING"  # noqa: S608
        )
        added: int = cursor.rowcount
        cursor.execute("DROP TABLE incoming")
    return Loaded(added=added, unchanged=len(rows) - added)


class LoadCommand(BaseCommand):
    """`manage.py load_… FILE…`: says what was added, and each wrong row with file, row and field."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path)

    def load(self, path: Path, options: dict[str, Any]) -> Loaded:
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        for path in options["files"]:
            try:
                found = self.load(path, options)
            except (Unreadable, OSError) as error:
                raise CommandError(f"{path}: {error}") from None
            for problem in found.problems:
                self.stderr.write(
                    f"{path.name}, row {problem.row}, {problem.field}: {problem.detail}. {problem.hint}"
                )
            self.stdout.write(
                f"{path.name}: {found.added} added, {found.unchanged} unchanged, "
                f"{len(found.problems)} wrong"
            )
            if found.problems and not found.added and not found.unchanged:
                raise CommandError(f"{path.name}: no row could be loaded")
