"""Taking in the rows of a previewed file by the capture of all deals, a chunk at a time.

Best effort commits each chunk with how far it came, so a killed worker goes on behind it. All or
nothing is one transaction. Executed rows that cannot be resolved wait for repair, by the same keeping.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from psycopg2 import errors

from backoffice.access.models import User
from backoffice.access.problems import problem_of
from backoffice.events.retrying import retried
from backoffice.kernel.errors import Conflict, FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Step, advance
from deals.capturing.ahead import ahead
from deals.capturing.candidates import Captured
from deals.capturing.capture import capture_deals
from deals.importing.judging import Judged, Outcome, judge, mark_known
from deals.importing.known import known_of, source_of
from deals.importing.mappings import terms_of_mapping
from deals.importing.members import BEFORE_HEADER, BLANK
from deals.importing.models import DealImport, ImportRow
from deals.importing.putting import CHUNK, tally_of, tell_rows, tell_tally
from deals.importing.row_reading import CellProblem, RowReader
from deals.importing.services import SMALL_BYTES
from deals.importing.state import ImportMappingState, ImportState, Mode
from deals.repairing.receiving import Received, keep_received
from refdata.selectors import reference_data


class MappingNotApproved(Conflict):
    code = "mapping-not-approved"
    title = gettext_noop("The mapping is not approved")
    detail = gettext_noop("%(mapping)s was proposed and not approved yet, or is in force no more.")
    hint = gettext_noop("Have another person approve it, or preview the file by one in force.")


class SomeRowsHinder(Conflict):
    code = "some-rows-hinder"
    title = gettext_noop("Some rows would be refused, so none is taken in")
    detail = gettext_noop("%(count)s rows are refused.")
    hint = gettext_noop("Mend them in the file or the mapping, or load the good rows only.")


class UnknownImportMode(Invalid):
    code = "unknown-import-mode"
    title = gettext_noop("The mode is not known")
    detail = gettext_noop("%(mode)s is neither all_or_nothing nor best_effort.")
    hint = gettext_noop("Say one of them.")


@transaction.atomic
def load_import(*, import_id: int, mode: str, actor: User, at: datetime) -> None:
    """Take in a previewed file; a worker does it unless it is small.

    Raises TransitionNotAllowed, MappingNotApproved, SomeRowsHinder, UnknownImportMode.
    """
    if mode not in Mode.values:
        raise UnknownImportMode(mode=mode or "-")
    row = (
        DealImport.objects.select_for_update(of=("self",))
        .select_related("mapping")
        .get(pk=import_id)
    )
    mapping = row.mapping
    if row.state == ImportState.PREVIEWED and (
        mapping is None or mapping.state != ImportMappingState.APPROVED
    ):
        raise MappingNotApproved(mapping=str(mapping))
    hindering = row.counts.get("hindering", 0)
    if row.state == ImportState.PREVIEWED and mode == Mode.ALL_OR_NOTHING and hindering:
        raise SomeRowsHinder(count=hindering)
    step = Step(import_id, facts={"mode": mode}, columns={"mode": mode, "next_row": 0})
    advance(DealImport, "load", [step], actor=actor, at=at).raise_single()
    if row.size <= SMALL_BYTES:
        work_on_load(import_id=import_id, at=at)


def work_on_load(*, import_id: int, at: datetime) -> None:
    """Go on with a file that is being loaded, to its end; what is done already is not done again."""
    mode = DealImport.objects.values_list("mode", flat=True).get(pk=import_id)
    if mode == Mode.ALL_OR_NOTHING:
        try:
            _load_all(import_id, at)
        except SomeRowsHinder as refusal:
            break_off_load(import_id=import_id, why=problem_of(refusal, ""), at=at)
        return
    row = _import(DealImport.objects.all(), import_id)
    if row.state != ImportState.LOADING:
        return
    chunks = _judged_chunks(row, at)
    if row.rows - row.next_row > CHUNK and not connection.in_atomic_block:
        chunks = ahead(chunks)  # a thread of its own sees nothing of an open transaction
    for rows, judged in chunks:
        if not _load_chunk(import_id, rows, judged, at):
            return  # a rival has come past these rows, and goes on
    _finish(import_id, at)


@retried(errors.UniqueViolation)
@transaction.atomic
def _load_all(import_id: int, at: datetime) -> None:
    row = _import(DealImport.objects.select_for_update(of=("self",)), import_id)
    if row.state != ImportState.LOADING:
        return
    for rows, judged in _judged_chunks(row, at):
        _load_chunk(import_id, rows, judged, at)
    bad = ImportRow.objects.filter(deal_import_id=import_id, hinders=True).count()
    if bad:
        raise SomeRowsHinder(count=bad)
    _finish(import_id, at)


@transaction.atomic
def break_off_load(*, import_id: int, why: dict[str, Any], at: datetime) -> None:
    """The file stands as it was previewed; what a defect or a refusal said stands beside it."""
    step = Step(import_id, str(why.get("code", "")))
    if advance(DealImport, "break_off", [step], actor=None, at=at).done:
        DealImport.objects.filter(pk=import_id).update(why=why)


def _import(rows: QuerySet[DealImport], import_id: int) -> DealImport:
    return rows.select_related("entity", "book", "brought_by", "mapping").get(pk=import_id)


def _judged_chunks(
    row: DealImport, at: datetime
) -> Iterator[tuple[Sequence[ImportRow], Sequence[Judged]]]:
    """The rows behind those that are taken in, judged anew; no lock is held and nothing is written.

    Those of a load that was broken off before are taken in already.
    """
    assert row.mapping is not None
    reader, last = RowReader(terms_of_mapping(row.mapping), row.header), row.next_row
    left = row.file_rows.filter(deal=None, inbound=None).order_by("number")
    while True:
        rows = list(left.filter(number__gt=max(last, row.header_row))[:CHUNK])
        if not rows:
            return
        yield rows, [_judged(each, reader, row, at) for each in rows]
        last = rows[-1].number


# A rival that captured the same reference meanwhile is found by the second look.
@retried(errors.UniqueViolation)
@transaction.atomic
def _load_chunk(
    import_id: int, rows: Sequence[ImportRow], judged: Sequence[Judged], at: datetime
) -> bool:
    """Rows captured, kept for repair or refused, in one transaction; False where they are done already."""
    row = _import(DealImport.objects.select_for_update(of=("self",)), import_id)
    if row.state != ImportState.LOADING or row.next_row >= rows[0].number:
        return False
    _take_in(row, rows, [replace(each) for each in judged], at)  # a second look begins with these
    row.next_row, row.attempts = rows[-1].number, 0
    row.save(update_fields=["next_row", "attempts"])
    return True


def _take_in(
    row: DealImport, rows: Sequence[ImportRow], judged: Sequence[Judged], at: datetime
) -> None:
    references = {each.reference for each in judged if each.reference}
    mark_known(judged, known_of(references, row=row))
    good = [each for each in judged if each.candidate is not None]
    outcomes = capture_deals([each.candidate for each in good if each.candidate]) if good else []
    deals: dict[int, int] = {}
    for each, outcome in zip(good, outcomes, strict=True):
        if outcome.deal_id is not None:
            deals[each.number] = outcome.deal_id
        else:
            _refuse(each, outcome)
    waiting = [each for each in judged if each.outcome == Outcome.REPAIR]
    kept = keep_received([_received(each, row) for each in waiting], actor=row.brought_by, at=at)
    inbound = {each.number: one.pk for each, one in zip(waiting, kept, strict=True)}
    tell_rows([each.pk for each in rows], judged, deals, inbound)


def _judged(each: ImportRow, reader: RowReader, row: DealImport, at: datetime) -> Judged:
    """A row judged anew under the reference of its preview: what it names may have come meanwhile."""
    if each.code in (BLANK, BEFORE_HEADER):
        return Judged(each.number, each.cells, Outcome.REFUSED, each.code)
    found = judge(
        each.number, each.cells, reader, book=row.book.code, actor=row.brought_by, at=at
    )  # fmt: skip
    if each.reference and found.row is not None and found.reference:
        found.refer_as(each.reference)
    return found


def _refuse(each: Judged, outcome: Captured) -> None:
    refusal = outcome.refusal
    assert refusal is not None
    problem = FieldProblem("", refusal.code, refusal.detail, refusal.hint, refusal.facts)
    each.outcome, each.code, each.candidate = Outcome.REFUSED, refusal.code, None
    each.problems = [CellProblem(None, problem)]


def _received(each: Judged, row: DealImport) -> Received:
    """As the queue of repairs keeps it: what the row says, where it stood, what is wrong with it."""
    assert each.row is not None
    document = each.row.document
    return Received(
        source=source_of(row), external_ref=each.reference, members=document,
        raw=f"{row} {each.number}: " + "|".join(each.cells),
        problems=[one.problem for one in each.problems], worth=each.amount(),
        currency=each.currency[:12], book=reference_data().books.get(str(document.get("book"))),
    )  # fmt: skip


@transaction.atomic
def _finish(import_id: int, at: datetime) -> None:
    """Count what became of the rows, and say so; a rival may have."""
    row = _import(DealImport.objects.select_for_update(of=("self",)), import_id)
    if row.state != ImportState.LOADING:
        return
    tell_tally(row, tally_of(row))
    row.why = None
    row.save(update_fields=["counts", "sums", "why"])
    step = Step(row.pk, facts={**row.counts, "sums": row.sums})
    advance(DealImport, "finish", [step], actor=None, at=at).raise_single()
