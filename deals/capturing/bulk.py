"""Many deals in one request: the same capture, a chunk at a time, restartable where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from typing import Any

import msgspec
from django.db import transaction
from psycopg2 import errors

from backoffice.access.models import User
from backoffice.access.problems import problem_of
from backoffice.events.retrying import retried
from backoffice.kernel.errors import Conflict, Invalid, Refusal
from backoffice.kernel.i18n import gettext_noop
from deals.capturing.ahead import ahead
from deals.capturing.candidates import Candidate, Captured
from deals.capturing.capture import CHUNK, capture_deals
from deals.capturing.intake import ForRepair, candidate_of, store_for_repair
from deals.models import BulkChunk, BulkRequest
from deals.terms import Terms

Rows = Iterator[Terms | Refusal]  # the terms of each row, or why they cannot be read
COUNTS = ("accepted", "refused", "duplicates", "repair")
COUNT_OF = {
    "accepted": "accepted",
    "refused": "refused",
    "duplicate": "duplicates",
    "repair": "repair",
}


class SomeRowsInvalid(Invalid):
    code = "some-rows-invalid"
    title = gettext_noop("Some rows cannot be captured, so none was")
    detail = gettext_noop("%(count)s rows are refused.")
    hint = gettext_noop("Mend the rows listed, or send the file with mode=best_effort.")


class SomeRowsRefused(Conflict):
    code = "some-rows-refused"
    title = gettext_noop("Some rows were refused, so none was captured")
    detail = gettext_noop("%(count)s rows are refused.")
    hint = gettext_noop("Look at the rows listed, or send the file with mode=best_effort.")


@dataclass(slots=True)
class Chunk:
    """Some rows of a file after checking, and what became of each once they are captured."""

    first_index: int
    candidates: dict[int, Candidate] = field(default_factory=dict)
    waiting: dict[int, ForRepair] = field(default_factory=dict)
    refusals: dict[int, Refusal] = field(default_factory=dict)
    size: int = 0

    def rows(self, outcomes: dict[int, Captured], repairs: dict[int, str]) -> list[dict[str, Any]]:
        """The answer's rows, in the order of the file."""
        found = []
        for index in range(self.first_index, self.first_index + self.size):
            outcome = outcomes.get(index)
            if index in repairs:
                found.append({"index": index, "status": "repair", "reference": repairs[index]})
            elif outcome is not None and outcome.deal_id is not None:
                reference = f"D-{outcome.deal_id}"
                found.append({"index": index, "status": "accepted", "reference": reference})
            else:
                refusal = outcome.refusal if outcome else self.refusals[index]
                status = "duplicate" if outcome and outcome.duplicate else "refused"
                assert refusal is not None
                found.append({"index": index, "status": status, "problem": problem_of(refusal, "")})
        return found


def check_chunk(
    rows: Iterable[Terms | Refusal], first_index: int, *, actor: User, at: datetime
) -> Chunk:
    """Check rows by themselves, without a lock and without writing."""
    chunk = Chunk(first_index)
    for index, row in enumerate(rows, start=first_index):
        chunk.size += 1
        if isinstance(row, Refusal):
            chunk.refusals[index] = row
            continue
        try:
            chunk.candidates[index] = candidate_of(row, actor=actor, at=at)
        except ForRepair as waiting:
            chunk.waiting[index] = waiting
        except Refusal as refusal:
            chunk.refusals[index] = refusal
    return chunk


def capture_chunk(chunk: Chunk, *, actor: User, at: datetime) -> list[dict[str, Any]]:
    """Capture what of a chunk can be captured; the answer's rows. In the caller's transaction."""
    outcomes = dict(
        zip(chunk.candidates, capture_deals(list(chunk.candidates.values())), strict=True)
        if chunk.candidates
        else ()
    )
    repairs = {
        index: f"I-{store_for_repair(waiting, actor=actor, at=at).pk}"
        for index, waiting in chunk.waiting.items()
    }
    return chunk.rows(outcomes, repairs)


def in_chunks(rows: Rows, *, skip: int = 0) -> Iterator[list[Terms | Refusal]]:
    rows = islice(rows, skip, None)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def checked(
    parts: Iterator[list[Terms | Refusal]], first_index: int, *, actor: User, at: datetime
) -> Iterator[Chunk]:
    """Each part checked, by itself and in order."""
    for part in parts:
        yield check_chunk(part, first_index, actor=actor, at=at)
        first_index += len(part)


