"""The page of a run beside another of its report: what changed, and what only one of them knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.reports import cells_of
from backoffice.kernel.errors import Refusal
from reporting import selectors
from reporting.comparing import ChangedRow, Comparison, compare
from reporting.formats import shown
from reporting.reports import REPORTS, Report
from reporting.reports.base import Column, Row

OTHERS = 50  # runs that a run may be compared with
ADDED, REMOVED, CHANGED = _("Added"), _("Removed"), _("Changed")


@dataclass(frozen=True, slots=True)
class ChangedTable:
    """Rows of one table that are not the same in two runs: how each changed, and its cells."""

    title: str
    columns: list[Column]
    rows: list[tuple[Promise, list[str | SafeString]]]


class CompareReport(Page):
    """A run beside another of its report: the one asked for, else the last that was asked the same."""

    permission = "reporting.view_report"
    template_name = "reporting/compared.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = selectors.run_of(kwargs["reference"], visible_to=self.user)
        named, found = self.request.GET.get("other", ""), None
        other = selectors.run_to_compare(run, named, visible_to=self.user)
        try:
            found = None if other is None else compare(run, other)
        except Refusal as refusal:
            tell_refusal(self.request, refusal)
        report = REPORTS[run.report]
        return {
            "run": run, "report": report, "found": found, "other": other,
            "others": selectors.runs_beside(run, visible_to=self.user)[:OTHERS],
            "tables": [] if found is None else list(changed_tables(report, found, self.user)),
        }  # fmt: skip


def changed_tables(report: Report, found: Comparison, user: User) -> Iterator[ChangedTable]:
    for table in shown.tables_of(report):
        rows = [row for row in found.rows if not table.code or _any(row)[0] == table.code]
        if not rows:
            continue
        before = cells_of(report, table, [row.before or _any(row) for row in rows], user)
        after = cells_of(report, table, [_any(row) for row in rows], user)
        yield ChangedTable(
            table.title, [column for _, column in table.columns],
            [
                (_how(row), _both(table, old, new) if None not in row else new)
                for row, old, new in zip(rows, before, after, strict=True)
            ],
        )  # fmt: skip


def _any(row: ChangedRow) -> Row:
    found = row.after or row.before
    assert found is not None
    return found


def _how(row: ChangedRow) -> Promise:
    if row.before is None:
        return ADDED
    return REMOVED if row.after is None else CHANGED


def _both(
    table: shown.Table, old: list[str | SafeString], new: list[str | SafeString]
) -> list[str | SafeString]:
    """What was in a cell before what is in it, where they differ."""
    return [
        format_html("<del>{}</del> {}", was, now) if was != now and column.number else now
        for (_index, column), was, now in zip(table.columns, old, new, strict=True)
    ]
