"""The operations on reports. Each parses, calls one service or selector, and serialises."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.idempotency import OncePerKey
from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from reporting import rendering, selectors, services
from reporting.models import ReportRun
from reporting.reports import REPORTS
from reporting.state import RunState

PROGRESS = {RunState.QUEUED: 0.0, RunState.RUNNING: 0.5}


def _user(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user


def run_document(run: ReportRun) -> dict[str, Any]:
    """A run as the API returns it; its files are links once it is completed."""
    base = f"/api/v1/report-runs/RR-{run.pk}/"
    files = (
        {name: f"{base}file.{name}" for name in rendering.FORMATS}
        if run.state == RunState.COMPLETED
        else {}
    )
    return {
        "reference": f"RR-{run.pk}",
        "report": run.report,
        "status": run.state,
        "progress": PROGRESS.get(RunState(run.state), 1.0),
        "parameters": {p.name: run.parameters[p.name] for p in REPORTS[run.report].parameters},
        "watermark": run.watermark,
        "known_at": run.known_at,
        "row_count": run.row_count,
        "sha256": run.sha256,
        "error": run.error,
        "files": files,
    }


class ListReports(APIView):
    permission = "reporting.view_report"

    def get(self, request: Request) -> Response:
        """Every report with its parameters and columns."""
        return Response(
            {
                "results": [
                    {
                        "name": report.name,
                        "title": str(report.title),
                        "purpose": str(report.purpose),
                        "parameters": [p.name for p in report.parameters],
                        "columns": [{"name": c.name, "kind": c.kind} for c in report.columns],
                    }
                    for report in REPORTS.values()
                ]
            }
        )


class RunReport(OncePerKey):
    permission = "reporting.run_report"
    gives: ClassVar = {"POST": 202}

    class Input(serializers.Serializer[Any]):
        parameters = serializers.DictField(child=serializers.CharField(max_length=40), default=dict)

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Ask for a run of a report; a worker computes it."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        run = services.request_report(
            name=kwargs["name"], actor=_user(request), at=timezone.now(), **given.validated_data
        )
        location = f"/api/v1/report-runs/RR-{run.pk}/"
        return Response(run_document(run), 202, headers={"Location": location})


class ShowReportRun(APIView):
    permission = "reporting.view_report"

    def get(self, request: Request, reference: str) -> Response:
        """A run, how far it is, and where its files are."""
        return Response(run_document(selectors.run_of(reference, visible_to=_user(request))))


class DownloadReportRun(APIView):
    permission = "reporting.view_report"

    def get(self, request: Request, reference: str, file_format: str) -> HttpResponse:
        """The file of a completed run."""
        run = selectors.run_of(reference, visible_to=_user(request))
        if file_format not in rendering.FORMATS:
            raise NotFound(what="file", reference=f"file.{file_format}")
        content, media_type, name = rendering.render(run, file_format)
        disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(content, content_type=media_type, headers=disposition)


class VerifyReportRun(APIView):
    permission = "reporting.view_report"

    def post(self, request: Request, reference: str) -> Response:
        """Compute the run again from the books and compare."""
        run = selectors.run_of(reference, visible_to=_user(request))
        found = services.verify_run(run)
        return Response(
            {
                "equal": found.equal,
                "stored_sha256": found.stored_sha256,
                "recomputed_sha256": found.recomputed_sha256,
            }
        )
