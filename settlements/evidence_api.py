"""The operations on evidence by a person's hand: recorded by one, accepted by another."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.access.idempotency import OncePerKey
from backoffice.kernel.decimals import plain
from backoffice.workflow.api import StepOnSubject, WithReason, user_of
from settlements import evidence, selectors
from settlements.models import EvidenceClaim
from settlements.state import Says


def claim_document(row: EvidenceClaim) -> dict[str, Any]:
    return {
        "reference": str(row),
        "status": row.state,
        "settlement": f"S-{row.settlement_id}",
        "document": row.document,
        "says": row.says,
        "settled_at": row.settled_at,
        "quantity": None if row.quantity is None else plain(row.quantity),
        "proposed_by": row.proposed_by.username,
        "proposed_at": row.proposed_at,
    }


class ProposeEvidence(OncePerKey):
    permission = "settlements.propose_evidence"
    gives: ClassVar = {"POST": 201}

    class Input(serializers.Serializer[Any]):
        document = serializers.CharField(max_length=120)
        says = serializers.ChoiceField(choices=Says.choices, default=Says.SETTLED.value)
        settled_at = serializers.DateTimeField()
        quantity = serializers.DecimalField(
            max_digits=28, decimal_places=8, required=False, allow_null=True, min_value=0
        )

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Record the document that shows what became of a settlement; other eyes accept it.

        It says that it is settled, or what its place answers to the request to cancel it (`says`);
        `settled_at` is when it was settled, or answered; `quantity` how much of it, where a part settled.
        """
        user = user_of(request)
        id = selectors.settlement_id_of(kwargs["reference"], visible_to=user)
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        claim = evidence.propose_evidence(
            settlement_id=id, actor=user, at=timezone.now(), **given.validated_data
        )
        return Response(claim_document(claim), 201, headers={"ETag": claim.etag})


class StepOnEvidence(StepOnSubject):
    """A step of one recorded document."""

    model = EvidenceClaim
    find = staticmethod(selectors.claim)
    shown = staticmethod(claim_document)


class AcceptEvidence(StepOnEvidence):
    """Accept a document as the second pair of eyes: its settlement is final now, or cancelled, or goes on."""

    permission = "settlements.accept_evidence"
    service = staticmethod(evidence.accept_evidence)


class DeclineEvidence(StepOnEvidence):
    """Decline a document that does not prove it."""

    permission = "settlements.decline_evidence"
    Input = WithReason
    service = staticmethod(evidence.decline_evidence)
