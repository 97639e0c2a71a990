"""Giving and ending links by REST."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.access.idempotency import OncePerKey
from backoffice.workflow.api import user_of
from settlements import selectors
from settlements.api import settlement_documents
from settlements.linking import services
from settlements.linking.state import AskedKind


class LinkSettlement(OncePerKey):
    permission = "settlements.link_settlement"
    gives: ClassVar = {"POST": 201}

    class Input(serializers.Serializer[Any]):
        kind = serializers.ChoiceField(choices=AskedKind.choices)
        other = serializers.CharField(max_length=20)

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Link a settlement with another: released together, or the one settles before or after the other."""
        user, given = user_of(request), self.Input(data=request.data)
        id = selectors.settlement_id_of(kwargs["reference"], visible_to=user)
        given.is_valid(raise_exception=True)
        other = selectors.settlement_id_of(given.validated_data["other"], visible_to=user)
        services.link_settlements(
            settlement_id=id, other_id=other, kind=given.validated_data["kind"], actor=user,
            at=timezone.now(),
        )  # fmt: skip
        row = selectors.settlement(kwargs["reference"], visible_to=user)
        return Response(settlement_documents([row])[0], 201, headers={"ETag": row.etag})


class EndLink(OncePerKey):
    permission = "settlements.link_settlement"

    class Input(LinkSettlement.Input):
        reason = serializers.CharField(max_length=500, default="", allow_blank=True)

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """End a link that a person gave; each goes its own way from now on."""
        user, given = user_of(request), self.Input(data=request.data)
        id = selectors.settlement_id_of(kwargs["reference"], visible_to=user)
        given.is_valid(raise_exception=True)
        said = given.validated_data
        other = selectors.settlement_id_of(said["other"], visible_to=user)
        services.end_link(
            settlement_id=id, other_id=other, kind=said["kind"], reason=said["reason"], actor=user,
            at=timezone.now(),
        )  # fmt: skip
        row = selectors.settlement(kwargs["reference"], visible_to=user)
        return Response(settlement_documents([row])[0], headers={"ETag": row.etag})
