"""Making one block of fills over REST."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.access.idempotency import OncePerKey
from backoffice.workflow.api import user_of
from deals import selectors
from deals.allocating.rules import MOST_SHARES
from settlements.changing.grouping import group_deals


class GroupFills(OncePerKey):
    """Make one block of captured deals on the same terms, at their average price."""

    permission = "deals.allocate_deal"
    gives = {"POST": 201}  # noqa: RUF012

    class Input(serializers.Serializer[Any]):
        references = serializers.ListField(
            child=serializers.CharField(max_length=24), min_length=1, max_length=MOST_SHARES
        )
        external_ref = serializers.CharField(max_length=64)
        reason = serializers.CharField(max_length=500, default="", allow_blank=True)

    def perform(self, request: Request, **kwargs: Any) -> Response:
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        user, said = user_of(request), given.validated_data
        ids = [selectors.deal_id_of(each, visible_to=user) for each in said["references"]]
        id = group_deals(
            ids=sorted(set(ids)), external_ref=said["external_ref"], reason=said["reason"],
            actor=user, at=timezone.now(),
        )  # fmt: skip
        row = selectors.deal(f"D-{id}", visible_to=user)
        (document,) = selectors.deal_documents([row])
        headers = {"Location": document["links"]["self"], "ETag": row.etag}
        return Response(document, status=201, headers=headers)
