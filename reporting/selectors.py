"""Reading report runs, and who may see which."""

from __future__ import annotations

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from refdata.selectors import visible_entity_ids
from reporting.models import ReportRun


def report_runs(*, visible_to: User) -> QuerySet[ReportRun]:
    """The runs a person may see: without a scope all; with one, those within the scope."""
    rows = ReportRun.objects.select_related("requested_by")
    entities = visible_entity_ids(visible_to)
    if entities is None:
        return rows
    return rows.filter(parameters__entity_ids__contained_by=entities)


def run_of(reference: str, *, visible_to: User) -> ReportRun:
    """The run of a reference such as `RR-12`. Raises NotFound."""
    number = reference.removeprefix("RR-")
    if number != reference and number.isascii() and number.isdigit() and len(number) <= 18:
        row = report_runs(visible_to=visible_to).filter(pk=int(number)).first()
        if row is not None:
            return row
    raise NotFound(what="report run", reference=reference)
