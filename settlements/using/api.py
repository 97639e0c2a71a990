"""The operations on uses of clients' assets."""

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
from settlements.using import selectors, services
from settlements.using.filters import AssetUseFilter
from settlements.using.models import AssetUse


def use_document(row: AssetUse) -> dict[str, Any]:
    """`right_until` is the first day on which the right is in force no more: it is to be given back by then."""
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code,
        "client": row.right.client.code, "agreement": row.right.agreement,
        "right_until": row.right.valid_until, "place": row.place.code, "asset": row.asset.code,
        "quantity": plain(row.quantity), "document": row.document, "used_on": row.used_on,
        "returned_on": row.returned_on, "returned_document": row.returned_document,
        "proposed_by": row.proposed_by.username, "proposed_at": row.proposed_at,
    }  # fmt: skip


class AssetUses(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "ledger.view_ledger", "POST": "settlements.propose_assetuse",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    filters = AssetUseFilter
    paged = True

    class Input(serializers.Serializer[Any]):
        entity = serializers.CharField(max_length=20)
        client = serializers.CharField(max_length=40)
        place = serializers.CharField(max_length=20)
        asset = serializers.CharField(max_length=40)
        quantity = serializers.DecimalField(
            max_digits=28, decimal_places=8, min_value=Decimal("0.00000001")
        )
        document = serializers.CharField(max_length=120)

    def get(self, request: Request) -> Response:
        """What of clients' assets is, was or would be in our use, newest first."""
        rows = chosen_of(self, request, selectors.asset_uses(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [use_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose to use what a client holds at a place, by its right; other eyes move it to us."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        new = services.NewUse(**given.validated_data)
        row = services.propose_use(new=new, actor=user_of(request), at=timezone.now())
        headers = {"Location": f"/api/v1/asset-uses/{row}/", "ETag": row.etag}
        return Response(use_document(row), 201, headers=headers)


class ShowAssetUse(ShowSubject):
    """One use of a client's assets."""

    permission = "ledger.view_ledger"
    find = staticmethod(selectors.asset_use)
    shown = staticmethod(use_document)


class StepOnUse(StepOnSubject):
    model = AssetUse
    find = staticmethod(selectors.asset_use)
    shown = staticmethod(use_document)


class ApproveAssetUse(StepOnUse):
    """Move it to us, as other eyes see the right and the document; it is owed to the client from then on."""

    permission = "settlements.approve_assetuse"
    service = staticmethod(services.approve_uses)


class DeclineAssetUse(StepOnUse):
    """Say that it is not used."""

    permission = "settlements.decline_assetuse"
    Input = WithItsReason
    service = staticmethod(services.decline_uses)


class GiveBackAssetUse(StepOnUse):
    """Record that it stands in the client's account again, by other eyes than proposed the use."""

    permission = "settlements.give_back_assetuse"

    class Input(serializers.Serializer[Any]):
        document = serializers.CharField(max_length=120)

    service = staticmethod(services.give_back_uses)
