"""What all loaders share: problems that name file, row and field, and rows that are added once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from backoffice.events.copying import copy_rows
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.identifiers import (
    UNKNOWN_COUNTRY,
    WRONG_BIK,
    WRONG_CHARACTERS,
    WRONG_CHECK_DIGIT,
    WRONG_LENGTH,
    problem_with,
)
from refdata.loading.reading import Unreadable

WORDS = {
    WRONG_LENGTH: "its length is wrong",
    WRONG_CHARACTERS: "it has a character that does not belong there",
    UNKNOWN_COUNTRY: "its country is not known",
    WRONG_CHECK_DIGIT: "its check digit does not fit",
    WRONG_BIK: "its BIK is none",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One row that cannot be loaded: where it stands, what is wrong, what to do."""

    row: int
    field: str
    detail: str
    hint: str = gettext_noop("Mend the row and load the file again; what is there already stays.")
    code: str = "wrong-value"


@dataclass(slots=True)
class Loaded:
    """What became of a file: rows added, rows that say something new, rows that were there
    already, rows that are wrong. `also` counts what hangs on the rows, such as accounts of banks.
    """

    added: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    changed: int = 0
    also: dict[str, int] = field(default_factory=dict)

    @property
    def good(self) -> int:
        return self.added + self.changed + self.unchanged

    def and_also(self, other: Loaded) -> Loaded:
        return Loaded(
            self.added + other.added, self.unchanged + other.unchanged,
            [*self.problems, *other.problems], self.changed + other.changed,
            self.also | other.also,
        )  # fmt: skip


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


def table_in(document: Any, name: str) -> list[dict[str, Any]]:
    """A table of an exchange's answer, `{"columns": [...], "data": [[...]]}`, as dictionaries."""
    try:
        columns, data = document[name]["columns"], document[name]["data"]
        return [dict(zip(columns, row, strict=False)) for row in data]
    except (KeyError, TypeError):
        raise Unreadable(f"the file has no table {name!r}") from None


def identifier(scheme: str, value: str, row: int, name: str) -> Problem | None:
    """What is wrong with an identifier, in words; None for a right one."""
    code = problem_with(scheme, value)
    if code is None:
        return None
    article = "an" if scheme[0] in "IL" else "a"
    return Problem(row, name, f"{value!r} is not {article} {scheme}: {WORDS[code]}", code=code)


def day_in(text: str, shape: str) -> date:
    """A date in a shape of `strptime`. Raises ValueError."""
    try:
        return datetime.strptime(text, shape).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise ValueError(f"{text!r} is not a date") from None


# Prices and rates that were added are told of: an event, and about which instruments or currencies.
TOLD = {
    "refdata_price": ("price.load", "instruments", "price_date", "array_agg(DISTINCT instrument_id)"),
    "refdata_fxrate": (
        "rate.load", "currencies", "rate_date", "array_agg(DISTINCT base) || array_agg(DISTINCT quote)",
    ),
}  # fmt: skip


@transaction.atomic
def add_missing(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Loaded:
    """Insert the rows that are not there yet, by the table's unique keys; through COPY."""
    names = ", ".join(columns)
    _, _, day, about = TOLD.get(table, ("", "", "NULL", "NULL"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {names} FROM {table} LIMIT 0"  # noqa: S608
        )
        copy_rows("incoming", names, rows)
        cursor.execute(
            f"WITH put AS (INSERT INTO {table} ({names}) SELECT {names} FROM incoming"  # noqa: S608
            " ON CONFLICT DO NOTHING RETURNING *)"
            f" SELECT count(*), {about}, min({day}), max({day}), now() FROM put"
        )
        added, concerned, first, last, at = cursor.fetchone()
        cursor.execute("DROP TABLE incoming")
    if added and table in TOLD:
        _tell(table, added, concerned, (first, last), at)
    return Loaded(added=added, unchanged=len(rows) - added)


@transaction.atomic
def add_or_change(
    table: str, key: Sequence[str], columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> Loaded:
    """Insert rows, and change those whose key is there already and that now say something else.

    `columns` begin with those of the key. Of rows with the same key in one file the last counts.
    """
    names, keys = ", ".join(columns), ", ".join(key)
    told = [name for name in columns if name not in key]
    sets = ", ".join(f"{name} = EXCLUDED.{name}" for name in told)
    old = ", ".join(f"known.{name}" for name in told)
    new = ", ".join(f"EXCLUDED.{name}" for name in told)
    last = list({tuple(row[: len(key)]): row for row in rows}.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {names} FROM {table} LIMIT 0"  # noqa: S608
        )
        copy_rows("incoming", names, last)
        cursor.execute(
            f"INSERT INTO {table} AS known ({names}) SELECT {names} FROM incoming"  # noqa: S608
            f" ON CONFLICT ({keys}) DO UPDATE SET {sets} WHERE ({old}) IS DISTINCT FROM ({new})"
            " RETURNING xmax = 0"
        )
        written = [is_new for (is_new,) in cursor.fetchall()]
        cursor.execute("DROP TABLE incoming")
    added = sum(written)
    return Loaded(
        added=added, unchanged=len(last) - len(written), changed=len(written) - added
    )  # fmt: skip


def _tell(table: str, added: int, about: list[Any], days: tuple[date, date], at: datetime) -> None:
    kind, what, _, _ = TOLD[table]
    facts = {
        "added": added, what: sorted(set(about)),
        "first": days[0].isoformat(), "last": days[1].isoformat(),
    }  # fmt: skip
    event = NewEvent(kind=kind, subject_type=kind.partition(".")[0], subject_id=0, facts=facts)
    record_events([event], actor_id=None, at=at)


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
                f"{path.name}: {found.added} added, {found.changed} changed, "
                f"{found.unchanged} unchanged, {len(found.problems)} wrong"
            )
            if found.problems and not found.good:
                raise CommandError(f"{path.name}: no row could be loaded")
