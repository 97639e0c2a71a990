"""The operations on what came in and could not be booked."""

from __future__ import annotations

from typing import Any

import msgspec
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.workflow.api import StepOnSubject, user_of
from deals import selectors
from deals.filters import InboundFilter
from deals.models import Inbound
from deals.repairing.services import repair_inbound
from deals.repairing.steps import repairs_under_way, take_step_inbound
from refdata.processes.api import TakingStep, case_document


def inbound_document(row: Inbound) -> dict[str, Any]:
    """What came in, what is wrong with it, and what it is worth."""
    worth = None
    if row.amount is not None:
        worth = {"amount": f"{row.amount.normalize():f}", "currency": row.currency}
    return {
        "reference": f"I-{row.pk}",
        "status": row.state,
        "external_ref": row.external_ref,
        "problems": row.problems,
        "amount": worth,
        "received_at": row.received_at,
        "received_by": row.received_by.username,
        "deal": f"D-{row.deal_id}" if row.deal_id else None,
    }


def whole_document(row: Inbound) -> dict[str, Any]:
    """The same with the deal as it was received, and what its repair waits for."""
    case = repairs_under_way([row.deal_id]).get(row.deal_id) if row.deal_id else None
    process = case_document(case, selectors.repair_due(row)) if case else None
    return {**inbound_document(row), "received": msgspec.json.decode(row.body), "process": process}


class ListInbound(APIView):
    permission = "deals.view_deal"
    filters = InboundFilter
    paged = True

    def get(self, request: Request) -> Response:
        """What came in and could not be booked, newest first."""
        rows = selectors.inbound(visible_to=user_of(request))
        rows = chosen_of(self, request, rows)
        return paged(rows, request, self, lambda page: [inbound_document(row) for row in page])


class ShowInbound(APIView):
    permission = "deals.view_deal"

    def get(self, request: Request, reference: str) -> Response:
        """One of them, with the deal as it was received."""
        id = selectors.inbound_id_of(reference, visible_to=user_of(request))
        row = selectors.inbound(visible_to=user_of(request)).get(pk=id)
        return Response(whole_document(row))


class TakeStepInbound(StepOnSubject):
    """Take the step that the process of a repair adds and waits for; `step` names it, where the caller does."""

    permission = "refdata.take_step_process"
    model = Inbound
    Input = TakingStep
    find = staticmethod(selectors.inbound_of)
    shown = staticmethod(whole_document)
    service = staticmethod(take_step_inbound)


class RepairInbound(OncePerKey):
    permission = "deals.repair_inbound"

    class Input(serializers.Serializer[Any]):
        changes = serializers.DictField(default=dict)
        reason = serializers.CharField(max_length=500, default="", allow_blank=True)

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Mend members of the deal and capture it: the answer names the deal it became."""
        user = user_of(request)
        id = selectors.inbound_id_of(kwargs["reference"], visible_to=user)
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        repair_inbound(inbound_id=id, actor=user, at=timezone.now(), **given.validated_data)
        return Response(inbound_document(selectors.inbound(visible_to=user).get(pk=id)))
