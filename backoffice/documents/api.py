"""The operations on documents and templates. Each parses, calls one service or selector, and answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.access.personal import note_read
from backoffice.documents import issuing, selectors, signing, templates
from backoffice.documents.filters import DocumentFilter, TemplateFilter
from backoffice.documents.kinds import DocumentKind, Language, TemplateKind
from backoffice.documents.models import Document, SignedCopy, Template
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithReason, user_of


def document_document(row: Any) -> dict[str, Any]:
    base = f"/api/v1/documents/{row}/"
    return {
        "reference": str(row),
        "status": row.state,
        "kind": row.kind,
        "number": row.number,
        "issued_on": row.issued_on,
        "language": row.language,
        "entity": row.entity.code,
        "counterparty": row.party.code if row.party else None,
        "subject": f"{row.subject_type}:{row.subject_id}",
        "version": row.subject_version,
        "replaces": str(row.replaces) if row.replaces else None,
        "pdf_sha256": row.pdf_sha256,
        "data_sha256": row.data_sha256,
        "engine": row.engine,
        "issued_by": row.issued_by.username if row.issued_by else None,
        "issued_at": row.issued_at,
        "links": {"self": base, "file": f"{base}file.pdf"},
    }


def copy_document(row: SignedCopy) -> dict[str, Any]:
    return {
        "reference": str(row), "status": row.state, "document": f"DOC-{row.document_id}",
        "name": row.name, "media_type": row.media_type, "sha256": row.sha256,
        "signed_on": row.signed_on, "proposed_by": row.proposed_by.username,
        "proposed_at": row.proposed_at,
    }  # fmt: skip


def pdf_answer(row: Document) -> HttpResponse:
    """The bytes that were stored, under the number; the address is the same for ever, and so are they."""
    name = "".join(c if c.isalnum() and c.isascii() else "-" for c in row.number)
    return HttpResponse(
        bytes(row.pdf), content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{name}.{row.language}.pdf"',
            "ETag": f'"{row.pdf_sha256}"', "X-Content-Type-Options": "nosniff",
        },
    )  # fmt: skip


class ListDocuments(APIView):
    permission = "documents.view_document"
    filters = DocumentFilter
    paged = True

    def get(self, request: Request) -> Response:
        """The register of documents, newest first."""
        rows = selectors.documents(visible_to=user_of(request))
        chosen = chosen_of(self, request, rows)
        return paged(chosen, request, self, _documents)


def _documents(rows: Sequence[Any]) -> list[dict[str, Any]]:
    note_read(row.party for row in rows if row.party)
    return [document_document(row) for row in rows]


class ShowDocument(APIView):
    permission = "documents.view_document"

    def get(self, request: Request, reference: str) -> Response:
        """One document with the exact data it was made from."""
        row = selectors.document(reference, visible_to=user_of(request))
        note_read([row.party] if row.party else [])
        told = document_document(row) | {
            "template": str(row.template), "layout": str(row.layout),
            "data": msgspec.json.decode(row.data),
            "signed_copies": [
                copy_document(copy)
                for copy in row.copies.select_related("proposed_by").defer("content").order_by("id")
            ],
        }  # fmt: skip
        return Response(told)


class DownloadDocument(APIView):
    permission = "documents.view_document"

    def get(self, request: Request, reference: str) -> HttpResponse:
        """The PDF as it was issued, to the byte."""
        row = selectors.document(reference, visible_to=user_of(request))
        note_read([row.party] if row.party else [])
        return pdf_answer(row)


class VerifyDocument(APIView):
    permission = "documents.view_document"

    def post(self, request: Request, reference: str) -> Response:
        """Set a document again from its data and templates and compare it with what was kept.

        `same_engine` is false where another release of the typesetter set it; then the bytes may differ.
        """
        row = selectors.document(reference, visible_to=user_of(request))
        found = issuing.verify_document(row)
        return Response(
            {
                "equal": found.equal, "stored_sha256": found.stored_sha256,
                "recomputed_sha256": found.recomputed_sha256, "data_kept": found.data_kept,
                "same_engine": found.same_engine,
            }
        )  # fmt: skip


class ProposeSignedCopy(OncePerKey):
    permission = "documents.propose_signedcopy"
    gives: ClassVar = {"POST": 201}

    class Input(serializers.Serializer[Any]):
        file = serializers.FileField()
        signed_on = serializers.DateField()

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Bring the scan of a signed document (multipart, up to 5 MB here); other eyes accept it."""
        user = user_of(request)
        id = selectors.document(kwargs["reference"], visible_to=user).pk
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        file = given.validated_data["file"]
        row = signing.propose_signed_copy(
            document_id=id, name=file.name, content=file.read(),
            signed_on=given.validated_data["signed_on"], actor=user, at=timezone.now(),
        )  # fmt: skip
        return Response(copy_document(row), 201, headers={"ETag": row.etag})


