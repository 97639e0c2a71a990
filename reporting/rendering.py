"""From canonical rows to files. The rows are the truth; a file is one way to look at them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable

from reporting.models import ReportRun
from reporting.reports import REPORTS, Report
from reporting.reports.base import Row
from reporting.services import stored_rows

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def render(run: ReportRun, file_format: str) -> tuple[bytes, str, str]:
    """The file of a completed run: its bytes, media type and name. Raises KeyError for other formats."""
    media_type, write = FORMATS[file_format]
    report = REPORTS[run.report]
    content = write(report, stored_rows(run))
    return content, media_type, f"{run.report}-RR-{run.pk}.{file_format}"


def as_csv(report: Report, rows: Iterable[Row]) -> bytes:
    """RFC 4180, in UTF-8 with the mark that spreadsheets look for; texts never start a formula."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([column.name for column in report.columns])
    texts = [column.kind == "text" for column in report.columns]
    for row in rows:
        writer.writerow(
            [_harmless(cell) if is_text else cell for cell, is_text in zip(row, texts, strict=True)]
        )
    return target.getvalue().encode("utf-8-sig")


def _harmless(cell: str | None) -> str | None:
    return f"'{cell}" if cell and cell.startswith(FORMULA_STARTS) else cell


def as_json(report: Report, rows: Iterable[Row]) -> bytes:
    names = [column.name for column in report.columns]
    documents = [dict(zip(names, row, strict=True)) for row in rows]
    return json.dumps(documents, ensure_ascii=False, indent=1).encode()


FORMATS: dict[str, tuple[str, Callable[[Report, Iterable[Row]], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "json": ("application/json", as_json),
}
