"""Bringing statements and files, and reading the files that came in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey, key_of, once
from backoffice.access.paging import paged
from backoffice.access.problems import translated
from backoffice.connectors.models import InboundFile
from backoffice.connectors.receiving import selectors
from backoffice.connectors.receiving.filters import InboundFileFilter
from backoffice.connectors.receiving.services import (
    require_size,
    retake_file,
    set_aside_file,
    take_file,
)
from backoffice.workflow.api import WithItsReason, user_of
from reconciliation.api import ListStatements

VIEW, RECEIVE = "connectors.view_inboundfile", "connectors.receive_inboundfile"


def problem_words(problem: Mapping[str, Any]) -> dict[str, Any]:
    """A problem as it was kept, in the reader's language."""
    facts = problem.get("facts", {})
    return {
        "position": problem.get("position", ""), "code": problem["code"],
        "detail": translated(problem["detail"], facts), "hint": translated(problem.get("hint", ""), facts),
    }  # fmt: skip


def taken_document(file: InboundFile) -> dict[str, Any]:
    """What bringing a file did: bytes that had come before add nothing, and every line of them is known."""
    return {
        "reference": str(file),
        "format": file.format,
        "statements": file.statements,
        "lines": file.lines,
        "lines_added": 0 if file.again else file.added,
        "duplicates": file.duplicates + (file.added if file.again else 0),
        "balanced": file.balanced,
        "problems": [problem_words(each) for each in file.problems],
        "outcome": file.outcome,
        "known": file.again,
    }


def file_document(file: InboundFile) -> dict[str, Any]:
    """A file as it was taken in."""
    return taken_document(file) | {
        "name": file.name, "sha256": file.sha256, "size": file.size, "channel": file.channel,
        "entity": file.entity.code if file.entity else None,
        "received_by": file.received_by.username if file.received_by else None,
        "received_at": file.received_at,
    }  # fmt: skip


class Statements(ListStatements):
    permission: Any = {"GET": ListStatements.permission, "POST": RECEIVE}  # noqa: RUF012
    parser_classes = [MultiPartParser]  # noqa: RUF012
    gives: ClassVar = {"POST": (201, 200)}

    class Input(serializers.Serializer[Any]):
        file = serializers.FileField(allow_empty_file=True)

    def get(self, request: Request) -> Response:
        """What banks say of our accounts, newest first."""
        return super().get(request)

    def post(self, request: Request) -> HttpResponse:
        """Bring a file of any supported format: told by its content, every line a fact once.

        Bytes that came before are the same file and add nothing: 200. What does not balance and what cannot be
        taken is said in `balanced` and `problems`; the file is kept, and can be taken in again.
        """
        key, user = key_of(request._request), user_of(request)
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        file: Any = given.validated_data["file"]
        require_size(file.size)
        raw, name = file.read(), file.name or ""
        head = f"{request.method}\n{request._request.get_full_path()}\n{name}\n"

        def work() -> HttpResponse:
            taken = take_file(raw, name=name, channel="REST", actor=user, at=timezone.now())
            return self.written(request, taken)

        return once(user, key, hashlib.sha256(head.encode() + raw).digest(), work)

    def written(self, request: Request, taken: InboundFile) -> HttpResponse:
        """The answer written out now: a replay is the same to the byte."""
        headers = {"Location": f"/api/v1/inbound-files/{taken}/"}
        status = 200 if taken.again else 201
        response = Response(taken_document(taken), status, headers=headers)
        response.accepted_renderer = request.accepted_renderer
        response.accepted_media_type = request.accepted_media_type
        response.renderer_context = self.get_renderer_context()  # type: ignore[attr-defined]
        response.render()
        return response


class Files(APIView):
    permission = VIEW
    filters = InboundFileFilter
    paged = True

    def get(self, request: Request) -> Response:
        """Files that came in, newest first."""
        rows = chosen_of(self, request, selectors.inbound_files(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [file_document(row) for row in page])


class ShowFile(APIView):
    permission = VIEW

    def get(self, request: Request, reference: str) -> Response:
        """One file: what was in it and what became of it."""
        return Response(
            file_document(selectors.inbound_file(reference, visible_to=user_of(request)))
        )


class DownloadContent(APIView):
    permission = VIEW

    def get(self, request: Request, reference: str) -> HttpResponse:
        """Its bytes as they came."""
        return content_response(selectors.inbound_file(reference, visible_to=user_of(request)))


def content_response(file: InboundFile) -> HttpResponse:
    """The bytes of a file to be saved, never to be shown. Raises ContentNotKept."""
    response = HttpResponse(selectors.content_of(file), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


class RetakeFile(OncePerKey):
    permission = "connectors.retake_inboundfile"

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Take in what it could not bring before, once its account was added or a reader was mended."""
        user = user_of(request)
        row = selectors.inbound_file(kwargs["reference"], visible_to=user)
        file = retake_file(file_id=row.pk, actor=user, at=timezone.now())
        return Response(file_document(file))


class SetFileAside(OncePerKey):
    permission = "connectors.set_aside_inboundfile"
    Input = WithItsReason

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Say that nothing more is to be taken from it, and why: nobody waits for it any more."""
        user = user_of(request)
        row = selectors.inbound_file(kwargs["reference"], visible_to=user)
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        reason = given.validated_data["reason"]
        file = set_aside_file(file_id=row.pk, reason=reason, actor=user, at=timezone.now())
        return Response(file_document(file))
