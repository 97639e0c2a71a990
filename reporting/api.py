"""The operations on reports. Each parses, calls one service or selector, and serialises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.workflow.api import user_of
from reporting import formats, selectors, services
from reporting.comparing import Comparison, compare
from reporting.filters import ReportRunFilter
from reporting.models import ReportRun
from reporting.remarks import LONGEST, Said, remark, said_of, sign
from reporting.reports import REPORTS, Report
from reporting.reports.base import Parameter
from reporting.state import RunState


def run_document(run: ReportRun) -> dict[str, Any]:
    """A run as the API returns it; its files are links once it is completed."""
    base = f"/api/v1/report-runs/{run}/"
    done = run.state == RunState.COMPLETED
    return {
        "reference": str(run),
        "report": run.report,
        "status": run.state,
        "progress": 1.0 if run.finished_at else run.done_percent / 100,
        "stage": run.stage or None,
        "occasion": run.occasion or None,
        "entity": run.entity.code if run.entity else None,
        "parameters": run.parameters,
        "watermark": run.watermark,
        "horizon": None if run.horizon is None else str(run.horizon),
        "known_at": run.known_at,
        "row_count": run.row_count,
        "sha256": run.sha256,
        "totals": run.contents.get("totals", {}),
        "requested_by": run.requested_by.username if run.requested_by else None,
        "requested_at": run.requested_at,
        "finished_at": run.finished_at,
        "error": run.error,
        "files": {name: f"{base}file.{name}" for name in formats.FORMATS} if done else {},
    }


def run_documents(runs: Sequence[ReportRun]) -> list[dict[str, Any]]:
    return [run_document(run) for run in runs]


def parameter_document(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "title": str(parameter.title),
        "kind": parameter.kind,
        "required": parameter.required,
        **({"choices": list(parameter.choices)} if parameter.choices else {}),
    }


def report_document(report: Report) -> dict[str, Any]:
    return {
        "name": report.name,
        "title": str(report.title),
        "purpose": str(report.purpose),
        "parameters": [parameter_document(p) for p in report.asked],
        "columns": [
            {"name": c.name, "title": str(c.title), "kind": c.kind, "sums": c.sums}
            for c in report.columns
        ],
        "sections": [
            {"code": s.code, "title": str(s.title), "columns": list(s.columns)}
            for s in report.sections
        ],
    }


class ListReports(APIView):
    permission = "reporting.view_report"

    def get(self, request: Request) -> Response:
        """Every report with its parameters, columns and sections."""
        seen = selectors.reports_of(user_of(request)).values()
        return Response({"results": [report_document(report) for report in seen]})


class RunReport(OncePerKey):
    permission = "reporting.run_report"
    gives: ClassVar = {"POST": 202}

    @extend_schema_serializer(
        examples=[
            OpenApiExample(
                "A business date",
                value={"parameters": {"business_date": "2026-11-24", "entity": "RUS"}},
                request_only=True,
            )
        ]
    )
    class Input(serializers.Serializer[Any]):
        parameters = serializers.DictField(child=serializers.CharField(max_length=40), default=dict)

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Ask for a run of a report; a worker computes it.

        Beside its own parameters every report takes `entity` (whose books; else all that the caller
        may see) and `known_at` (as known at the last watermark at or before that moment).
        """
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        run = services.request_report(
            name=kwargs["name"], actor=user_of(request), at=timezone.now(), **given.validated_data
        )
        location = f"/api/v1/report-runs/{run}/"
        return Response(run_document(run), 202, headers={"Location": location})


class ListReportRuns(APIView):
    permission = "reporting.view_report"
    filters = ReportRunFilter
    paged = True

    def get(self, request: Request) -> Response:
        """Runs of reports, newest first."""
        rows = selectors.report_runs(visible_to=user_of(request))
        chosen = chosen_of(self, request, rows)
        return paged(chosen, request, self, run_documents)


class ShowReportRun(APIView):
    permission = "reporting.view_report"

    def get(self, request: Request, reference: str) -> Response:
        """A run, how far it is, and where its files are."""
        return Response(run_document(selectors.run_of(reference, visible_to=user_of(request))))


