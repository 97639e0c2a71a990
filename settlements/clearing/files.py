"""Files of a clearing house's figures: NDJSON or CSV, read row by row, kept and compared in chunks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import IO

from backoffice.access.models import User
from deals.capturing.row_files import Outcome, read_rows, take_rows
from settlements.clearing.models import FigureSource
from settlements.clearing.receiving import CHUNK, Parsed, receive_figures
from settlements.clearing.terms import Told, figure_of, read_figure, take_figure

COLUMNS = frozenset(Told.__struct_fields__)


def take_file(file: IO[bytes], media_type: str, *, actor: User, at: datetime) -> Outcome:
    """Keep what can be read and compare it; a row that cannot be taken loses no other.

    The same file again adds nothing: a figure that is the last one already is a duplicate. Raises
    WrongHeader, BodyTooLarge.
    """

    def keep(figures: Sequence[Parsed]) -> Iterator[tuple[str, str]]:
        for each in receive_figures(figures, source=FigureSource.FILE, actor=actor, at=at):
            yield each.outcome, f"NO-{each.obligation}"

    rows = read_rows(file, media_type, columns=COLUMNS, of_line=read_figure, of_cells=figure_of)
    return take_rows(
        rows, parse=lambda row: take_figure(row, actor=actor), keep=keep, at_once=CHUNK
    )