class StepOnCopy(StepOnSubject):
    """A step of one signed copy."""

    model = SignedCopy
    find = staticmethod(selectors.signed_copy)
    shown = staticmethod(copy_document)


class AcceptSignedCopy(StepOnCopy):
    """Accept a scan as the second pair of eyes: it shows the document, signed."""

    permission = "documents.accept_signedcopy"
    service = staticmethod(signing.accept_signed_copies)


class DeclineSignedCopy(StepOnCopy):
    """Decline a scan that does not show the document signed."""

    permission = "documents.decline_signedcopy"
    Input = WithReason
    service = staticmethod(signing.decline_signed_copies)


def template_document(row: Template) -> dict[str, Any]:
    return {
        "reference": str(row), "status": row.state, "kind": row.kind, "language": row.language,
        "number": row.number, "body": row.body, "reason": row.reason,
        "proposed_by": row.proposed_by.username if row.proposed_by else None,
        "proposed_at": row.proposed_at,
        "approved_by": row.approved_by.username if row.approved_by else None,
    }  # fmt: skip


class TemplateInput(serializers.Serializer[Any]):
    """A template as it is proposed; its body is typst source, and `data` holds what it is made from."""

    kind = serializers.ChoiceField(TemplateKind.choices)
    language = serializers.ChoiceField(Language.choices)
    body = serializers.CharField(max_length=100_000, trim_whitespace=False)
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)


class Templates(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "documents.view_template", "POST": "documents.propose_template",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    filters = TemplateFilter
    paged = True
    Input = TemplateInput

    def get(self, request: Request) -> Response:
        """All templates, newest first."""
        chosen = chosen_of(self, request, selectors.templates())
        return paged(chosen, request, self, lambda page: [template_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose a template; it is tried with sample data now, and used once another approves it."""
        given = TemplateInput(data=request.data)
        given.is_valid(raise_exception=True)
        row = templates.propose_template(
            actor=user_of(request), at=timezone.now(), **given.validated_data
        )
        headers = {"Location": f"/api/v1/document-templates/{row}/", "ETag": row.etag}
        return Response(template_document(row), 201, headers=headers)


class ShowTemplate(ShowSubject):
    """One template."""

    permission = "documents.view_template"
    find = staticmethod(selectors.template)
    shown = staticmethod(template_document)


class PreviewTemplate(APIView):
    permission = "documents.view_template"

    class Query(serializers.Serializer[Any]):
        kind = serializers.ChoiceField(DocumentKind.choices, required=False)

    def get(self, request: Request, reference: str) -> HttpResponse:
        """What a template makes of sample data, as PDF; of a layout a kind may be named."""
        row = selectors.template(reference, visible_to=user_of(request))
        given = self.Query(data=request.query_params)
        given.is_valid(raise_exception=True)
        return preview_answer(row, given.validated_data.get("kind", ""))


def preview_answer(row: Template, kind: str = "") -> HttpResponse:
    made = templates.tried(row.kind, row.language, row.body)
    content = made.get(kind) or next(iter(made.values()), b"")
    return HttpResponse(content, content_type="application/pdf")


class StepOnTemplate(StepOnSubject):
    """A step of one template."""

    model = Template
    find = staticmethod(selectors.template)
    shown = staticmethod(template_document)


class ApproveTemplate(StepOnTemplate):
    """Let a template be used, as the second pair of eyes; the one before it goes."""

    permission = "documents.approve_template"
    service = staticmethod(templates.approve_templates)


class DeclineTemplate(StepOnTemplate):
    """Refuse a template that another person proposed."""

    permission = "documents.decline_template"
    Input = WithReason
    service = staticmethod(templates.decline_templates)


class WithdrawTemplate(StepOnTemplate):
    """Take back a template that was not approved yet."""

    permission = "documents.withdraw_template"
    Input = WithReason
    service = staticmethod(templates.withdraw_templates)
