"""The operations on purchases from individuals: the checklist, its documents, its steps."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.access.personal import note_read
from backoffice.documents.kinds import Language
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithReason, user_of
from refdata.processes.api import TakingStep, case_document
from settlements.purchases import selectors, services
from settlements.purchases.models import Purchase
from settlements.purchases.papers import DUE_FROM, issue_papers
from settlements.purchases.processing.steps import case_of, due_of, take_step_purchases


def purchase_document(row: Purchase) -> dict[str, Any]:
    return {
        "reference": str(row), "status": row.state, "advance": row.advance,
        "deal": f"D-{row.deal_id}", "seller": row.deal.counterparty.code,
        "opened_at": row.opened_at,
        "process": case_document(case_of(row.pk), due_of(row)),
        "checklist": [
            {
                "step": point.step, "status": point.state, "who": point.wanted.role,
                "by": point.event.actor.username if point.event and point.event.actor else None,
                "at": point.event.recorded_at if point.event else None,
                "proof": point.event.facts if point.event else None,
                "lacks": point.lacks.code if point.lacks else None,
                "document": point.paper.number if point.paper else None,
            }
            for point in selectors.checklist(row, at=timezone.now())
        ],
    }  # fmt: skip


class ListPurchases(APIView):
    permission = "settlements.view_settlement"
    paged = True

    def get(self, request: Request) -> Response:
        """Purchases from individuals, newest first, each with its checklist."""
        rows = selectors.purchases(visible_to=user_of(request))
        return paged(rows, request, self, lambda page: [purchase_document(row) for row in page])


class ShowPurchase(ShowSubject):
    """One purchase: what is there, what is missing, and what comes next."""

    permission = "settlements.view_settlement"
    find = staticmethod(selectors.purchase)
    shown = staticmethod(purchase_document)


class IssuePaper(OncePerKey):
    permission = "settlements.issue_purchase"
    gives: ClassVar = {"POST": 201}

    class Input(serializers.Serializer[Any]):
        kind = serializers.ChoiceField([kind.value for kind in DUE_FROM])
        language = serializers.ChoiceField(Language.choices)

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Issue a document of the pack; the one issued before is given while it would say the same."""
        user = user_of(request)
        row = selectors.purchase(kwargs["reference"], visible_to=user)
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        kind = next(kind for kind in DUE_FROM if kind == given.validated_data["kind"])
        document = issue_papers(
            purchase=row, kind=kind, language=given.validated_data["language"], actor=user,
            at=timezone.now(),
        )  # fmt: skip
        note_read([row.deal.counterparty])
        location = f"/api/v1/documents/{document}/"
        body = {
            "reference": str(document),
            "number": document.number,
            "file": f"{location}file.pdf",
        }
        return Response(body, 201, headers={"Location": location})


class StepOnPurchase(StepOnSubject):
    """A step of one purchase."""

    model = Purchase
    find = staticmethod(selectors.purchase)
    shown = staticmethod(purchase_document)


class TakeStepPurchase(StepOnPurchase):
    """Take the step that the process of the purchase adds and waits for; `step` names it, where the caller does."""

    permission = "refdata.take_step_process"
    Input = TakingStep
    service = staticmethod(take_step_purchases)


class IdentifyPurchase(StepOnPurchase):
    """The seller is identified: details in force prove it."""

    permission = "settlements.identify_purchase"
    service = staticmethod(services.identify_purchases)


class ScreenPurchase(StepOnPurchase):
    """The seller is screened: nothing stands against them."""

    permission = "settlements.screen_purchase"
    service = staticmethod(services.screen_purchases)


class ContractPurchase(StepOnPurchase):
    """The contract is signed: its accepted signed copy proves it, and that the counterparty agrees."""

    permission = "settlements.contract_purchase"
    service = staticmethod(services.contract_purchases)


class OrderPurchase(StepOnPurchase):
    """The depository has accepted the transfer order."""

    permission = "settlements.order_purchase"
    service = staticmethod(services.order_purchases)


class CreditPurchase(StepOnPurchase):
    """The securities are on our account, as evidence shows."""

    permission = "settlements.credit_purchase"
    service = staticmethod(services.credit_purchases)


class ActPurchase(StepOnPurchase):
    """The act is signed; by another person than recorded the credit."""

    permission = "settlements.act_purchase"
    service = staticmethod(services.act_purchases)


class PayPurchase(StepOnPurchase):
    """The seller is paid, as evidence shows."""

    permission = "settlements.pay_purchase"
    service = staticmethod(services.pay_purchases)


class AskAdvance(StepOnPurchase):
    """Ask for paying before the securities are credited, with the reason."""

    permission = "settlements.ask_advance_purchase"
    Input = WithReason
    service = staticmethod(services.ask_advances)


class AllowAdvance(StepOnPurchase):
    """Allow paying before the credit, as the second pair of eyes."""

    permission = "settlements.allow_advance_purchase"
    service = staticmethod(services.allow_advances)


class RefuseAdvance(StepOnPurchase):
    """Refuse paying before the credit."""

    permission = "settlements.refuse_advance_purchase"
    Input = WithReason
    service = staticmethod(services.refuse_advances)
