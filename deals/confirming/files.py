"""Files of confirmations: NDJSON or CSV, read row by row, kept and matched in chunks."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from backoffice.access.models import User
from backoffice.access.problems import problem_of
from backoffice.kernel.errors import Refusal
from deals.capturing.schema import Unreadable
from deals.capturing.spooling import CSV, MAX_ROWS, WrongHeader, too_large
from deals.confirming.matching import match_confirmations
from deals.confirming.receiving import CHUNK, RECEIVED, receive_confirmations
from deals.confirming.terms import (
    Parsed,
    ParsedWithdrawal,
    Told,
    Withdrawal,
    confirmation_of,
    parse_message,
    read_confirmation,
)
from refdata.scopes import OutOfScope, scope_of
from refdata.selectors import reference_data

COLUMNS = frozenset(Told.__struct_fields__) | frozenset(Withdrawal.__struct_fields__)


@dataclass(slots=True)
class Outcome:
    """What became of each row, and of those that are new, by the state they ended in."""

    counts: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    rows: list[dict[str, Any]] = field(default_factory=list)


def take_confirmation(told: Told | Withdrawal, *, actor: User) -> Parsed | ParsedWithdrawal:
    """The parsed message, for an entity that the actor sees whole. Raises InvalidConfirmation, OutOfScope."""
    parsed = parse_message(told, reference_data())
    if not scope_of(actor).covers(entity_id=parsed.entity_id):
        raise OutOfScope(what=told.entity)
    return parsed


def take_file(
    file: IO[bytes], media_type: str, *, source: str, actor: User, at: datetime
) -> Outcome:
    """Keep what can be read and match it; a row that cannot be taken loses no other.

    The same file again adds nothing: each message is known by its reference and content. Raises
    WrongHeader, BodyTooLarge.
    """
    outcome, chunk, fresh = Outcome(), list[tuple[int, Parsed | ParsedWithdrawal]](), list[int]()

    def keep() -> None:
        found = receive_confirmations([m for _, m in chunk], source=source, actor=actor, at=at)
        for (index, _), (became, id) in zip(chunk, found, strict=True):
            outcome.counts[became] += 1
            outcome.rows.append(
                {"index": index, "status": became, "reference": f"RC-{id}" if id else None}
            )
            if became == RECEIVED and id is not None:
                fresh.append(id)
        chunk.clear()

    for index, row in enumerate(rows_of(file, media_type)):
        if index >= MAX_ROWS:
            raise too_large()
        try:
            if isinstance(row, Refusal):
                raise row
            chunk.append((index, take_confirmation(row, actor=actor)))
        except Refusal as refusal:
            outcome.counts["refused"] += 1
            outcome.rows.append(
                {"index": index, "status": "refused", "problem": problem_of(refusal, "")}
            )
        if len(chunk) == CHUNK:
            keep()
    keep()
    outcome.rows.sort(key=lambda row: row["index"])
    outcome.states = match_confirmations(ids=fresh, at=at)
    return outcome


def rows_of(file: IO[bytes], media_type: str) -> Iterator[Told | Withdrawal | Refusal]:
    """The messages of a file, or why one cannot be read. Raises WrongHeader."""
    file.seek(0)
    return _csv(file) if media_type == CSV else _ndjson(file)


def _ndjson(lines: Iterable[bytes]) -> Iterator[Told | Withdrawal | Refusal]:
    for line in lines:
        if line.strip():
            try:
                yield read_confirmation(line)
            except Refusal as refusal:
                yield refusal


def _csv(file: IO[bytes]) -> Iterator[Told | Withdrawal | Refusal]:
    text = io.TextIOWrapper(file, "utf-8-sig", errors="replace", newline="")
    try:
        reader = csv.DictReader(text, strict=True)
        names = list(reader.fieldnames or ())
        wrong = [name for name in names if name not in COLUMNS or names.count(name) > 1]
        if wrong or not names:
            raise WrongHeader(columns=", ".join(sorted(set(wrong))) or "-")
        for row in reader:
            try:
                yield _of_cells(row)
            except Refusal as refusal:
                yield refusal
    except csv.Error as error:
        yield Unreadable(why=str(error))
    finally:
        text.detach()


def _of_cells(row: dict[str, Any]) -> Told | Withdrawal:
    if None in row or None in row.values():
        raise Unreadable(why="The row does not have as many cells as the header.")
    return confirmation_of({name: cell for name, cell in row.items() if cell != ""})
