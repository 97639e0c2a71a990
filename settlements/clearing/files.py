"""Files of a clearing house's figures: NDJSON or CSV, read row by row, kept and compared in chunks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from backoffice.access.models import User
from backoffice.access.problems import problem_of
from backoffice.kernel.errors import Refusal
from deals.capturing.row_files import read_rows
from deals.capturing.spooling import MAX_ROWS, too_large
from settlements.clearing.models import FigureSource
from settlements.clearing.receiving import CHUNK, Parsed, receive_figures
from settlements.clearing.terms import Told, figure_of, read_figure, take_figure

COLUMNS = frozenset(Told.__struct_fields__)


@dataclass(slots=True)
class Outcome:
    """What became of each row."""

    counts: Counter[str] = field(default_factory=Counter)
    rows: list[dict[str, Any]] = field(default_factory=list)


def take_file(file: IO[bytes], media_type: str, *, actor: User, at: datetime) -> Outcome:
    """Keep what can be read and compare it; a row that cannot be taken loses no other.

    The same file again adds nothing: a figure that is the last one already is a duplicate. Raises
    WrongHeader, BodyTooLarge.
    """
    outcome, chunk = Outcome(), list[tuple[int, Parsed]]()

    def keep() -> None:
        found = receive_figures(
            [each for _, each in chunk], source=FigureSource.FILE, actor=actor, at=at
        )
        for (index, _), each in zip(chunk, found, strict=True):
            outcome.counts[each.outcome] += 1
            outcome.rows.append(
                {"index": index, "status": each.outcome, "reference": f"NO-{each.obligation}"}
            )
        chunk.clear()

    rows = read_rows(file, media_type, columns=COLUMNS, of_line=read_figure, of_cells=figure_of)
    for index, row in enumerate(rows):
        if index >= MAX_ROWS:
            raise too_large()
        try:
            if isinstance(row, Refusal):
                raise row
            chunk.append((index, take_figure(row, actor=actor)))
        except Refusal as refusal:
            outcome.counts["refused"] += 1
            outcome.rows.append(
                {"index": index, "status": "refused", "problem": problem_of(refusal, "")}
            )
        if len(chunk) == CHUNK:
            keep()
    keep()
    outcome.rows.sort(key=lambda row: row["index"])
    return outcome
