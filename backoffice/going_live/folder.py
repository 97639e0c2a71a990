"""Writing the files of a folder, and reading them. Knows no database.

All that is wrong with a folder is told at once: in which file, in which line, and what to do about it.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from backoffice.going_live.tables import PARALLEL, TABLES, Column
from backoffice.kernel.errors import FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop

FORMAT = 1
MANIFEST, DEALS = "books.json", "deals.ndjson"
MOST_TOLD = 100  # problems; the count says how many there are


class FolderRefused(Invalid):
    code = "books-refused"
    title = gettext_noop("The books are not opened")
    detail = gettext_noop("What does not hold in the folder: %(count)s.")
    hint = gettext_noop(
        "Mend what is listed, and open the whole folder again: nothing of it was taken."
    )


@dataclass(slots=True)
class Problems:
    """What was found, file by file; `refuse` ends with all of it."""

    found: list[FieldProblem] = field(default_factory=list)

    def add(self, where: str, line: int, code: str, detail: str, hint: str, **facts: Any) -> None:
        pointer = f"/{where}/{line}" if line else f"/{where}"
        self.found.append(FieldProblem(pointer, code, detail, hint, facts))

    def refuse(self) -> None:
        """Raises FolderRefused where anything was found."""
        if self.found:
            raise FolderRefused(self.found[:MOST_TOLD], count=len(self.found))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file, its values by column."""

    file: str
    line: int
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def where(self) -> tuple[str, int]:
        return self.file, self.line


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that was read; `digest` is of all its files."""

    day: date
    system: str
    entities: Sequence[str]
    numbers: Mapping[str, int]
    tables: Mapping[str, Sequence[Row]]
    deals: Sequence[Row]
    digest: str


def write_table(root: Path, name: str, rows: Iterable[Sequence[Any]]) -> int:
    """Write a file with its header; how many rows it has."""
    count = 0
    with (root / name).open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow([column.name for column in TABLES[name]])
        for row in rows:
            out.writerow([_text(value) for value in row])
            count += 1
    return count


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value.normalize() + 0:f}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)


def write_deals(root: Path, documents: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    with (root / DEALS).open("w", encoding="utf-8", newline="\n") as file:
        for each in documents:
            file.write(json.dumps(each, ensure_ascii=False) + "\n")
            count += 1
    return count


def write_manifest(root: Path, told: Mapping[str, Any]) -> None:
    text = json.dumps({"format": FORMAT, **told}, ensure_ascii=False, indent=2)
    (root / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_folder(root: Path, problems: Problems) -> Folder:
    """All files of a folder. What cannot be read is a problem; raises FolderRefused without a manifest."""
    manifest = _manifest(root, problems)
    tables = {name: list(read_table(root, name, problems)) for name in TABLES}
    return Folder(
        day=manifest["day"], system=manifest["system"], entities=manifest["entities"],
        numbers=manifest["numbers"], tables=tables, deals=list(_documents(root, problems)),
        digest=digest_of(root),
    )  # fmt: skip


def digest_of(root: Path) -> str:
    """SHA-256 over the names and contents of the files that make a folder, in the order of their names."""
    sha = hashlib.sha256()
    for name in sorted({MANIFEST, DEALS, *TABLES}):
        content = (root / name).read_bytes() if (root / name).is_file() else b""
        sha.update(f"{name} {len(content)}\n".encode() + content)
    return sha.hexdigest()


def _manifest(root: Path, problems: Problems) -> dict[str, Any]:
    try:
        told = json.loads((root / MANIFEST).read_text("utf-8"))
        if told["format"] != FORMAT:
            raise ValueError(f"format {told['format']}")
        return {
            "day": date.fromisoformat(told["day"]), "system": str(told["system"])[:100],
            "entities": [str(each) for each in told["entities"]],
            "numbers": {str(k): int(v) for k, v in told.get("numbers", {}).items()},
        }  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        problems.add(
            MANIFEST, 0, "unreadable", gettext_noop("It cannot be read: %(why)s."),
            gettext_noop("It is JSON with format (1), day, system and entities."), why=str(error),
        )  # fmt: skip
        problems.refuse()
        raise


def read_table(root: Path, name: str, problems: Problems) -> Iterator[Row]:
    """The rows of one file; what cannot be read is a problem."""
    columns = {column.name: column for column in (TABLES | PARALLEL)[name]}
    try:
        text = (root / name).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problems.add(
            name, 0, "unreadable", gettext_noop("It cannot be read: %(why)s."),
            gettext_noop("Every file of the folder is there, in UTF-8; one with nothing to say has its header alone."),
            why=getattr(error, "strerror", None) or str(error),
        )  # fmt: skip
        return
    lines = csv.reader(text.splitlines(keepends=True))
    header = next(lines, [])
    required = {column.name for column in columns.values() if column.required}
    if set(header) - columns.keys() or required - set(header) or len(set(header)) < len(header):
        problems.add(
            name, 1, "wrong-columns", gettext_noop("Its columns are not those of such a file."),
            gettext_noop("They are: %(columns)s."), columns=", ".join(columns),
        )  # fmt: skip
        return
    for line in lines:
        if line:
            yield from _row(name, lines.line_num, header, line, columns, problems)


def _row(
    name: str, at: int, header: Sequence[str], line: Sequence[str], columns: Mapping[str, Column],
    problems: Problems,
) -> Iterator[Row]:  # fmt: skip
    values: dict[str, Any] = dict.fromkeys(columns)
    before = len(problems.found)
    if len(line) != len(header):
        problems.add(
            name, at, "wrong-columns", gettext_noop("It has another number of cells than the header."),
            gettext_noop("Cells with commas or line ends stand in quotation marks."),
        )  # fmt: skip
        return
    for column, text in zip(header, line, strict=True):
        try:
            values[column] = columns[column].read(text) if text else None
        except (ValueError, KeyError, InvalidOperation):
            problems.add(
                name, at, "unreadable-cell", gettext_noop("%(column)s: %(text)s cannot be read."),
                gettext_noop("Dates are 2026-11-24, numbers 1234.56, flags yes or no."),
                column=column, text=text[:60],
            )  # fmt: skip
    for empty in (c for c in columns.values() if c.required and values[c.name] is None):
        if len(problems.found) == before:
            problems.add(
                name, at, "empty-cell", gettext_noop("%(column)s is empty."),
                gettext_noop("Say it in every row."), column=empty.name,
            )  # fmt: skip
    if len(problems.found) == before:
        yield Row(name, at, values)


def _documents(root: Path, problems: Problems) -> Iterator[Row]:
    try:
        lines = (root / DEALS).read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        problems.add(
            DEALS, 0, "unreadable", gettext_noop("It cannot be read: %(why)s."),
            gettext_noop("Every file of the folder is there; one with nothing to say is empty."),
            why=getattr(error, "strerror", None) or str(error),
        )  # fmt: skip
        return
    for at, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            document = json.loads(line)
            if not isinstance(document, dict):
                raise ValueError("no object")
        except ValueError as error:
            problems.add(
                DEALS, at, "unreadable", gettext_noop("It cannot be read: %(why)s."),
                gettext_noop("Each line is one JSON object."), why=str(error),
            )  # fmt: skip
            continue
        yield Row(DEALS, at, document)
