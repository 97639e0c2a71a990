"""The operations on bills of fees, and on what differs in them."""

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
from expenses.fees import selectors, services
from expenses.fees.filters import BreakFilter, StatementFilter
from expenses.fees.models import FeeBreak, FeeLine, FeeStatement
from expenses.fees.terms import lines_in_csv, read_lines
from refdata.models import Party
from refdata.scopes import entities_seen_by
from refdata.selectors import money_document, reference_data
from settlements.fails.api import Day

VIEW = "expenses.view_fee"


def statement_document(row: FeeStatement) -> dict[str, Any]:
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code, "party": row.party.code,
        "month": row.month, "number": row.number, "document": row.document, "sha256": row.sha256,
        "received_by": row.received_by.username, "received_at": row.received_at,
    }  # fmt: skip


def sums_document(row: FeeStatement) -> list[dict[str, Any]]:
    """By currency what is billed, accrued, different, and to be paid."""
    return [
        {
            name: money_document(Money(getattr(each, name), each.currency))
            for name in ("billed", "accrued", "difference", "payable")
        }
        for each in selectors.sums_of(row)
    ]


def line_document(row: FeeLine) -> dict[str, Any]:
    return {
        "number": row.number, "their_ref": row.their_ref, "about": row.about, "kind": row.kind,
        "day": row.day, "amount": money_document(Money(row.amount, row.currency)),
    }  # fmt: skip


def break_document(row: FeeBreak) -> dict[str, Any]:
    """Above zero more is billed than we have accrued."""
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code, "party": row.party.code,
        "month": row.month, "statement": str(row.statement), "about": row.about, "what": row.what,
        "ours": money_document(Money(row.ours, row.currency)),
        "theirs": money_document(Money(row.theirs, row.currency)),
        "against_us": money_document(Money(row.theirs - row.ours, row.currency)),
        "appeal_by": row.appeal_by, "opened_at": row.opened_at,
    }  # fmt: skip


class BillLine(serializers.Serializer[Any]):
    """One line as it is billed; what is wrong with it is told with all others."""

    their_ref = serializers.CharField(max_length=200, default="", allow_blank=True)
    deal = serializers.CharField(max_length=20, default="", allow_blank=True)
    settlement = serializers.CharField(max_length=20, default="", allow_blank=True)
    trade_id = serializers.CharField(max_length=200, default="", allow_blank=True)
    kind = serializers.CharField(max_length=60, default="", allow_blank=True)
    day = serializers.CharField(max_length=10, default="", allow_blank=True)
    amount = serializers.CharField(max_length=30)
    currency = serializers.CharField(max_length=3)


class BillInput(serializers.Serializer[Any]):
    """The bill of a month (any day of it): its lines, or the text of a CSV with the same columns.

    `totals` is what the bill says itself, by currency: lines that do not come to it are refused.
    """

    entity = serializers.CharField(max_length=20)
    party = serializers.CharField(max_length=40)
    month = Day()
    document = serializers.CharField(max_length=120)
    totals = serializers.DictField(child=serializers.CharField(max_length=30), default=dict)
    lines = BillLine(many=True, default=list)
    csv = serializers.CharField(
        default="", allow_blank=True, max_length=20_000_000, trim_whitespace=False
    )


def received(given: dict[str, Any], *, actor: User) -> tuple[FeeStatement, bool]:
    """Take in a bill as it was posted or typed. Raises NotFound, InvalidBill."""
    entities = {entity.code: entity.pk for entity in entities_seen_by(actor)}
    if given["entity"] not in entities:
        raise NotFound(what="entity", reference=given["entity"])
    party = Party.objects.filter(code=given["party"]).first()
    if party is None:
        raise NotFound(what="party", reference=given["party"])
    told = lines_in_csv(given["csv"]) if given["csv"] else given["lines"]
    new = services.NewBill(
        entity_id=entities[given["entity"]], party_id=party.pk, month=given["month"],
        document=given["document"], lines=read_lines(told, reference_data(), given["totals"]),
    )  # fmt: skip
    return services.receive_statement(new=new, actor=actor, at=timezone.now())


class FeeStatements(OncePerKey):
    permission = {"GET": VIEW, "POST": "expenses.receive_feestatement"}  # noqa: RUF012
    gives: ClassVar = {"POST": (201, 200)}
    filters = StatementFilter
    paged = True
    Input = BillInput

    def get(self, request: Request) -> Response:
        """Bills of venues, brokers and depositories, newest first."""
        rows = chosen_of(self, request, selectors.statements(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [statement_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Take in the bill of a month and compare it, line by line and in total; other eyes agree to it.

        The same lines again are the same bill: 200. Other lines of the month take the place of the last.
        """
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        row, is_new = received(dict(given.validated_data), actor=user_of(request))
        headers = {"Location": f"/api/v1/fee-statements/{row}/", "ETag": row.etag}
        document = statement_document(row) | {
            "differences": row.breaks.count(), "sums": sums_document(row)
        }  # fmt: skip
        return Response(document, 201 if is_new else 200, headers=headers)


class ShowFeeStatement(APIView):
    permission = VIEW

    def get(self, request: Request, reference: str) -> Response:
        """One bill with what it comes to beside what we have accrued."""
        row = selectors.statement(reference, visible_to=user_of(request))
        document = statement_document(row) | {
            "differences": row.breaks.count(), "sums": sums_document(row)
        }  # fmt: skip
        return Response(document, headers={"ETag": row.etag})


class ListFeeLines(APIView):
    permission = VIEW
    paged = True

    def get(self, request: Request, reference: str) -> Response:
        """The lines of a bill as they came, the last first."""
        row = selectors.statement(reference, visible_to=user_of(request))
        lines = selectors.lines_of(row)
        return paged(lines, request, self, lambda page: [line_document(each) for each in page])


class StepOnStatement(StepOnSubject):
    model = FeeStatement
    find = staticmethod(selectors.statement)
    shown = staticmethod(statement_document)


class AgreeFeeStatement(StepOnStatement):
    """Agree to pay a bill, as other eyes than brought it, once every difference of it is decided."""

    permission = "expenses.agree_feestatement"
    service = staticmethod(services.agree_statements)


class DeclineFeeStatement(StepOnStatement):
    """Say that it is not what they billed; its differences end with it."""

    permission = "expenses.decline_feestatement"
    Input = WithReason
    service = staticmethod(services.decline_statements)


class ListFeeBreaks(APIView):
    permission = VIEW
    filters = BreakFilter
    paged = True

    def get(self, request: Request) -> Response:
        """What is billed otherwise than we have accrued, newest first."""
        rows = chosen_of(self, request, selectors.breaks(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [break_document(row) for row in page])


class ShowFeeBreak(ShowSubject):
    """One difference with a bill."""

    permission = VIEW
    find = staticmethod(selectors.fee_break)
    shown = staticmethod(break_document)


class StepOnBreak(StepOnSubject):
    model = FeeBreak
    find = staticmethod(selectors.fee_break)
    shown = staticmethod(break_document)
    Input = WithItsReason


class AppealFeeBreak(StepOnBreak):
    """Record that we told them that it is wrong, and how."""

    permission = "expenses.appeal_feebreak"
    service = staticmethod(services.appeal_breaks)


class AcceptFeeBreak(StepOnBreak):
    """Accept what is billed, as other eyes than brought the bill or appealed; the difference is accrued."""

    permission = "expenses.accept_feebreak"
    service = staticmethod(services.accept_breaks)


class WinFeeBreak(StepOnBreak):
    """Record that they agree with us, by their answer."""

    permission = "expenses.win_feebreak"
    service = staticmethod(services.win_breaks)