def checked_ahead(
    parts: Iterator[list[Terms | Refusal]], first_index: int, *, actor: User, at: datetime
) -> Iterator[Chunk]:
    """The same, the next part in a thread beside while the caller works on this one.

    Checking is Python and writing is the database's: side by side the longer of the two counts. A
    thread costs more than it brings when there is but one part.
    """
    first, second = next(parts, None), next(parts, None)
    if first is None:
        return
    if second is None:
        yield check_chunk(first, first_index, actor=actor, at=at)
        return
    yield from ahead(checked(chain([first, second], parts), first_index, actor=actor, at=at))


def capture_best_effort(request: BulkRequest, rows: Rows, *, actor: User, at: datetime) -> None:
    """Capture the good rows and list the bad ones; each chunk is a commit that moves `next_index`."""
    parts = in_chunks(rows, skip=request.next_index)
    for chunk in checked_ahead(parts, request.next_index, actor=actor, at=at):
        _commit_chunk(request.pk, chunk, actor=actor, at=at)


# A rival that captured the same reference meanwhile is found by the second look.
@retried(errors.UniqueViolation)
@transaction.atomic
def _commit_chunk(request_id: int, chunk: Chunk, *, actor: User, at: datetime) -> None:
    _note(request_id, chunk, capture_chunk(chunk, actor=actor, at=at))


def _note(request_id: int, chunk: Chunk, rows: Sequence[dict[str, Any]]) -> None:
    """Keep what became of a chunk, and how far the request has come."""
    request = BulkRequest.objects.select_for_update().get(pk=request_id)
    for row in rows:
        name = COUNT_OF[row["status"]]
        setattr(request, name, getattr(request, name) + 1)
    request.next_index = chunk.first_index + chunk.size
    request.save()
    text = msgspec.json.encode(rows).decode()[1:-1]
    BulkChunk.objects.create(request=request, first_index=chunk.first_index, rows=text)


@retried(errors.UniqueViolation)
@transaction.atomic
def capture_all_or_nothing(
    request: BulkRequest, read: Callable[[], Rows], *, actor: User, at: datetime
) -> None:
    """Capture every row in one transaction. Raises SomeRowsRefused with the rows that are not.

    `read` begins at the first row again: a transaction that lost against a rival is run once more.
    """
    bad: list[dict[str, Any]] = []
    for chunk in checked_ahead(in_chunks(read()), 0, actor=actor, at=at):
        rows = capture_chunk(chunk, actor=actor, at=at)
        bad += _refused(rows)
        _note(request.pk, chunk, rows)
    if bad:
        raise SomeRowsRefused(count=len(bad), rows=bad)


def capture_whole(
    request: BulkRequest, chunk: Chunk, *, every_row: bool, actor: User, at: datetime
) -> None:
    """A file that is one chunk, checked already, in the caller's transaction; every row, or those that can be.

    Raises SomeRowsInvalid and SomeRowsRefused where every row is wanted.
    """
    if every_row and (bad := _invalid(chunk)):
        raise SomeRowsInvalid(count=len(bad), rows=bad)
    rows = capture_chunk(chunk, actor=actor, at=at)
    if every_row and (bad := _refused(rows)):
        raise SomeRowsRefused(count=len(bad), rows=bad)
    _note(request.pk, chunk, rows)


def require_all_valid(rows: Rows, *, actor: User, at: datetime) -> None:
    """Look at every row by itself first. Raises SomeRowsInvalid with the rows that are wrong."""
    bad: list[dict[str, Any]] = []
    for chunk in checked_ahead(in_chunks(rows), 0, actor=actor, at=at):
        bad += _invalid(chunk)
    if bad:
        raise SomeRowsInvalid(count=len(bad), rows=bad)


def _invalid(chunk: Chunk) -> list[dict[str, Any]]:
    """The rows that are wrong by themselves."""
    return [
        {"index": index, "status": "refused", "problem": problem_of(refusal, "")}
        for index, refusal in chunk.refusals.items()
    ]


def _refused(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["status"] in ("refused", "duplicate")]
