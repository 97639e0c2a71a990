"""The files of a run: which formats there are, and opening one to be sent piece by piece."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from os import SEEK_END
from pathlib import Path
from typing import IO

from django.http import StreamingHttpResponse

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from reporting import services
from reporting.formats.parquet import write_parquet
from reporting.formats.pdf import as_pdf
from reporting.formats.text import csv_pieces, json_pieces
from reporting.formats.workbook import write_report
from reporting.models import ReportRun
from reporting.reports import REPORTS
from reporting.storing import rows_in

MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
}
FORMATS = tuple(MEDIA_TYPES)
PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class File:
    """A file on its way out: its pieces, how many bytes they are where that is known, and its name."""

    pieces: Iterable[bytes]
    size: int | None
    media_type: str
    name: str

    @property
    def headers(self) -> dict[str, str]:
        length = {} if self.size is None else {"Content-Length": str(self.size)}
        return {"Content-Disposition": f'attachment; filename="{self.name}"', **length}

    def answer(self) -> StreamingHttpResponse:
        return StreamingHttpResponse(
            self.pieces, content_type=self.media_type, headers=self.headers
        )


def open_file(run: ReportRun, file_format: str, *, actor: User, at: datetime) -> File:
    """A file of a completed run in the reader's language; that it was taken is recorded.

    Raises NotFound for other formats, NotCompleted, RowsChanged.
    """
    if file_format not in MEDIA_TYPES:
        raise NotFound(what="file", reference=f"file.{file_format}")
    path = services.stored_path(run)
    pieces, size = _pieces(run, file_format, path)
    services.record_download(run, file_format=file_format, actor=actor, at=at)
    name = f"{run.report}-{run}.{file_format}"
    return File(pieces, size, MEDIA_TYPES[file_format], name)


def _pieces(run: ReportRun, file_format: str, path: Path) -> tuple[Iterable[bytes], int | None]:
    report = REPORTS[run.report]
    if file_format == "csv":
        return csv_pieces(report, rows_in(path)), None
    if file_format == "json":
        return json_pieces(report, rows_in(path)), None
    if file_format == "pdf":
        content = as_pdf(run, rows_in(path))
        return [content], len(content)
    made = tempfile.NamedTemporaryFile()  # noqa: SIM115 - closed when its last piece was read
    if file_format == "parquet":
        write_parquet(made.name, run, path)
        made.seek(0, SEEK_END)
    else:
        write_report(made, run, rows_in(path))
    size = made.tell()
    made.seek(0)
    return _pieces_of(made), size


def _pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