class DownloadReportRun(APIView):
    permission = "reporting.view_report"

    def get(self, request: Request, reference: str, file_format: str) -> StreamingHttpResponse:
        """The file of a completed run: `xlsx`, `csv`, `pdf`, `json` or `parquet`. That it was taken is recorded.

        CSV, JSON and Parquet have the canonical rows and no language; XLSX and PDF speak the caller's.
        """
        user = user_of(request)
        run = selectors.run_of(reference, visible_to=user)
        file = formats.open_file(run, file_format, actor=user, at=timezone.now())
        return file.answer()


class VerifyReportRun(APIView):
    permission = "reporting.view_report"

    def post(self, request: Request, reference: str) -> Response:
        """Compute the run again from the books and compare it with what was kept.

        `equal` means that the books, the run, the sealed event of its completion and the stored file
        all say the same. Where the file does not, `differences` shows its first rows that differ.
        """
        run = selectors.run_of(reference, visible_to=user_of(request))
        found = services.verify_run(run)
        return Response(
            {
                "equal": found.equal,
                "stored_sha256": found.stored_sha256,
                "recomputed_sha256": found.recomputed_sha256,
                "sealed_sha256": found.sealed_sha256,
                "file_sha256": found.file_sha256,
                "differences": [
                    {"row": each.number, "stored": each.stored, "recomputed": each.recomputed}
                    for each in found.differences
                ],
            }
        )


def said_document(said: Said) -> dict[str, Any]:
    """A remark; of a signature `sha256` is the hash of the rows that it is of."""
    return {"who": said.who, "at": said.at, "text": said.text, "sha256": said.sha256 or None}


class RemarksOfReportRun(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "reporting.view_report", "POST": "reporting.remark_reportrun",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}

    class Input(serializers.Serializer[Any]):
        text = serializers.CharField(max_length=LONGEST)

    def get(self, request: Request, reference: str) -> Response:
        """What people said of a run, and who signed it, first to last."""
        run = selectors.run_of(reference, visible_to=user_of(request))
        return Response({"results": [said_document(each) for each in said_of(run)]})

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Remark on a run, for everybody who reads it."""
        user = user_of(request)
        run = selectors.run_of(kwargs["reference"], visible_to=user)
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        remark(run, text=given.validated_data["text"], actor=user, at=timezone.now())
        return Response(said_document(said_of(run)[-1]), 201)


class SignReportRun(OncePerKey):
    permission = "reporting.sign_reportrun"

    class Input(serializers.Serializer[Any]):
        text = serializers.CharField(max_length=LONGEST, default="", allow_blank=True)

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Sign the rows of a completed run, as another than who asked for it: the signature names their hash."""
        user = user_of(request)
        run = selectors.run_of(kwargs["reference"], visible_to=user)
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        sign(run, text=given.validated_data["text"], actor=user, at=timezone.now())
        return Response(said_document(said_of(run)[-1]))


class CompareReportRun(APIView):
    permission = "reporting.view_report"

    class Query(serializers.Serializer[Any]):
        other = serializers.CharField(max_length=30, required=False)

    def get(self, request: Request, reference: str) -> Response:
        """What the run says otherwise than another of its report, and which entries only one of them knows.

        `other` is that run; without it the last before this one that was asked the same, and where there is
        none only the run itself is told. Of rows and entries the first 200 are told, and how many there are.
        """
        given = self.Query(data=request.query_params)
        given.is_valid(raise_exception=True)
        user = user_of(request)
        run = selectors.run_of(reference, visible_to=user)
        named = given.validated_data.get("other", "")
        other = selectors.run_to_compare(run, named, visible_to=user)
        if other is None:
            return Response({"earlier": None, "later": str(run)})
        return Response(comparison_document(compare(run, other)))


def comparison_document(found: Comparison) -> dict[str, Any]:
    report = REPORTS[found.later.report]
    return {
        "earlier": str(found.earlier), "later": str(found.later), "equal": found.equal,
        "added": found.added, "removed": found.removed, "changed": found.changed,
        "rows": [
            {
                "before": row.before and report.told(row.before),
                "after": row.after and report.told(row.after),
            }
            for row in found.rows
        ],
        "entries": found.entries, "prices_and_rates": found.quotes,
        "causes": [
            {
                "entry": f"E-{each.entry_id}", "kind": each.kind, "source_type": each.source_type,
                "source_id": each.source_id, "effective_date": each.effective_date,
                "recorded_at": each.recorded_at, "reason": each.reason,
                "reverses": f"E-{each.reverses_id}" if each.reverses_id else None,
                "event": each.event_id, "by": each.actor,
            }
            for each in found.causes
        ],
    }  # fmt: skip
