"""The operations on files of salaries."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.connectors.salaries import selectors, services
from backoffice.connectors.salaries.filters import PayFileFilter
from backoffice.connectors.salaries.models import PayFile
from backoffice.kernel.money import Money
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithReason, user_of
from expenses.payroll.api import VIEW
from expenses.payroll.selectors import journal
from refdata.selectors import money_document


def pay_file_document(row: PayFile) -> dict[str, Any]:
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code,
        "journal": str(row.journal), "account": row.account.number, "format": row.format,
        "name": row.name, "sha256": row.sha256, "payments": row.payments,
        "total": money_document(Money(row.total, row.entity.base_currency)),
        "prepared_by": row.prepared_by.username, "prepared_at": row.prepared_at,
    }  # fmt: skip


def file_answer(row: PayFile) -> HttpResponse:
    """The file as it goes to the bank. Raises NotReleased."""
    content = selectors.content_of(row)
    kind = "application/xml" if row.name.endswith(".xml") else "text/plain; charset=windows-1251"
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{row.name}"'
    return answer


class PreparePayFile(OncePerKey):
    permission = "connectors.prepare_payfile"
    gives: ClassVar = {"POST": (201,)}

    class Input(serializers.Serializer[Any]):
        """From which of our own accounts, by its number."""

        account = serializers.CharField(max_length=40)

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Write the file by which the bank pays an accepted journal, once; other eyes let it out."""
        row = journal(kwargs["reference"], visible_to=user_of(request))
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        made = services.prepare_pay_file(
            journal=row, actor=user_of(request), at=timezone.now(), **given.validated_data
        )
        headers = {"Location": f"/api/v1/pay-files/{made}/", "ETag": made.etag}
        return Response(pay_file_document(made), 201, headers=headers)


class ListPayFiles(APIView):
    permission = VIEW
    filters = PayFileFilter
    paged = True

    def get(self, request: Request) -> Response:
        """Files of salaries, newest first."""
        rows = chosen_of(self, request, selectors.pay_files(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [pay_file_document(row) for row in page])


class ShowPayFile(ShowSubject):
    """One file of salaries."""

    permission = VIEW
    find = staticmethod(selectors.pay_file)
    shown = staticmethod(pay_file_document)


class DownloadPayFile(APIView):
    permission = VIEW

    def get(self, request: Request, reference: str) -> HttpResponse:
        """The file as it goes to the bank, once it is released."""
        return file_answer(selectors.pay_file(reference, visible_to=user_of(request)))


class StepOnPayFile(StepOnSubject):
    model = PayFile
    find = staticmethod(selectors.pay_file)
    shown = staticmethod(pay_file_document)


class ReleasePayFile(StepOnPayFile):
    """Let a file out, as other eyes than wrote it: it may be taken to the bank."""

    permission = "connectors.release_payfile"
    service = staticmethod(services.release_pay_files)


class DropPayFile(StepOnPayFile):
    """Do not take it to the bank; another may be written."""

    permission = "connectors.drop_payfile"
    Input = WithReason
    service = staticmethod(services.drop_pay_files)
