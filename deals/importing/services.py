"""A file of deals from its bytes to its rows: brought, read, mapped, previewed. Nothing is captured here.

Small files are looked at where they are brought; a worker looks at the others. Either may be killed at
any place and run again: the state says what is to be done, and a preview is worked out anew as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from pathlib import PurePath
from typing import Any

from django.db import transaction

from backoffice.access.models import User
from backoffice.access.problems import problem_of
from backoffice.events.services import NewEvent, nudge_after_commit, record_events
from backoffice.kernel.errors import Conflict, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Step, advance
from deals.importing import judging
from deals.importing.judging import Judged, Tally
from deals.importing.keeping import keep, kept
from deals.importing.known import known_of, number_again
from deals.importing.mapping import header_in, signature_of
from deals.importing.mappings import (
    MappingLacksColumns,
    book_of,
    import_mapping,
    in_force,
    terms_of_mapping,
)
from deals.importing.models import DealImport, ImportMapping
from deals.importing.presets import presets
from deals.importing.putting import CHUNK, put_rows, taken_in
from deals.importing.reading import LOOKED_AT, Table, read_table
from deals.importing.row_reading import RowReader
from deals.importing.state import ImportState

SMALL_BYTES = 100_000  # looked at, and loaded, where it is brought


class RowsTakenIn(Conflict):
    code = "rows-taken-in"
    title = gettext_noop("Some rows were taken in by this mapping")
    detail = gettext_noop(
        "A load of %(reference)s was broken off after some of its rows were taken in."
    )
    hint = gettext_noop(
        "Load the rest, or ask that what is there be undone and bring the file again."
    )


class WorkerLost(Conflict):
    code = "worker-lost"
    title = gettext_noop("The worker was lost while it worked on the file")
    detail = gettext_noop("%(times)s times a worker ended in the middle, so it is not tried again.")
    hint = gettext_noop(
        "Split the file, or bring it as CSV; an administrator finds more in the log."
    )


def receive_import(
    *, name: str, pieces: Iterable[bytes], book: str, sheet: str = "", mapping: str = "", actor: User,
    at: datetime,
) -> DealImport:  # fmt: skip
    """Keep a file and look at it, by the mapping that is named or the one its header is known by.

    A file that cannot be read is kept as an import that says why. Raises ImportTooLarge, NotFound, OutOfScope.
    """
    found = book_of(book, actor=actor)
    chosen = import_mapping(mapping, visible_to=actor) if mapping else None
    sha256, size = keep(pieces)
    with transaction.atomic():
        row = DealImport.objects.create(
            entity_id=found.entity_id, book=found, name=PurePath(name).name[:200], sha256=sha256,
            size=size, sheet=sheet[:100], mapping=chosen, brought_by=actor, brought_at=at,
            makers=[actor.pk],
        )  # fmt: skip
        facts = {"name": row.name, "sha256": sha256, "size": size, "book": found.code}
        event = NewEvent(
            kind="dealimport.receive", subject_type="dealimport", subject_id=row.pk,
            entity_id=row.entity_id, target=ImportState.RECEIVED.value, facts=facts,
        )  # fmt: skip
        record_events([event], actor_id=actor.pk, at=at)
        nudge_after_commit()
        if size <= SMALL_BYTES:
            look_at(import_id=row.pk, at=at)
    row.refresh_from_db()
    return row


@transaction.atomic
def map_import(*, import_id: int, mapping: str, actor: User, at: datetime) -> None:
    """Preview a file by another mapping. Raises TransitionNotAllowed, NotFound, RowsTakenIn."""
    chosen = import_mapping(mapping, visible_to=actor)
    row = DealImport.objects.select_for_update().get(pk=import_id)
    if row.state == ImportState.PREVIEWED and taken_in(row):
        raise RowsTakenIn(reference=str(row))
    step = Step(import_id, facts={"mapping": str(chosen)}, columns={"mapping": chosen.pk})
    advance(DealImport, "map", [step], actor=actor, at=at).raise_single()
    if row.size <= SMALL_BYTES:
        look_at(import_id=import_id, at=at)


def look_at(*, import_id: int, at: datetime) -> None:
    """Read a file that was received, and preview its rows where there is a mapping. Again: nothing.

    Reading and judging may last, and hold no transaction open: the rows are put in commits of their own,
    each with how far it came, and the last one moves the state. One at a time looks at an import.
    """
    row = DealImport.objects.select_related("entity", "book", "brought_by", "mapping").get(
        pk=import_id
    )
    if row.state != ImportState.RECEIVED:
        return
    try:
        with kept(row.sha256, reference=str(row)) as file:
            verb, why = _looked_through(row, read_table(file, name=row.name, sheet=row.sheet), at)
    except Refusal as refusal:  # some of its rows may have been put before it proved unreadable
        verb, why = "refuse", problem_of(refusal, "")
        put_rows(row, iter(()), None)
    _end(row, verb, at, why=why)


def _looked_through(row: DealImport, table: Table, at: datetime) -> tuple[str, Any]:
    """Put every row as it would become; the step that this leads to, and why where it is not a preview."""
    first = list(islice(table.rows, LOOKED_AT))
    ours = in_force(row.book_id)
    named = {row.mapping.signature: row.mapping} if row.mapping else ours
    header, signature = header_in(first, {**presets(), **ours, **named})
    row.header = first[header] if first else []
    row.format, row.sheet, row.signature = table.format, table.sheet, signature
    row.header_row = header + 1
    row.mapping = row.mapping or ours.get(signature)
    numbered = enumerate(chain(first, table.rows), 1)
    if row.mapping is None:
        put_rows(row, _unjudged(numbered, row.header_row), None)
        return "ask_mapping", None
    reader = RowReader(terms_of_mapping(row.mapping), row.header)
    missing = reader.missing()
    if missing:
        put_rows(row, _unjudged(numbered, row.header_row), None)
        return "ask_mapping", problem_of(MappingLacksColumns(columns=", ".join(missing)), "")
    tally = Tally()
    put_rows(row, _judged(row, numbered, reader, tally, at), tally)
    return "preview", None


def _judged(
    row: DealImport, numbered: Iterator[tuple[int, Sequence[str]]], reader: RowReader, tally: Tally,
    at: datetime,
) -> Iterator[list[Judged]]:  # fmt: skip
    """The rows in chunks as they would become, counted; what is there already is asked once a chunk."""
    seen: dict[str, str] = {}
    yield list(judging.above(islice(numbered, row.header_row - 1)))
    next(numbered, None)
    below = judging.judge_rows(numbered, reader, book=row.book.code, actor=row.brought_by, at=at)
    while chunk := list(islice(below, CHUNK)):
        number_again(chunk, entity_id=row.entity_id)
        seen.update(known_of({each.reference for each in chunk if each.reference}, row=row))
        judging.mark_known(chunk, seen)
        for each in chunk:
            tally.add(each)
        yield chunk


def _unjudged(
    numbered: Iterator[tuple[int, Sequence[str]]], header_row: int
) -> Iterator[list[Judged]]:
    """The rows as they stand there, before anybody said what they mean."""
    yield list(judging.above(islice(numbered, header_row - 1)))
    next(numbered, None)
    while chunk := list(islice(numbered, CHUNK)):
        yield [
            Judged(number, cells, judging.Outcome.REFUSED, "not-mapped") for number, cells in chunk
        ]


@transaction.atomic
def _end(row: DealImport, verb: str, at: datetime, *, why: Any = None) -> None:
    """Keep what was found, and move the state by the rule's own step."""
    row.why = why
    row.save(
        update_fields=[
            "format", "sheet", "signature", "header", "header_row", "rows", "mapping", "counts",
            "sums", "why",
        ]
    )  # fmt: skip
    facts = {"rows": row.rows, **row.counts, "mapping": str(row.mapping) if row.mapping else ""}
    step = Step(row.pk, str(why["code"]) if why else "", facts)
    advance(DealImport, verb, [step], actor=None, at=at).raise_single()


def preset_for(row: DealImport) -> dict[str, Any] | None:
    """What a mapping of this header may begin with: the last one of the book, else a known format."""
    last = ImportMapping.objects.filter(book_id=row.book_id, signature=signature_of(row.header))
    newest = last.order_by("-number").first()
    if newest is not None:
        return dict(newest.document)
    preset = presets().get(row.signature)
    return preset.document if preset else None


@transaction.atomic
def refuse_import(*, import_id: int, why: dict[str, Any], at: datetime) -> None:
    """A file that a defect of ours keeps from being read: it says so, and is not tried for ever."""
    step = Step(import_id, str(why.get("code", "")))
    if advance(DealImport, "refuse", [step], actor=None, at=at).done:
        DealImport.objects.filter(pk=import_id).update(why=why)
