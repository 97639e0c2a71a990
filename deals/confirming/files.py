"""Files of confirmations: NDJSON or CSV, read row by row, kept and matched in chunks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from backoffice.access.models import User
from backoffice.kernel.errors import Refusal
from deals.capturing.row_files import Outcome, read_rows, take_rows
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
class Matched(Outcome):
    """And of those that are new, by the state they ended in."""

    states: Counter[str] = field(default_factory=Counter)


def take_confirmation(told: Told | Withdrawal, *, actor: User | None) -> Parsed | ParsedWithdrawal:
    """The parsed message, for an entity that the actor sees whole; a channel brings it without one.

    Raises InvalidConfirmation, OutOfScope.
    """
    parsed = parse_message(told, reference_data())
    if actor is not None and not scope_of(actor).covers(entity_id=parsed.entity_id):
        raise OutOfScope(what=told.entity)
    return parsed


def take_file(
    file: IO[bytes], media_type: str, *, source: str, actor: User, at: datetime
) -> Matched:
    """Keep what can be read and match it; a row that cannot be taken loses no other.

    The same file again adds nothing: each message is known by its reference and content. Raises
    WrongHeader, BodyTooLarge.
    """
    fresh: list[int] = []

    def keep(messages: Sequence[Parsed | ParsedWithdrawal]) -> Iterator[tuple[str, str | None]]:
        found = receive_confirmations(messages, source=source, actor=actor, at=at)
        fresh.extend(id for became, id in found if became == RECEIVED and id is not None)
        for became, id in found:
            yield became, f"RC-{id}" if id else None

    def parse(row: Told | Withdrawal) -> Parsed | ParsedWithdrawal:
        return take_confirmation(row, actor=actor)

    taken = take_rows(rows_of(file, media_type), parse=parse, keep=keep, at_once=CHUNK)
    return Matched(taken.counts, taken.rows, match_confirmations(ids=fresh, at=at))


def rows_of(file: IO[bytes], media_type: str) -> Iterator[Told | Withdrawal | Refusal]:
    """The messages of a file, or why one cannot be read. Raises WrongHeader."""
    return read_rows(
        file, media_type, columns=COLUMNS, of_line=read_confirmation, of_cells=confirmation_of
    )
