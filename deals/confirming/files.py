"""Files of confirmations: NDJSON or CSV, read row by row, kept and matched in chunks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from backoffice.access.models import User
from backoffice.access.problems import problem_of
from backoffice.kernel.errors import Refusal
from deals.capturing.row_files import read_rows
from deals.capturing.spooling import MAX_ROWS, too_large
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
    return read_rows(
        file, media_type, columns=COLUMNS, of_line=read_confirmation, of_cells=confirmation_of
    )
