"""Files of what a venue reports void: NDJSON or CSV, read row by row, each row asked for once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import IO

from backoffice.access.models import User
from backoffice.kernel.errors import Refusal
from deals.capturing.row_files import Outcome, read_rows, take_rows
from settlements.clearing.models import FigureSource
from settlements.reversing.receiving import Report, receive_reversals
from settlements.reversing.terms import Told, find_deals, read_report, report_of

COLUMNS = frozenset(Told.__struct_fields__)
CHUNK = 1_000


def take_file(file: IO[bytes], media_type: str, *, actor: User, at: datetime) -> Outcome:
    """Keep what can be read and ask for the cancellations; a row that cannot be taken loses no other.

    The same file again adds nothing: a report is known by its deal and document. Raises WrongHeader,
    BodyTooLarge.
    """

    def keep(rows: Sequence[Told]) -> Iterator[tuple[str, str] | Refusal]:
        found = list(find_deals(rows, actor=actor))
        reports = [each for each in found if isinstance(each, Report)]
        answers = iter(receive_reversals(reports, source=FigureSource.FILE, actor=actor, at=at))
        for each in found:
            answer = each if isinstance(each, Refusal) else next(answers)
            yield answer if isinstance(answer, Refusal) else (answer.outcome, str(answer.reversal))

    rows = read_rows(file, media_type, columns=COLUMNS, of_line=read_report, of_cells=report_of)
    return take_rows(rows, parse=lambda row: row, keep=keep, at_once=CHUNK)
