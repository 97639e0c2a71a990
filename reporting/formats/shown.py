"""What readers see of canonical rows: tables with titles, names beside codes, labels and totals, in their language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice

from django.db import connection
from django.utils import formats, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ledger.state import Stage
from refdata.selectors import reference_data
from reporting.models import ReportRun
from reporting.reports import REPORTS
from reporting.reports.base import COMMON, Cell, Column, Report, Row

MINUS, DASH = "\u2212", "\u2013"
CHUNK = 1_000

# Only these few statements, each for a batch of codes: names are reference data, not part of the rows.
NAMES = {
    "party": "SELECT code, name, name_ru FROM refdata_party WHERE code = ANY(%s)",
    "place": "SELECT code, name, name_ru FROM refdata_place WHERE code = ANY(%s)",
    "entity": "SELECT code, name, name_ru FROM refdata_entity WHERE code = ANY(%s)",
    "asset": (
        "SELECT coalesce(i.isin, a.code), a.name, a.name_ru FROM refdata_asset a"
        " LEFT JOIN refdata_instrument i ON i.asset_id = a.id WHERE coalesce(i.isin, a.code) = ANY(%s)"
    ),
}
_IDENTIFIER = (
    "SELECT p.code, min(i.value), '' FROM refdata_party p JOIN refdata_partyidentifier i ON i.party_id = p.id"
    " AND i.scheme = '{}' WHERE p.code = ANY(%s) GROUP BY p.code"
)
NAMES |= {"tax-number": _IDENTIFIER.format("INN"), "lei": _IDENTIFIER.format("LEI")}


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one section, or of a report without sections: which columns, and where they stand."""

    code: str
    title: str
    columns: Sequence[tuple[int, Column]]

    @property
    def named(self) -> bool:
        return any(column.names for _, column in self.columns)


def tables_of(report: Report) -> list[Table]:
    """The tables of a report, in the order of its rows."""
    places = {column.name: index for index, column in enumerate(report.columns)}
    if not report.sections:
        return [Table("", str(report.title), list(enumerate(report.columns)))]
    return [
        Table(
            section.code, str(section.title),
            [(places[name], report.columns[places[name]]) for name in section.columns],
        )
        for section in report.sections
    ]  # fmt: skip


@dataclass
class Names:
    """The names of codes in the reader's language, asked for in batches and remembered."""

    known: dict[str, dict[str, str]] = field(default_factory=dict)

    def learn(self, table: Table, rows: Sequence[Row]) -> None:
        """Ask for the names that these rows need and that are not known yet."""
        for index, column in table.columns:
            if column.names:
                have = self.known.setdefault(column.names, {})
                codes = {row[index] for row in rows if row[index]} - have.keys()
                if codes:
                    have.update(_names(column.names, [code for code in codes if code]))

    def of(self, column: Column, code: Cell) -> str:
        return self.known.get(column.names, {}).get(code or "", "")


def _names(kind: str, codes: Sequence[str]) -> dict[str, str]:
    found = dict.fromkeys(codes, "")
    with connection.cursor() as cursor:
        cursor.execute(NAMES[kind], [list(codes)])
        for code, name, name_ru in cursor.fetchall():
            found[code] = (name_ru if is_russian() else "") or name
    return found


def is_russian() -> bool:
    return (translation.get_language() or "").startswith("ru")


def in_chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    source = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        yield chunk


def minor_unit(currency: Cell) -> int | None:
    """The decimals of a currency; of another asset none: it has those that it has."""
    row = reference_data().currencies.get(currency or "")
    return row.minor_unit if row else None


def written(column: Column, cell: Cell, currency: Cell = None) -> str:
    """A cell as its reader sees it: money in minor units, a true minus, dates and labels by language."""
    if cell is None or cell == "":
        return ""
    if column.labels:
        label = column.labels.get(cell)
        return f"{label}" if label else cell
    if column.kind == "date":
        return written_day(date.fromisoformat(cell))
    if column.number:
        places = minor_unit(currency) if column.kind == "money" else None
        return written_number(cell, places)
    return cell


def written_day(day: date) -> str:
    return formats.date_format(day, "SHORT_DATE_FORMAT" if is_russian() else "j M Y")


def written_number(text: str, places: int | None) -> str:
    """A number grouped for its reader; zero is a dash. `places` is never fewer than the number has."""
    value = Decimal(text)
    if value == 0:
        return DASH
    own = max(0, -int(value.as_tuple().exponent))
    number = formats.number_format(abs(value), max(own, places or 0), force_grouping=True)
    return f"{MINUS}{number}" if value < 0 else number


@dataclass(frozen=True, slots=True)
class Total:
    """What a column adds up to in one currency, in one table."""

    column: Column
    currency: str
    amount: str
    shown: str

    @property
    def title(self) -> str:
        return str(self.column.title)


def totals_of(report: Report, run: ReportRun) -> dict[str, list[Total]]:
    """The totals of each table, a line for each column and currency: no sum mixes two."""
    found: dict[str, list[Total]] = {}
    sums = run.contents.get("totals", {})
    for table in tables_of(report):
        lines = found.setdefault(table.code, [])
        for _index, column in table.columns:
            for currency, amount in sums.get(table.code, {}).get(column.name, {}).items():
                shown = written(column, amount, currency)
                lines.append(Total(column, currency, amount, shown))
    return found


def about(run: ReportRun) -> list[tuple[str, str]]:
    """What a reader must know of a run beside its rows: what was asked, what was known, and the proof."""
    report = REPORTS[run.report]
    asked = [
        (str(p.title), parameter_text(run, p.name))
        for p in report.asked
        if p.name in run.parameters
    ]
    if run.entity_ids is None:
        asked.append((gettext("Entities"), gettext("all")))
    stage = [(gettext("Stage"), str(Stage(run.stage).label))] if run.stage else []
    return [
        (gettext("Report"), str(report.title)),
        (gettext("Reference"), str(run)),
        *stage,
        *asked,
        (gettext("Watermark"), f"{run.watermark} · {moment_text(run)}"),
        (gettext("Rows"), str(run.row_count)),
        ("SHA-256", run.sha256),
        (
            gettext("Made at"),
            run.finished_at.isoformat(timespec="seconds") if run.finished_at else "",
        ),
    ]


def moment_text(run: ReportRun) -> str:
    return run.known_at.isoformat(timespec="seconds") if run.known_at else ""


def parameter_text(run: ReportRun, name: str) -> str:
    """A parameter of a run as its reader sees it."""
    value = str(run.parameters.get(name, ""))
    for parameter in (*REPORTS[run.report].parameters, *COMMON):
        if parameter.name == name and value:
            if parameter.kind == "date":
                return written_day(date.fromisoformat(value))
            if parameter.kind == "party":
                return f"{_names('party', [value]).get(value, '')} {value}".strip()
            return str(parameter.choices.get(value, value))
    return value


NAME_TITLE = _("%(column)s, name")


def name_title(column: Column) -> str:
    """The title of the column of names beside a column of codes."""
    return str(NAME_TITLE) % {"column": column.title}
