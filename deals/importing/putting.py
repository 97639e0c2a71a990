"""Rows of a file as they are kept: put in chunks, told anew when they are taken in, and counted. Set-based."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from django.db import connection, transaction

from backoffice.events.copying import copy_rows
from backoffice.kernel.errors import Broken
from backoffice.kernel.rows import array
from deals.importing.judging import Judged, Outcome, Tally
from deals.importing.models import DealImport, ImportRow
from deals.importing.row_reading import CellProblem

CHUNK = 2_000
_COLUMNS = (
    "deal_import_id, number, cells, outcome, code, hinders, base, reference, problems, side, amount,"
    " currency"
)
_TELL = """
UPDATE deals_importrow r
   SET outcome = g.outcome, code = g.code, problems = g.problems, hinders = g.hinders,
       deal_id = g.deal_id, inbound_id = g.inbound_id, amount = g.amount
  FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::jsonb[], %s::boolean[], %s::bigint[],
              %s::bigint[], %s::numeric[])
       AS g(id, outcome, code, problems, hinders, deal_id, inbound_id, amount)
 WHERE r.id = g.id
"""
_COUNT = """
SELECT outcome, side, currency, count(*), count(*) FILTER (WHERE hinders),
       count(*) FILTER (WHERE problems <> '[]'), sum(amount)
  FROM deals_importrow WHERE deal_import_id = %s GROUP BY 1, 2, 3
"""
_SO_FAR = """
SELECT outcome, count(*) FROM deals_importrow
 WHERE deal_import_id = %s AND number > %s AND number <= %s GROUP BY 1
"""


def put_rows(row: DealImport, chunks: Iterator[list[Judged]], tally: Tally | None) -> None:
    """The rows of a preview take the place of those of an earlier one: nothing was captured by it.

    Each chunk is a commit with how far the reading has come. Raises Broken where something was captured.
    """
    if taken_in(row):
        raise Broken(f"{row}: rows that were taken in would be forgotten")
    ImportRow.objects.filter(deal_import=row).delete()
    row.rows, row.counts, row.sums = 0, {}, {}
    for chunk in chunks:
        if not chunk:
            continue
        row.rows = chunk[-1].number
        if tally is not None:
            tell_tally(row, tally)
        with transaction.atomic():
            copy_rows("deals_importrow", _COLUMNS, (_line(row.pk, each) for each in chunk))
            row.save(update_fields=["rows", "counts", "sums"])


def _line(import_id: int, each: Judged) -> tuple[Any, ...]:
    return (
        import_id, each.number, array(each.cells), each.outcome.value, each.code, each.hinders,
        each.base, each.reference[:64], _documents(each), each.side[:5], each.amount(),
        each.currency[:12],
    )  # fmt: skip


def tell_rows(
    rows: Sequence[int], judged: Sequence[Judged], deals: Mapping[int, int],
    inbound: Mapping[int, int],
) -> None:  # fmt: skip
    """What became of rows, by their ids: deals and what waits for repair are known by row number."""
    values: list[Any] = [
        list(rows),
        [each.outcome.value for each in judged],
        [each.code for each in judged],
        [_documents(each) for each in judged],
        [each.hinders for each in judged],
        [deals.get(each.number) for each in judged],
        [inbound.get(each.number) for each in judged],
        [each.amount() for each in judged],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_TELL, values)


def taken_in(row: DealImport) -> bool:
    """Whether a load took in any of its rows, as deals or for repair; only one that was loaded is looked through."""
    return bool(row.mode) and row.file_rows.exclude(deal=None, inbound=None).exists()


def tally_of(row: DealImport) -> Tally:
    """The rows counted as they stand, by the database."""
    tally = Tally()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [row.pk])
        for outcome, side, currency, times, hindering, told, amount in cursor.fetchall():
            tally.count(Outcome(outcome), side, currency, amount, hindering, told, times)
    return tally


def taken_so_far(row: DealImport) -> dict[str, int]:
    """Of the rows that a load has come past, how many are what: taken in, kept for repair, refused."""
    with connection.cursor() as cursor:
        cursor.execute(_SO_FAR, [row.pk, row.header_row, row.next_row])
        return {outcome.value: 0 for outcome in Outcome} | dict(cursor.fetchall())


def tell_tally(row: DealImport, tally: Tally) -> None:
    """The counts and sums of the rows as they stand."""
    row.counts = {
        **{outcome.value: tally.counts.get(outcome, 0) for outcome in Outcome},
        "hindering": tally.hindering, "warnings": tally.warnings,
    }  # fmt: skip
    row.sums = {name: f"{amount.normalize():f}" for name, amount in sorted(tally.sums.items())}


def _documents(each: Judged) -> str:
    """Problems and warnings as they are kept, each with its cell; texts are translated when shown."""
    if not each.problems and not each.warnings:
        return "[]"
    found: list[tuple[str, Sequence[CellProblem]]] = [
        ("problem", each.problems), ("warning", each.warnings)
    ]  # fmt: skip
    documents = [
        {
            "kind": kind, "column": one.column, "pointer": one.problem.pointer,
            "code": one.problem.code, "detail": one.problem.detail, "hint": one.problem.hint,
            "facts": {name: str(value) for name, value in one.problem.facts.items()},
        }
        for kind, problems in found
        for one in problems
    ]  # fmt: skip
    return msgspec.json.encode(documents).decode()
