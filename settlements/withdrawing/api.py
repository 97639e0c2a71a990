"""The operations on withdrawals of clients' money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.kernel.decimals import plain
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithItsReason, user_of
from settlements.withdrawing import selectors, services
from settlements.withdrawing.filters import WithdrawalFilter
from settlements.withdrawing.models import Withdrawal


def withdrawal_document(row: Withdrawal) -> dict[str, Any]:
    """`tax` is what was kept back and `net` what is paid; both null while nobody has approved it."""
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code, "client": row.client.code,
        "place": row.place.code, "currency": row.money_asset.code, "amount": plain(row.amount),
        "tax": None if row.tax is None else plain(row.tax),
        "net": None if row.net is None else plain(row.net),
        "settlement": str(row.settlement) if row.settlement else None, "order": row.order,
        "proposed_by": row.proposed_by.username, "proposed_at": row.proposed_at,
    }  # fmt: skip


class Withdrawals(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "ledger.view_ledger", "POST": "settlements.propose_withdrawal",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    filters = WithdrawalFilter
    paged = True

    class Input(serializers.Serializer[Any]):
        entity = serializers.CharField(max_length=20)
        client = serializers.CharField(max_length=40)
        place = serializers.CharField(max_length=20)
        currency = serializers.CharField(max_length=3)
        amount = serializers.DecimalField(
            max_digits=24, decimal_places=4, min_value=Decimal("0.0001")
        )
        order = serializers.CharField(max_length=120)

    def get(self, request: Request) -> Response:
        """The money that clients take or took out, newest first."""
        rows = chosen_of(self, request, selectors.withdrawals(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [withdrawal_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose that a client's money goes to its bank; other eyes let it go, less the tax it owes."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        new = services.NewWithdrawal(**given.validated_data)
        row = services.propose_withdrawal(new=new, actor=user_of(request), at=timezone.now())
        headers = {"Location": f"/api/v1/withdrawals/{row}/", "ETag": row.etag}
        return Response(withdrawal_document(row), 201, headers=headers)


class ShowWithdrawal(ShowSubject):
    """One withdrawal of a client's money."""

    permission = "ledger.view_ledger"
    find = staticmethod(selectors.withdrawal)
    shown = staticmethod(withdrawal_document)


class StepOnWithdrawal(StepOnSubject):
    model = Withdrawal
    find = staticmethod(selectors.withdrawal)
    shown = staticmethod(withdrawal_document)


class ApproveWithdrawal(StepOnWithdrawal):
    """Let the money go, as other eyes: tax is kept back first, the rest leaves as one payment."""

    permission = "settlements.approve_withdrawal"
    service = staticmethod(services.approve_withdrawals)


class DeclineWithdrawal(StepOnWithdrawal):
    """Say that nothing is taken out."""

    permission = "settlements.decline_withdrawal"
    Input = WithItsReason
    service = staticmethod(services.decline_withdrawals)
