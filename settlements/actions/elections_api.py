"""The operations on what owners elect."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.kernel.decimals import plain
from backoffice.workflow.api import (
    ShowSubject,
    StepOnSubject,
    WithItsReason,
    require_match,
    user_of,
)
from settlements.actions import electing, selectors
from settlements.actions.models import Election
from settlements.transforming.selectors import record_event

VIEW = "settlements.view_settlement"


def election_document(row: Election) -> dict[str, Any]:
    """`chosen` is what was chosen last: units by the number of each option."""
    return {
        "reference": str(row), "status": row.state, "event": str(row.event), "entity": row.entity.code,
        "owner": row.owner.code, "place": row.place.code, "account": row.account or None,
        "quantity": plain(row.quantity), "deadline_at": row.event.deadline_at,
        "chosen": electing.told_of(row), "evidence": row.evidence or None,
    }  # fmt: skip


class ListElections(APIView):
    permission = VIEW
    paged = True

    def get(self, request: Request, reference: str) -> Response:
        """What each owner at each place may choose of an event, and did."""
        user = user_of(request)
        event = record_event(reference, visible_to=user)
        rows = selectors.elections(visible_to=user).filter(event=event)
        return paged(rows, request, self, lambda page: [election_document(row) for row in page])


class ShowElection(ShowSubject):
    """What one owner may choose, and did."""

    permission = VIEW
    find = staticmethod(selectors.election)
    shown = staticmethod(election_document)


class ChooseElection(OncePerKey):
    """Record what an owner chooses, with what shows it; other eyes instruct the place."""

    permission = "settlements.choose_election"

    class Input(serializers.Serializer[Any]):
        quantities = serializers.DictField(
            child=serializers.DecimalField(
                max_digits=28, decimal_places=8, min_value=Decimal("0.00000001")
            )
        )
        evidence = serializers.CharField(max_length=200)

        def validate_quantities(self, value: dict[str, Decimal]) -> dict[int, Decimal]:
            if not all(number.isascii() and number.isdigit() for number in value):
                raise serializers.ValidationError("Options are named by their numbers.")
            return {int(number): quantity for number, quantity in value.items()}

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Units by the number of each option; what is not named goes by the default."""
        user = user_of(request)
        row = selectors.election(kwargs["reference"], visible_to=user)
        require_match(request, Election, row.pk, str(row))
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        electing.choose(election_id=row.pk, actor=user, at=timezone.now(), **given.validated_data)
        row = selectors.election(str(row), visible_to=user)
        return Response(election_document(row), headers={"ETag": row.etag})


class StepOnElection(StepOnSubject):
    model = Election
    find = staticmethod(selectors.election)
    shown = staticmethod(election_document)


class InstructElection(StepOnElection):
    """Instruct the place by it, as other eyes: it is what the owner is entitled to."""

    permission = "settlements.instruct_election"
    service = staticmethod(electing.instruct_elections)


class DeclineElection(StepOnElection):
    """Say, as other eyes, that its evidence does not show it."""

    permission = "settlements.decline_election"
    Input = WithItsReason
    service = staticmethod(electing.decline_elections)
