"""Running reports in tests: asked for, known, computed, and their canonical rows."""

from __future__ import annotations

from typing import Any

from django.utils import timezone, translation

from backoffice.access.models import User
from reporting.formats import open_file
from reporting.models import ReportRun
from reporting.reports import REPORTS
from reporting.reports.base import Row
from reporting.services import request_report, stored_path
from reporting.storing import rows_in
from reporting.tasks import compute_reports
from tests.following import until_known

ALWAYS = {"settled_from": "2020-01-01", "settled_until": "2030-01-01"}


def run_of(name: str, *, by: str | None = "accountant", **more: Any) -> ReportRun:
    """A completed run of a report."""
    actor = User.objects.get(username=by) if by else None
    parameters = more.pop("parameters", {})
    run = request_report(name=name, parameters=parameters, actor=actor, at=timezone.now(), **more)
    return computed(run)


def computed(run: ReportRun) -> ReportRun:
    until_known()
    compute_reports()
    found = ReportRun.objects.get(pk=run.pk)
    assert found.state == "COMPLETED", found.error
    return found


def rows_of(run: ReportRun) -> list[Row]:
    return list(rows_in(stored_path(run)))


def told(run: ReportRun, **wanted: str) -> list[dict[str, Any]]:
    """The rows of a run by the names of their columns; those that have what is wanted."""
    names = [column.name for column in REPORTS[run.report].columns]
    rows = [dict(zip(names, row, strict=True)) for row in rows_of(run)]
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def file_bytes(run: ReportRun, file_format: str, language: str = "en") -> bytes:
    """A file of a run as the accountant takes it, in a language."""
    accountant = User.objects.get(username="accountant")
    with translation.override(language):
        file = open_file(run, file_format, actor=accountant, at=timezone.now())
        return b"".join(file.pieces)


def read_bytes(answer: Any) -> bytes:
    """All of an answer that comes piece by piece."""
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)
