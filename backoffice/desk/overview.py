"""The firm at a glance: figures and pictures of the last overview of each entity, each number down to its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from backoffice.desk.base import Page
from backoffice.desk.frame import frame_of
from backoffice.desk.reports import proposed_day
from refdata.scopes import entities_seen_by
from reporting import selectors, services
from reporting.formats import FORMATS, shown
from reporting.formats.pictures import Drawn, pictures_of
from reporting.models import ReportRun
from reporting.reports.base import Row
from reporting.reports.overview import REPORT
from reporting.state import RunState
from reporting.storing import rows_in

LOOKED_AT = 20  # runs: enough for every entity of a firm to have been seen


class Card(NamedTuple):
    """One figure as its reader sees it, with that of the period before, and why one should look at it."""

    title: str
    now: str
    before: str
    currency: str
    alert: str


class Glance(NamedTuple):
    """An entity in the run that saw it last; a night sees one, a person asks for all."""

    run: ReportRun
    period: Sequence[str]
    name: str
    cards: Sequence[Card]
    pictures: Sequence[Drawn]


class Overview(Page):
    permission = "reporting.view_report"
    template_name = "reporting/overview.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        day = frame_of(self.user).day.day
        glances, changed = self.glances()
        return {
            "report": REPORT, "glances": glances, "changed": changed, "formats": FORMATS,
            "parameters": [(p, proposed_day(p.name, day).isoformat()) for p in REPORT.parameters],
            "may_run": self.user.has_perm("reporting.run_report"),
        }  # fmt: skip

    def glances(self) -> tuple[list[Glance], list[ReportRun]]:
        """Of each entity that this person sees the last one; and runs whose file was changed, which are passed over."""
        rows = selectors.report_runs(visible_to=self.user)
        made = rows.filter(report=REPORT.name, state=RunState.COMPLETED).order_by("-pk")
        wanted = {entity.code for entity in entities_seen_by(self.user)}
        found, changed = dict[str, Glance](), list[ReportRun]()
        for run in made[:LOOKED_AT]:
            if wanted <= found.keys():
                break
            try:
                rows_of_run = list(rows_in(services.stored_path(run)))
            except services.RowsChanged:
                changed.append(run)
                continue
            for code, glance in glances_of(run, rows_of_run):
                found.setdefault(code, glance)
        return [found[code] for code in sorted(found)], changed


def glances_of(run: ReportRun, rows: Sequence[Row]) -> Iterator[tuple[str, Glance]]:
    """Cards and pictures of each entity of a run, by its code."""
    column = {each.name: each for each in REPORT.columns}
    told = [REPORT.told(row) for row in rows]
    names = shown.Names()
    for table in shown.tables_of(REPORT)[:1]:
        names.learn(table, rows)
    pictures = pictures_of(REPORT, rows)
    figures = (row for row in told if row["section"] == "figures")
    for code, some in groupby(figures, key=lambda row: row["entity"] or ""):
        name = names.of(column["entity"], code) or code
        cards = []
        for row in some:
            kind = "amount" if row["currency"] else "number"
            now, before = (
                shown.written(column[each], row[each], row["currency"])
                for each in (kind, f"{kind}_before")
            )
            cards.append(
                Card(
                    shown.written(column["measure"], row["measure"]), now, before, row["currency"] or "",
                    shown.written(column["alert"], row["alert"]),
                )
            )  # fmt: skip
        period = [shown.parameter_text(run, each.name) for each in REPORT.parameters]
        own = [each for each in pictures if each.entity == name]
        yield code, Glance(run, period, name, cards, own)
