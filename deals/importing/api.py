"""The operations on files of deals and on the mappings by which they are read."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.idempotency import OncePerKey, key_of, once
from backoffice.access.paging import paged
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithReason, user_of
from backoffice.workflow.transitions import Outcome
from deals.importing import mappings, services, undoing
from deals.importing.loading import load_import
from deals.importing.models import DealImport, ImportMapping, ImportRow
from deals.importing.reading import letter_of
from deals.importing.selectors import deal_import, imports_seen, in_words, rows_of_import, same_file
from deals.importing.state import ImportState, Mode

NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
MOST_ROWS = 200


def import_document(row: DealImport) -> dict[str, Any]:
    """A file: where it stands, how many rows would become or became what, and what they come to."""
    known = same_file(row)
    return {
        "reference": str(row),
        "status": row.state,
        "name": row.name,
        "sha256": row.sha256,
        "format": row.format,
        "sheet": row.sheet,
        "book": row.book.code,
        "mapping": str(row.mapping) if row.mapping else None,
        "header": row.header,
        "header_row": row.header_row,
        "mode": row.mode,
        "rows": row.rows,
        "progress": progress_of(row),
        "counts": row.counts,
        "sums": row.sums,
        "problem": row.why,
        "same_file": str(known) if known else None,
        "brought_by": row.brought_by.username,
        "brought_at": row.brought_at,
    }


def progress_of(row: DealImport) -> float | None:
    """How much of a file that is being loaded is taken in, 0 to 1; None where that is seen at the end only."""
    if row.state in (ImportState.RECEIVED, ImportState.UNDOING):
        return None
    if row.state != ImportState.LOADING:
        return 1.0
    if row.mode == Mode.ALL_OR_NOTHING:
        return None
    return round(max(0, row.next_row - row.header_row) / max(1, row.rows - row.header_row), 3)


def row_document(row: ImportRow) -> dict[str, Any]:
    """A row with its cells; each problem names its cell as a spreadsheet does."""
    return {
        "row": row.number,
        "cells": row.cells,
        "outcome": row.outcome,
        "code": row.code,
        "external_ref": row.reference,
        "deal": f"D-{row.deal_id}" if row.deal_id else None,
        "inbound": f"I-{row.inbound_id}" if row.inbound_id else None,
        "problems": [
            {
                "kind": p["kind"], "cell": cell_of(row, p["column"]), "code": p["code"],
                "pointer": p["pointer"], "detail": p["detail"], "hint": p["hint"],
            }
            for p in map(in_words, row.problems)
        ],
    }  # fmt: skip


def cell_of(row: ImportRow, column: int | None) -> str | None:
    return f"{letter_of(column)}{row.number}" if column is not None else None


class Imports(APIView):
    permission = {  # noqa: RUF012
        "GET": "deals.view_dealimport", "POST": "deals.receive_dealimport",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    parser_classes = [MultiPartParser]  # noqa: RUF012
    paged = True

    class Input(serializers.Serializer[Any]):
        file = serializers.FileField(allow_empty_file=True)
        book = serializers.RegexField(NO_CONTROLS, max_length=64)
        sheet = serializers.RegexField(NO_CONTROLS, max_length=100, default="", allow_blank=True)
        mapping = serializers.RegexField(NO_CONTROLS, max_length=30, default="", allow_blank=True)

    def get(self, request: Request) -> Response:
        """The files of deals that were brought, newest first."""
        rows = imports_seen(visible_to=user_of(request))
        return paged(rows, request, self, lambda page: [import_document(row) for row in page])

    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Bring a file of deals: what each of its rows would become; nothing is captured."""
        key, user = key_of(request._request), user_of(request)
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        file: Any = values["file"]
        digest = hashlib.sha256(request._request.path.encode())
        for name in ("book", "sheet", "mapping"):
            digest.update(f"\n{name}={values[name]}".encode())
        digest.update(f"\n{file.name}\n".encode())
        for piece in file.chunks():
            digest.update(piece)

        def work() -> HttpResponse:
            row = services.receive_import(
                name=file.name or "", pieces=file.chunks(), book=values["book"],
                sheet=values["sheet"], mapping=values["mapping"], actor=user, at=timezone.now(),
            )  # fmt: skip
            row = deal_import(str(row), visible_to=user)
            headers = {"ETag": row.etag, "Location": f"/api/v1/imports/{row}/"}
            response = Response(import_document(row), 201, headers=headers)
            response.accepted_renderer = request.accepted_renderer
            response.accepted_media_type = request.accepted_media_type
            response.renderer_context = self.get_renderer_context()  # type: ignore[attr-defined]
            response.render()
            return response

        return once(user, key, digest.digest(), work)


class ShowImport(ShowSubject):
    """One file: its state, the counts of its rows, the sums by side and currency."""

    permission = "deals.view_dealimport"
    find = staticmethod(deal_import)
    shown = staticmethod(import_document)


