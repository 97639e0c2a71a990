"""The operations on keys by which costs are shared out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.models import User
from backoffice.access.paging import paged
from backoffice.kernel.decimals import plain
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithItsReason, user_of
from expenses.allocating import selectors, services
from expenses.allocating.filters import KeyFilter
from expenses.allocating.models import AllocationKey
from expenses.allocating.state import Basis
from expenses.costs.api import VIEW
from settlements.fails.api import Day


def key_document(row: AllocationKey) -> dict[str, Any]:
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code,
        "centre": row.centre.code, "position": row.position, "basis": row.basis,
        "valid_from": row.valid_from,
        "shares": [
            {
                "centre": share.centre.code if share.centre else None,
                "book": share.book.code if share.book else None, "weight": plain(share.weight),
            }
            for share in row.shares.all()
        ],
        "proposed_by": row.proposed_by.username, "proposed_at": row.proposed_at,
    }  # fmt: skip


class Weight(serializers.Serializer[Any]):
    """The weight of a centre, or of the desk of a book."""

    centre = serializers.CharField(max_length=20, default="", allow_blank=True)
    book = serializers.CharField(max_length=20, default="", allow_blank=True)
    weight = serializers.DecimalField(
        max_digits=12, decimal_places=6, min_value=Decimal("0.000001")
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """One of both."""
        if bool(given["centre"]) == bool(given["book"]):
            raise serializers.ValidationError(
                {"centre": self.fields["centre"].error_messages["required"]}
            )
        return given


class KeyInput(serializers.Serializer[Any]):
    """How a centre is shared out from a month on (any day of it); `position` is its turn, 1 the first."""

    entity = serializers.CharField(max_length=20)
    centre = serializers.CharField(max_length=20)
    position = serializers.IntegerField(min_value=1, max_value=1_000)
    basis = serializers.ChoiceField(choices=Basis.choices)
    valid_from = Day()
    shares = Weight(many=True, default=list)


def proposed(given: dict[str, Any], *, actor: User) -> AllocationKey:
    """Propose a key as it was posted or typed."""
    told = dict(given)
    shares = told.pop("shares")
    new = services.NewKey(
        **told,
        centres=[(each["centre"], each["weight"]) for each in shares if each["centre"]],
        books=[(each["book"], each["weight"]) for each in shares if each["book"]],
    )
    return services.propose_key(new=new, actor=actor, at=timezone.now())


class Keys(OncePerKey):
    permission = {"GET": VIEW, "POST": "expenses.propose_allocationkey"}  # noqa: RUF012
    gives: ClassVar = {"POST": 201}
    filters = KeyFilter
    paged = True
    Input = KeyInput

    def get(self, request: Request) -> Response:
        """Keys by which centres are shared out, newest first."""
        rows = chosen_of(self, request, selectors.keys(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [key_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose how a centre is shared out; other eyes approve it."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        row = proposed(dict(given.validated_data), actor=user_of(request))
        return Response(key_document(row), 201, headers={"ETag": row.etag})


class ShowKey(ShowSubject):
    """One key with its shares."""

    permission = VIEW
    find = staticmethod(selectors.key)
    shown = staticmethod(key_document)


class StepOnKey(StepOnSubject):
    model = AllocationKey
    find = staticmethod(selectors.key)
    shown = staticmethod(key_document)


class ApproveKey(StepOnKey):
    """Let a key hold from its month on, as other eyes than proposed it."""

    permission = "expenses.approve_allocationkey"
    service = staticmethod(services.approve_keys)


class DeclineKey(StepOnKey):
    """Say that the centre is not shared out like that."""

    permission = "expenses.decline_allocationkey"
    Input = WithItsReason
    service = staticmethod(services.decline_keys)
