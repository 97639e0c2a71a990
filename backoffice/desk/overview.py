"""The firm at a glance: the figures and pictures of the last overview that was made, each number down to its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from backoffice.desk.base import Page
from backoffice.desk.frame import frame_of
from backoffice.desk.reports import proposed_day
from reporting import selectors, services
from reporting.formats import FORMATS, shown
from reporting.formats.pictures import Drawn, pictures_of
from reporting.models import ReportRun
from reporting.reports.base import Row
from reporting.reports.overview import REPORT
from reporting.state import RunState
from reporting.storing import rows_in


class Card(NamedTuple):
    """One figure as its reader sees it, with that of the period before, and why one should look at it."""

    title: str
    now: str
    before: str
    currency: str
    alert: str


class Entity(NamedTuple):
    name: str
    cards: Sequence[Card]
    pictures: Sequence[Drawn]


class Overview(Page):
    permission = "reporting.view_report"
    template_name = "reporting/overview.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = self.run()
        problem, entities = None, list[Entity]()
        if run:
            try:
                entities = list(entities_of(list(rows_in(services.stored_path(run)))))
            except services.RowsChanged as refusal:
                problem = refusal
        day = frame_of(self.user).day.day
        return {
            "report": REPORT, "run": run, "problem": problem, "entities": entities, "formats": FORMATS,
            "period": [shown.parameter_text(run, p.name) for p in REPORT.parameters] if run else [],
            "parameters": [(p, proposed_day(p.name, day).isoformat()) for p in REPORT.parameters],
            "may_run": self.user.has_perm("reporting.run_report"),
        }  # fmt: skip

    def run(self) -> ReportRun | None:
        """The last one that was made, of what this person may see."""
        rows = selectors.report_runs(visible_to=self.user)
        made = rows.filter(report=REPORT.name, state=RunState.COMPLETED)
        return made.order_by("-pk").first()


def entities_of(rows: Sequence[Row]) -> Iterator[Entity]:
    """Cards and pictures of each entity, in the order of its code."""
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
        yield Entity(name, cards, [each for each in pictures if each.entity == name])
