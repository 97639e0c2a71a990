"""What changed between two runs of a report, and what was booked and quoted that only the later one knows."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from django.db import connection

from backoffice.kernel.errors import Conflict, Invalid
from backoffice.kernel.i18n import gettext_noop
from reporting.models import ReportRun
from reporting.parameters import read_parameters
from reporting.reports import REPORTS
from reporting.reports.base import Report, Row
from reporting.services import stored_path

MOST_ROWS = 2_000_000  # of either run: each is remembered by sixteen bytes
MOST_TOLD = 200  # rows, and entries
FAR = date(9999, 12, 31)
_decode = msgspec.json.Decoder(list[str | None]).decode


class OtherReport(Invalid):
    code = "other-report"
    title = gettext_noop("The two runs are of different reports")
    detail = gettext_noop("%(one)s is of %(report)s, %(other)s of %(other_report)s.")
    hint = gettext_noop("Choose a run of the same report.")


class TooManyToCompare(Conflict):
    code = "too-many-to-compare"
    title = gettext_noop("The runs have too many rows to compare here")
    detail = gettext_noop("%(reference)s has %(rows)s rows; %(most)s are compared.")
    hint = gettext_noop("Run the report for one entity or for fewer days, and compare those runs.")


class ChangedRow(NamedTuple):
    """A row as it was and as it is; None where it was not, or is no more."""

    before: Row | None
    after: Row | None


class Cause(NamedTuple):
    """An entry that one of the runs knows and the other does not, and by whom it came."""

    entry_id: int
    kind: str
    source_type: str
    source_id: int
    effective_date: date
    recorded_at: datetime
    reverses_id: int | None
    reason: str
    event_id: int | None
    actor: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`rows` and `causes` are the first of those that the counts tell; `quotes` counts prices and rates."""

    earlier: ReportRun
    later: ReportRun
    added: int
    removed: int
    changed: int
    rows: Sequence[ChangedRow]
    entries: int
    causes: Sequence[Cause]
    quotes: int

    @property
    def equal(self) -> bool:
        return not (self.added or self.removed or self.changed)


def compare(one: ReportRun, other: ReportRun) -> Comparison:
    """What the run that knows more says otherwise. Changes nothing.

    A row is the same by what it is of, all that is no number; one that is there once on both sides and has other
    numbers is changed. Raises OtherReport, TooManyToCompare, NotCompleted, RowsChanged.
    """
    if one.report != other.report:
        raise OtherReport(
            one=str(one), report=one.report, other=str(other), other_report=other.report
        )
    earlier, later = sorted((one, other), key=lambda run: (run.horizon or 0, run.pk))
    for run in (earlier, later):
        if (run.row_count or 0) > MOST_ROWS:
            raise TooManyToCompare(reference=str(run), rows=run.row_count or 0, most=MOST_ROWS)
    gone, come = _apart(stored_path(earlier), stored_path(later))
    rows = list(_paired(REPORTS[one.report], gone, come))
    entries, causes = _causes(earlier, later)
    return Comparison(
        earlier, later,
        added=sum(row.before is None for row in rows),
        removed=sum(row.after is None for row in rows),
        changed=sum(None not in row for row in rows),
        rows=rows[:MOST_TOLD], entries=entries, causes=causes, quotes=_quotes(earlier, later),
    )  # fmt: skip


def _apart(earlier: Path, later: Path) -> tuple[list[Row], list[Row]]:
    """The rows that only one of two files has, as often as it has them more; in their order."""
    counts: Counter[bytes] = Counter()
    counts.update(map(_digest, _lines(earlier)))
    come = [line for line in _lines(later) if not _took(counts, line)]
    gone = [line for line in _lines(earlier) if _took(counts, line)]
    return [_decode(line) for line in gone], [_decode(line) for line in come]


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


def _digest(line: bytes) -> bytes:
    return hashlib.blake2b(line, digest_size=16).digest()


def _took(counts: Counter[bytes], line: bytes) -> bool:
    """Take one of this line away; whether there was one."""
    digest = _digest(line)
    if not counts[digest]:
        return False
    counts[digest] -= 1
    return True


def _paired(report: Report, gone: Sequence[Row], come: Sequence[Row]) -> Iterator[ChangedRow]:
    """Changed and new rows in the order of the later run, then those that are no more."""
    named = [index for index, column in enumerate(report.columns) if not column.number]

    def by_name(rows: Iterable[Row]) -> dict[tuple[Any, ...], list[Row]]:
        found = defaultdict(list)
        for row in rows:
            found[tuple(row[index] for index in named)].append(row)
        return found

    before, after = by_name(gone), by_name(come)
    single = {
        name for name, rows in after.items() if len(rows) == 1 and len(before.get(name, ())) == 1
    }
    for row in come:
        name = tuple(row[index] for index in named)
        yield ChangedRow(before[name][0] if name in single else None, row)
    for name, rows in before.items():
        if name not in single:
            yield from (ChangedRow(row, None) for row in rows)


# What one run knows and is of its days, and the other does not or is not.
_BETWEEN = (
    "(x.recorded_tx < %(later)s AND {day} <= %(later_day)s)"
    " <> (x.recorded_tx < %(earlier)s AND {day} <= %(earlier_day)s)"
)
_ENTRIES = f"""
SELECT x.id, x.kind, x.source_type, x.source_id, x.effective_date, x.recorded_at, x.reverses_id, x.reason,
       v.id, v.actor, x.count
  FROM (SELECT x.*, count(*) OVER () AS count
          FROM ledger_journalentry x
         WHERE {_BETWEEN.format(day="x.effective_date")}
           AND (%(entities)s::bigint[] IS NULL OR x.entity_id = ANY(%(entities)s::bigint[]))
         ORDER BY x.id LIMIT %(most)s) x
  LEFT JOIN LATERAL (
       SELECT v.id, u.username AS actor FROM events_event v LEFT JOIN access_user u ON u.id = v.actor_id
        WHERE v.subject_type = x.source_type AND v.subject_id = x.source_id AND v.tx = x.recorded_tx
        ORDER BY v.id LIMIT 1) v ON true
 ORDER BY x.id
"""  # noqa: S608
_QUOTES = f"""
SELECT (SELECT count(*) FROM refdata_price x WHERE {_BETWEEN.format(day="x.price_date")})
     + (SELECT count(*) FROM refdata_fxrate x WHERE {_BETWEEN.format(day="x.rate_date")})
"""  # noqa: S608


def _causes(earlier: ReportRun, later: ReportRun) -> tuple[int, list[Cause]]:
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, _bounds(earlier, later))
        rows = cursor.fetchall()
    return (rows[0][-1] if rows else 0), [Cause(*row[:-1]) for row in rows]


def _quotes(earlier: ReportRun, later: ReportRun) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_QUOTES, _bounds(earlier, later))
        return int(cursor.fetchone()[0])


def _bounds(earlier: ReportRun, later: ReportRun) -> dict[str, Any]:
    entities = None
    if earlier.entity_ids is not None and later.entity_ids is not None:
        entities = sorted({*earlier.entity_ids, *later.entity_ids})
    return {
        "earlier": earlier.horizon, "later": later.horizon, "entities": entities, "most": MOST_TOLD,
        "earlier_day": _last_day(earlier), "later_day": _last_day(later),
    }  # fmt: skip


def _last_day(run: ReportRun) -> date:
    """The last day that a run is of; without a date it is of all."""
    asked: Mapping[str, Any] = read_parameters(REPORTS[run.report], run.parameters)
    return max((value for value in asked.values() if type(value) is date), default=FAR)
