"""Reading report runs, and who may see which."""

from __future__ import annotations

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.scopes import scope_of
from reporting.models import ReportRun
from reporting.reports import REPORTS, Report
from reporting.state import RunState


def reports_of(user: User) -> dict[str, Report]:
    """The reports a person may make and read, by name: some need a permission of their own."""
    return {
        name: each for name, each in REPORTS.items() if not each.needs or user.has_perm(each.needs)
    }


def report_runs(*, visible_to: User) -> QuerySet[ReportRun]:
    """The runs a person may see: without a scope all; with one, those that read no other entities.

    A run of a report that is no more cannot be shown or proved: it stays in the history only.
    """
    rows = ReportRun.objects.select_related("requested_by", "entity").filter(
        report__in=list(reports_of(visible_to))
    )
    entities = scope_of(visible_to).entities
    return rows if entities is None else rows.filter(entity_ids__contained_by=list(entities))


def runs_beside(run: ReportRun, *, visible_to: User) -> QuerySet[ReportRun]:
    """The other completed runs of its report, newest first."""
    rows = report_runs(visible_to=visible_to).filter(report=run.report, state=RunState.COMPLETED)
    return rows.exclude(pk=run.pk).order_by("-pk")


def run_before(run: ReportRun, *, visible_to: User) -> ReportRun | None:
    """The last completed run before it that was asked the same, else the last of its report at all."""
    rows = runs_beside(run, visible_to=visible_to).filter(pk__lt=run.pk)
    same = rows.filter(parameters=run.parameters, entity_ids=run.entity_ids)
    return same.first() or rows.first()


def run_to_compare(run: ReportRun, named: str, *, visible_to: User) -> ReportRun | None:
    """The run that was named, else the last before it that was asked the same. Raises NotFound."""
    return run_of(named, visible_to=visible_to) if named else run_before(run, visible_to=visible_to)


def run_of(reference: str, *, visible_to: User) -> ReportRun:
    """The run of a reference such as `RR-12`. Raises NotFound."""
    id = number_in(reference, "RR", "report run")
    row = report_runs(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="report run", reference=reference)
    return row
