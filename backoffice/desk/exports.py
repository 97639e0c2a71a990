"""A list as a file: all that is filtered, in the columns that are seen, read in pages by key."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone

from backoffice.desk import cells
from backoffice.desk.tables import Column

MOST_ROWS = 100_000  # of one file
CHUNK = 2_000

Fetch = Callable[[int | None, int], Sequence[Any]]


def csv_file(
    name: str, columns: Sequence[Column], fetch: Fetch, key_of: Callable[[Any], int]
) -> StreamingHttpResponse:
    """The file as it is written: rows by `fetch(before, limit)`, newest first."""
    today = timezone.localdate().isoformat()
    return StreamingHttpResponse(
        _lines([each for each in columns if each.kind != "steps"], fetch, key_of),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}-{today}.csv"'},
    )


def _lines(
    columns: Sequence[Column], fetch: Fetch, key_of: Callable[[Any], int]
) -> Iterator[bytes]:
    yield "\ufeff".encode() + _line([str(column.title) for column in columns])
    before, left = None, MOST_ROWS
    while left > 0:
        limit = min(CHUNK, left)
        found = fetch(before, limit)
        for row in found:
            yield _line([cells.in_file(column, row) for column in columns])
        if len(found) < limit:
            return
        before, left = key_of(found[-1]), left - len(found)


def _line(values: Sequence[str]) -> bytes:
    written = StringIO()
    csv.writer(written).writerow(values)
    return written.getvalue().encode()
