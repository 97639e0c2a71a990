"""The operations on batches for the bookkeeping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.paging import paged
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithItsReason, user_of
from reporting.handover import selectors, services
from reporting.handover.documents import Told, figures_of, open_documents
from reporting.handover.files import open_batch
from reporting.handover.filters import LedgerBatchFilter
from reporting.handover.models import LedgerBatch

VIEW = "reporting.view_report"


def batch_document(row: LedgerBatch) -> dict[str, Any]:
    """`totals` are what its postings of each asset add up to; `sha256` is the hash of its rows."""
    run = row.run
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code, "number": row.number, "day": row.day,
        "previous": str(row.before) if row.before else None, "plan": run.parameters["plan"], "rows": run.row_count,
        "totals": row.control_totals,
        "sha256": run.sha256, "known_at": run.known_at, "run": str(run), "taken_as": row.taken_as,
        "prepared_at": row.prepared_at, "documents": documents_document(row),
        "links": {
            "xml": f"/api/v1/ledger-batches/{row}/file.xml", "csv": f"/api/v1/report-runs/{run}/file.csv",
        },
    }  # fmt: skip


def documents_document(row: LedgerBatch) -> dict[str, Any] | None:
    """What its documents come to by kind and currency, and its file as it was written last; None where it has none."""
    run = row.documents
    if run is None:
        return None
    file, figures = row.files.order_by("-number").defer("content").first(), figures_of(row)
    return {
        "run": str(run), "sha256": run.sha256, "sums": _said(figures.sums, "kind", "count", "net", "vat", "total"),
        "ratios": _said(figures.ratios, "ratio", "one", "other", "holds"),
        "file": None if file is None else {
            "reference": str(file), "format": f"EnterpriseData {file.version}", "sha256": file.sha256,
            "validated": file.validated, "written_at": file.written_at,
        },
        "links": {
            "csv": f"/api/v1/report-runs/{run}/file.csv",
            **({"xml": f"/api/v1/ledger-batches/{row}/documents.xml"} if row.has_documents else {}),
        },
    }  # fmt: skip


def _said(rows: Sequence[Told], *names: str) -> list[dict[str, Any]]:
    return [{name: row[name] for name in (*names, "currency")} for row in rows]


class LedgerBatches(APIView):
    permission = VIEW
    filters = LedgerBatchFilter
    paged = True

    def get(self, request: Request) -> Response:
        """Batches of entries for the bookkeeping, newest first."""
        rows = chosen_of(self, request, selectors.ledger_batches(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [batch_document(row) for row in page])


class ShowLedgerBatch(ShowSubject):
    """One batch with its control totals."""

    permission = VIEW
    find = staticmethod(selectors.ledger_batch)
    shown = staticmethod(batch_document)


class DownloadLedgerBatch(APIView):
    permission = VIEW

    def get(self, request: Request, reference: str) -> StreamingHttpResponse:
        """The batch as XML of our published form. That it was taken is recorded."""
        user = user_of(request)
        batch = selectors.ledger_batch(reference, visible_to=user)
        return open_batch(batch, actor=user, at=timezone.now()).answer()


class DownloadDocuments(APIView):
    permission = VIEW

    def get(self, request: Request, reference: str) -> StreamingHttpResponse:
        """Its documents as EnterpriseData, as they were handed over or would be now. That it was taken is recorded."""
        user = user_of(request)
        batch = selectors.ledger_batch(reference, visible_to=user)
        return open_documents(batch, actor=user, at=timezone.now()).answer()


class StepOnLedgerBatch(StepOnSubject):
    model = LedgerBatch
    find = staticmethod(selectors.ledger_batch)
    shown = staticmethod(batch_document)


class HandOverLedgerBatch(StepOnLedgerBatch):
    """Say that the batch was given to the bookkeeping."""

    permission = "reporting.hand_over_ledgerbatch"
    service = staticmethod(services.hand_over_batches)


class AcceptLedgerBatch(StepOnLedgerBatch):
    """Say under which document the bookkeeping took the batch in."""

    permission = "reporting.accept_ledgerbatch"
    Input = WithItsReason
    service = staticmethod(services.accept_batches)
