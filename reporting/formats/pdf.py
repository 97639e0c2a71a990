"""A report as PDF: the first rows of each table, all totals, and what shows where the rest is.

Paper is for reading and signing. Beyond a thousand rows nobody reads, so a table says how many rows
were left out and which files hold them; its totals are those of all rows.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
from django.utils import translation
from django.utils.translation import gettext

from backoffice.kernel.errors import Broken, Unavailable
from backoffice.kernel.i18n import gettext_noop
from ledger.state import Stage
from reporting.formats.pictures import Drawn, pictures_of
from reporting.formats.programs import run_program
from reporting.formats.shown import (
    Names,
    Table,
    about,
    moment_text,
    tables_of,
    totals_of,
    written,
)
from reporting.models import ReportRun
from reporting.reports import REPORTS
from reporting.reports.base import Report, Row

MOST_ROWS = 1_000  # of one table
ONE_LINE = 16  # letters of a text that is not broken
MARGINS = 2.2  # left and right of a column, in letters
PATIENCE_SECONDS = 120
TYPESETTER = Path(__file__).with_name("typesetting.py")

_one_at_a_time = threading.Lock()  # each takes a core and some hundred megabytes


class TypesettingBusy(Unavailable):
    code = "typesetting-busy"
    title = gettext_noop("Another PDF is being made")
    detail = gettext_noop("PDFs are made one after the other; this one waited too long.")
    hint = gettext_noop("Try again in a minute, or take the XLSX.")


def as_pdf(run: ReportRun, rows: Iterable[Row]) -> bytes:
    """The rows of a run as PDF in the reader's language; the same run gives the same bytes."""
    data = msgspec.json.encode(_document(run, rows))
    if not _one_at_a_time.acquire(timeout=PATIENCE_SECONDS):
        raise TypesettingBusy()
    try:
        made = run_program(TYPESETTER, data, patience_seconds=PATIENCE_SECONDS)
    finally:
        _one_at_a_time.release()
    if not made.startswith(b"%PDF"):
        raise Broken(f"{run}: no PDF was made")
    return made


def _document(run: ReportRun, rows: Iterable[Row]) -> dict[str, Any]:
    report = REPORTS[run.report]
    if report.pictures:
        rows = list(rows)  # few: pictures and tables are both made of them
    facts = {"run": str(run), "watermark": run.watermark, "moment": moment_text(run)}
    return {
        "lang": (translation.get_language() or "en")[:2],
        "title": str(report.title),
        "purpose": str(report.purpose),
        "stage": str(Stage(run.stage).label) if run.stage else "",
        "about": about(run),
        "foot": gettext("%(run)s · watermark %(watermark)s, %(moment)s") % facts
        + f" · SHA-256 {run.sha256}",
        "page": gettext("page %(page)s of %(pages)s") % {"page": "{page}", "pages": "{pages}"},
        "empty": gettext("No rows."),
        "totals": gettext("Totals of all rows"),
        "pictures": [_picture(drawn) for drawn in pictures_of(report, rows)]
        if report.pictures
        else [],
        "tables": _tables(run, report, rows),
    }


def _picture(drawn: Drawn) -> dict[str, Any]:
    filled = gettext("filled: %(part)s") % {"part": drawn.part} if drawn.part else ""
    value = f"{drawn.value}, {drawn.currency}" if drawn.currency else drawn.value
    return {
        "title": drawn.title, "about": "; ".join(each for each in (drawn.entity, value, filled) if each),
        "by_day": drawn.by_day, "parted": bool(drawn.part), "bars": [bar._asdict() for bar in drawn.bars],
    }  # fmt: skip


def _tables(run: ReportRun, report: Report, rows: Iterable[Row]) -> list[dict[str, Any]]:
    totals = totals_of(report, run)
    first: dict[str, list[Row]] = {}
    counts: dict[str, int] = {}
    for code, group in groupby(rows, key=lambda row: row[0] or "" if report.sections else ""):
        kept = first.setdefault(code, [])
        for row in group:
            counts[code] = counts.get(code, 0) + 1
            if len(kept) < MOST_ROWS:
                kept.append(row)
    found = []
    for table in tables_of(report):
        shown = first.get(table.code, [])
        found.append(
            _table(report, table, shown)
            | {
                "left": _left_out(counts.get(table.code, 0), len(shown)),
                "totals": [
                    {"title": t.title, "currency": t.currency, "shown": t.shown}
                    for t in totals.get(table.code, [])
                ],
            }
        )
    return found


def _left_out(count: int, shown: int) -> str:
    if count <= shown:
        return ""
    return gettext(
        "The first %(shown)s of %(count)s rows. The XLSX, CSV and JSON files of this run hold all of them."
    ) % {"shown": shown, "count": count}


def _table(report: Report, table: Table, rows: list[Row]) -> dict[str, Any]:
    columns = [(index, column) for index, column in table.columns if column.printed]
    names = Names()
    names.learn(table, rows)
    currencies = {
        index: report.column(column.currency) for index, column in columns if column.currency
    }
    cells: list[list[Any]] = []
    for row in rows:
        line: list[Any] = []
        for index, column in columns:
            currency = row[currencies[index]] if index in currencies else None
            text = written(column, row[index], currency)
            name = names.of(column, row[index]) if column.names else ""
            line.append({"name": name, "code": text} if name else text)
        cells.append(line)
    return {
        "title": table.title,
        "columns": [
            {
                "title": str(column.title), "number": column.number,
                "share": share_of(str(column.title), (line[place] for line in cells)),
            }
            for place, (_, column) in enumerate(columns)
        ],
        "rows": cells,
    }  # fmt: skip


def share_of(title: str, cells: Iterable[Any]) -> float:
    """How much of the page's width a column needs, in letters: its longest word, and its margins.

    Titles and texts break between words, so no word runs into the next column; a text that is not long
    stands in one line. Bold letters are wider, codes beside names are smaller.
    """
    needed = _longest(title) * 1.15
    for cell in cells:
        if isinstance(cell, dict):
            word = max(_longest(cell["name"]), len(cell["code"]) * 0.85)
            needed = max(needed, word, min(len(cell["name"]), ONE_LINE))
        else:
            needed = max(needed, _longest(cell), min(len(cell), ONE_LINE))
    return round(needed + MARGINS, 2)


def _longest(text: str) -> int:
    """Of its words; the spaces inside a number do not break."""
    return max(map(len, text.split(" ")))
