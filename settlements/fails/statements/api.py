"""The operations on places' penalty statements, and on what differs in them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.models import User
from backoffice.access.paging import paged
from backoffice.kernel.errors import NotFound
from backoffice.kernel.money import Money
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithItsReason, WithReason, user_of
from refdata.models import Place
from refdata.scopes import entities_seen_by
from refdata.selectors import money_document, reference_data
from settlements.fails.api import Day
from settlements.fails.filters import BreakFilter, StatementFilter
from settlements.fails.statements import selectors, services
from settlements.fails.statements.models import PenaltyBreak, PenaltyLine, PenaltyStatement
from settlements.fails.statements.terms import lines_in_csv, read_lines

EXAMPLE = {
    "entity": "EUR", "place": "CSDX", "month": "2026-11-01", "document": "CSDX-PEN-2026-11",
    "lines": [
        {
            "their_ref": "P-000117", "settlement": "S-12", "day": "2026-11-24", "kind": "SEFP",
            "payer": "OURS", "amount": "52.30", "currency": "EUR", "status": "ACTV",
        },
    ],
}  # fmt: skip


def statement_document(row: PenaltyStatement) -> dict[str, Any]:
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code, "place": row.place.code,
        "month": row.month, "number": row.number, "document": row.document, "sha256": row.sha256,
        "received_by": row.received_by.username if row.received_by else None, "received_at": row.received_at,
    }  # fmt: skip


def line_document(row: PenaltyLine) -> dict[str, Any]:
    return {
        "number": row.number, "their_ref": row.their_ref,
        "settlement": f"S-{row.settlement_id}" if row.settlement_id else None, "day": row.day,
        "kind": row.kind, "payer": row.payer, "status": row.status,
        "amount": money_document(Money(row.amount, row.currency)),
    }  # fmt: skip


def break_document(row: PenaltyBreak) -> dict[str, Any]:
    """Above zero the place asks more of us, or gives us less, than we have counted."""
    worse = row.theirs - row.ours if row.payer == "OURS" else row.ours - row.theirs
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code, "place": row.place.code,
        "month": row.month, "statement": str(row.statement), "their_ref": row.their_ref,
        "settlement": f"S-{row.settlement_id}" if row.settlement_id else None, "day": row.day,
        "kind": row.kind, "payer": row.payer, "what": row.what,
        "ours": money_document(Money(row.ours, row.currency)),
        "theirs": money_document(Money(row.theirs, row.currency)),
        "against_us": money_document(Money(worse, row.currency)), "appeal_by": row.appeal_by,
        "opened_at": row.opened_at,
    }  # fmt: skip


class Line(serializers.Serializer[Any]):
    """One line as the place says it; what is wrong with it is told with all others."""

    their_ref = serializers.CharField(max_length=60, default="", allow_blank=True)
    settlement = serializers.CharField(max_length=20, default="", allow_blank=True)
    day = serializers.CharField(max_length=10)
    kind = serializers.CharField(max_length=4)
    payer = serializers.CharField(max_length=7)
    amount = serializers.CharField(max_length=30)
    currency = serializers.CharField(max_length=3)
    status = serializers.CharField(max_length=4, default="ACTV", allow_blank=True)


class StatementInput(serializers.Serializer[Any]):
    """The statement of a month (any day of it): its lines, or the text of a CSV with the same columns."""

    entity = serializers.CharField(max_length=20)
    place = serializers.CharField(max_length=20)
    month = Day()
    document = serializers.CharField(max_length=120)
    lines = Line(many=True, default=list)
    csv = serializers.CharField(
        default="", allow_blank=True, max_length=20_000_000, trim_whitespace=False
    )


def received(given: dict[str, Any], *, actor: User) -> tuple[PenaltyStatement, bool]:
    """Take in a statement as it was posted or typed. Raises NotFound, InvalidStatement."""
    entities = {entity.code: entity.pk for entity in entities_seen_by(actor)}
    if given["entity"] not in entities:
        raise NotFound(what="entity", reference=given["entity"])
    place = Place.objects.filter(code=given["place"]).first()
    if place is None:
        raise NotFound(what="place", reference=given["place"])
    told = lines_in_csv(given["csv"]) if given["csv"] else given["lines"]
    new = services.NewStatement(
        entity_id=entities[given["entity"]], place_id=place.pk, month=given["month"],
        document=given["document"], lines=read_lines(told, reference_data()),
    )  # fmt: skip
    return services.receive_statement(new=new, actor=actor, at=timezone.now())


class PenaltyStatements(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "settlements.view_settlement", "POST": "settlements.receive_penaltystatement",
    }  # fmt: skip
    gives: ClassVar = {"POST": (201, 200)}
    filters = StatementFilter
    paged = True
    Input = StatementInput

    def get(self, request: Request) -> Response:
        """Places' statements of penalties, newest first."""
        rows = chosen_of(self, request, selectors.statements(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [statement_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Take in a place's statement of a month and compare it, line by line; other eyes book it.

        The same lines again are the same statement: 200.
        """
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        row, is_new = received(dict(given.validated_data), actor=user_of(request))
        headers = {"Location": f"/api/v1/penalty-statements/{row}/", "ETag": row.etag}
        document = statement_document(row) | {"differences": row.breaks.count()}
        return Response(document, 201 if is_new else 200, headers=headers)


class ShowPenaltyStatement(APIView):
    permission = "settlements.view_settlement"

    def get(self, request: Request, reference: str) -> Response:
        """One statement of a place."""
        row = selectors.statement(reference, visible_to=user_of(request))
        document = statement_document(row) | {"differences": row.breaks.count()}
        return Response(document, headers={"ETag": row.etag})


class ListPenaltyLines(APIView):
    permission = "settlements.view_settlement"
    paged = True

    def get(self, request: Request, reference: str) -> Response:
        """The lines of a statement as the place says them, the last first."""
        row = selectors.statement(reference, visible_to=user_of(request))
        lines = selectors.lines_of(row)
        return paged(lines, request, self, lambda page: [line_document(each) for each in page])


class StepOnStatement(StepOnSubject):
    model = PenaltyStatement
    find = staticmethod(selectors.statement)
    shown = staticmethod(statement_document)


class BookPenaltyStatement(StepOnStatement):
    """Book what the place says, as other eyes than brought it; what stood for the month before is reversed."""

    permission = "settlements.book_penaltystatement"
    service = staticmethod(services.book_statements)


class DeclinePenaltyStatement(StepOnStatement):
    """Say that it is not what the place said; its differences end with it."""

    permission = "settlements.decline_penaltystatement"
    Input = WithReason
    service = staticmethod(services.decline_statements)


class ListPenaltyBreaks(APIView):
    permission = "settlements.view_settlement"
    filters = BreakFilter
    paged = True

    def get(self, request: Request) -> Response:
        """What places say otherwise than we have counted, newest first."""
        rows = chosen_of(self, request, selectors.breaks(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [break_document(row) for row in page])


class ShowPenaltyBreak(ShowSubject):
    """One difference with a place."""

    permission = "settlements.view_settlement"
    find = staticmethod(selectors.penalty_break)
    shown = staticmethod(break_document)


class StepOnBreak(StepOnSubject):
    model = PenaltyBreak
    find = staticmethod(selectors.penalty_break)
    shown = staticmethod(break_document)
    Input = WithItsReason


class AppealPenaltyBreak(StepOnBreak):
    """Record that we appealed to the place, and how."""

    permission = "settlements.appeal_penaltybreak"
    service = staticmethod(services.appeal_breaks)


class AcceptPenaltyBreak(StepOnBreak):
    """Accept what the place says, as other eyes than brought its statement or appealed."""

    permission = "settlements.accept_penaltybreak"
    service = staticmethod(services.accept_breaks)


class WinPenaltyBreak(StepOnBreak):
    """Record that the place agrees with us, by its answer."""

    permission = "settlements.win_penaltybreak"
    service = staticmethod(services.win_breaks)