class ListImportRows(APIView):
    permission = "deals.view_dealimport"

    class Query(serializers.Serializer[Any]):
        outcome = serializers.ChoiceField(["", "ACCEPTED", "REPAIR", "REFUSED"], default="")
        after = serializers.IntegerField(min_value=0, max_value=10**9, default=0)
        problems = serializers.BooleanField(default=False)

    def get(self, request: Request, reference: str) -> Response:
        """The rows of a file in its order, at most 200 at once: cells, outcome, problems by cell."""
        row = deal_import(reference, visible_to=user_of(request))
        given = self.Query(data=request.query_params)
        given.is_valid(raise_exception=True)
        rows = list(rows_of_import(row, **given.validated_data)[: MOST_ROWS + 1])
        more = len(rows) > MOST_ROWS
        documents = [row_document(each) for each in rows[:MOST_ROWS]]
        return Response({"rows": documents, "after": rows[MOST_ROWS - 1].number if more else None})


class StepOnImport(StepOnSubject):
    """A step of one file of deals."""

    model = DealImport
    find = staticmethod(deal_import)
    shown = staticmethod(import_document)


class MapImport(StepOnImport):
    """Preview a file by another mapping."""

    permission = "deals.map_dealimport"

    class Input(serializers.Serializer[Any]):
        mapping = serializers.RegexField(NO_CONTROLS, max_length=30)

    def step(self, request: Request, ids: Any, user: Any, at: Any) -> Any:
        given = self._given(request)
        for id in ids:
            services.map_import(import_id=id, mapping=given["mapping"], actor=user, at=at)
        return Outcome(list(ids))


class LoadImport(StepOnImport):
    """Take in the rows of a previewed file: all of them or none, or the good ones."""

    permission = "deals.load_dealimport"

    class Input(serializers.Serializer[Any]):
        mode = serializers.ChoiceField(Mode.choices, default=Mode.ALL_OR_NOTHING)

    def step(self, request: Request, ids: Any, user: Any, at: Any) -> Any:
        given = self._given(request)
        for id in ids:
            load_import(import_id=id, mode=given["mode"], actor=user, at=at)
        return Outcome(list(ids))


class RequestUndoImport(StepOnImport):
    """Ask that every deal of an import be cancelled; another person decides."""

    permission = "deals.request_undo_dealimport"
    Input = WithReason
    service = staticmethod(undoing.request_undo_imports)


class UndoImport(StepOnImport):
    """Cancel every deal of an import as the second pair of eyes, or none."""

    permission = "deals.undo_dealimport"
    service = staticmethod(undoing.undo_imports)


class KeepImport(StepOnImport):
    """Leave an import loaded that somebody asked to undo."""

    permission = "deals.keep_dealimport"
    Input = WithReason
    service = staticmethod(undoing.keep_imports)


def mapping_document(row: ImportMapping) -> dict[str, Any]:
    return {
        "reference": str(row),
        "status": row.state,
        "name": row.name,
        "version": row.number,
        "book": row.book.code,
        "header": row.header,
        "mapping": row.document,
        "reason": row.reason,
        "proposed_by": row.proposed_by.username,
        "proposed_at": row.proposed_at,
    }


class ImportMappings(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "deals.view_importmapping", "POST": "deals.propose_importmapping",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    paged = True

    class Input(serializers.Serializer[Any]):
        name = serializers.RegexField(NO_CONTROLS, max_length=80)
        book = serializers.RegexField(NO_CONTROLS, max_length=64)
        header = serializers.ListField(
            child=serializers.CharField(max_length=2000, allow_blank=True),
            max_length=256,
            min_length=2,
        )
        mapping = serializers.DictField()
        reason = serializers.RegexField(NO_CONTROLS, max_length=500, default="", allow_blank=True)

    def get(self, request: Request) -> Response:
        """The mappings of columns, newest first, with every version."""
        rows = mappings.mappings_seen(visible_to=user_of(request))
        return paged(rows, request, self, lambda page: [mapping_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose how the columns of a kind of file become deals; another person approves it."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        row = mappings.propose_mapping(
            document=values.pop("mapping"), actor=user_of(request), at=timezone.now(), **values
        )
        return Response(mapping_document(row), 201, headers={"ETag": row.etag})


class StepOnImportMapping(StepOnSubject):
    """A step of one mapping of columns."""

    model = ImportMapping
    find = staticmethod(mappings.import_mapping)
    shown = staticmethod(mapping_document)


class ApproveImportMapping(StepOnImportMapping):
    """Put a mapping in force as the second pair of eyes; the older version is superseded."""

    permission = "deals.approve_importmapping"
    service = staticmethod(mappings.approve_mappings)


class DeclineImportMapping(StepOnImportMapping):
    """Decline a mapping that is wrong."""

    permission = "deals.decline_importmapping"
    Input = WithReason
    service = staticmethod(mappings.decline_mappings)


class WithdrawImportMapping(StepOnImportMapping):
    """Take a mapping out of force; what was loaded by it stays."""

    permission = "deals.withdraw_importmapping"
    Input = WithReason
    service = staticmethod(mappings.withdraw_mappings)
