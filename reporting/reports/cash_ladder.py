"""Cash ladder: what stands, comes and goes on each of our accounts on the days ahead, as it was known.

The figures are those of the ladder itself (`settlements.ladder`), of everybody's money, at the moment of the watermark:
closing = opening + known in - known out + expected, carried to the next day. Known is what is settled, matched, not
matched or claimed; expected, below zero where it goes, is what only our own computation says. In the currency of the
account, to its minor unit; nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.kernel.errors import Broken
from refdata.scopes import Scope
from refdata.selectors import reference_data
from reporting.reports.base import Cell, Column, Known, Parameter, Report, Row, Section
from settlements.ladder.asking import USUAL_DAYS, Asked
from settlements.ladder.kinds import Certainty, Source
from settlements.ladder.rules import Day, Line, Movement
from settlements.ladder.selectors import Ladder, read_ladder

ZERO = Decimal(0)


def rows(parameters: Mapping[str, Any], known: Known) -> Iterator[Row]:
    ladder = _ladder(parameters, known)
    lines = sorted(filter(_shown, ladder.lines), key=lambda line: ladder.names[line.key])
    for section in (_day, _sources):
        for line in lines:
            for day in line.days:
                yield from section(_Cells(ladder, line, day), day)


def _ladder(parameters: Mapping[str, Any], known: Known) -> Ladder:
    if known.at is None:
        raise Broken(
            "what is late and what has missed its cut-off is told by the moment of the watermark"
        )
    on = parameters["business_date"]
    ahead = timedelta(int(parameters.get("days_ahead", USUAL_DAYS)))
    asked = Asked(on=on, until=on + ahead, whose="")
    seen = Scope(None if known.entity_ids is None else tuple(known.entity_ids))
    return read_ladder(asked, scope=seen, at=known.at, known=known.mark)


def _shown(line: Line) -> bool:
    """Whether money stands or moves there: what only a credit line is set for is no fact of these days."""
    return any(day.opening or day.movements for day in line.days)


class _Cells:
    """What the rows of a line have in common, on one of its days."""

    def __init__(self, ladder: Ladder, line: Line, day: Day) -> None:
        names = ladder.names[line.key]
        self.unit = reference_data().currencies[names.currency].minor_unit
        self.common = {
            "entity": names.entity, "owner": names.owner, "place": names.place or None,
            "accounts": " ".join(ladder.accounts[line.key]) or None, "currency": names.currency,
            "value_date": day.date.isoformat(),
        }  # fmt: skip

    def row(self, section: str, money: Mapping[str, Decimal], **more: Cell) -> Row:
        told = {name: f"{amount:.{self.unit}f}" for name, amount in money.items()}
        return REPORT.row(section=section, **self.common, **told, **more)


def _day(cells: _Cells, day: Day) -> Iterator[Row]:
    known = [each for each in day.movements if each.certainty != Certainty.EXPECTED]
    expected = [each for each in day.movements if each.certainty == Certainty.EXPECTED]
    (comes, goes), (may_come, may_go) = _sums(known), _sums(expected)
    yield cells.row("days", {
        "opening": day.opening, "known_in": comes, "known_out": goes, "expected": may_come - may_go,
        "closing": day.closing,
    })  # fmt: skip


def _sources(cells: _Cells, day: Day) -> Iterator[Row]:
    for each in sorted(day.movements, key=_order):
        yield cells.row(
            "sources", {"comes": each.comes, "goes": each.goes}, source=each.source,
            certainty=each.certainty, late="LATE" if each.late else None,
        )  # fmt: skip


def _order(each: Movement) -> tuple[int, int, bool]:
    return Source.values.index(each.source), Certainty.values.index(each.certainty), each.late


def _sums(movements: Iterable[Movement]) -> tuple[Decimal, Decimal]:
    rows = list(movements)
    return sum((each.comes for each in rows), ZERO), sum((each.goes for each in rows), ZERO)


AHEAD = {
    "7": _("A week"), "14": _("Two weeks"), "31": _("A month"), "91": _("Three months"),
}  # fmt: skip
_KEY = ("entity", "owner", "place", "accounts", "currency", "value_date")

REPORT = Report(
    name="cash-ladder",
    title=_("Cash ladder"),
    purpose=_(
        "What stands on each of our accounts on the days from a business date on: opening balance, what is known to"
        " come and to go by source, what is expected, closing balance."
    ),
    parameters=(
        Parameter("business_date", _("Business date")),
        Parameter("days_ahead", _("Days ahead"), "choice", AHEAD, required=False),
    ),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity"), names="entity"),
        Column("owner", _("Owner"), names="party"),
        Column("place", _("Place"), names="place"),
        Column("accounts", _("Accounts")),
        Column("currency", _("Currency")),
        Column("value_date", _("Value date"), "date"),
        Column("opening", _("Opening balance"), "money", currency="currency"),
        Column("known_in", _("Known to come"), "money", currency="currency", sums=True),
        Column("known_out", _("Known to go"), "money", currency="currency", sums=True),
        Column("expected", _("Expected"), "money", currency="currency", sums=True),
        Column("closing", _("Closing balance"), "money", currency="currency"),
        Column("source", _("Source"), labels=dict(Source.choices)),
        Column("certainty", _("How sure"), labels=dict(Certainty.choices)),
        Column("late", _("Late"), labels={"LATE": _("Late")}),
        Column("comes", _("Comes"), "money", currency="currency", sums=True),
        Column("goes", _("Goes"), "money", currency="currency", sums=True),
    ),
    sections=(
        Section("days", _("Accounts day by day"), (
            *_KEY, "opening", "known_in", "known_out", "expected", "closing")),
        Section("sources", _("What comes and goes by source"), (
            *_KEY, "source", "certainty", "late", "comes", "goes")),
    ),
    rows=rows,
)  # fmt: skip
