"""The operations on netting sets."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.kernel.decimals import plain
from backoffice.kernel.money import Money
from backoffice.workflow.api import ShowHistory, StepOnSubject, WithItsReason, user_of
from refdata.selectors import money_document
from settlements.models import NettingSet
from settlements.netting import selectors, services
from settlements.netting.crossings import cross_sets
from settlements.netting.filters import NettingSetFilter
from settlements.netting.gaining import spared_by
from settlements.netting.pairing import form_pair
from settlements.netting.rules import Gain
from settlements.selectors import run_of


def set_document(row: NettingSet) -> dict[str, Any]:
    """Above zero the owner receives, below zero it gives."""
    currency = row.money_asset.code
    return {
        "reference": str(row), "status": row.state, "mode": row.mode, "version": row.version,
        "entity": row.entity.code, "counterparty": row.counterparty.code, "owner": row.owner.code,
        "capacity": row.capacity, "account": row.account or None, "place": row.place.code,
        "agreement": row.agreement.reference if row.agreement else None,
        "instrument": row.asset.code if row.asset_id != row.money_asset_id else None,
        "due_date": row.due_date, "cut_off_at": row.cut_off_at, "members": row.count,
        "quantity": plain(row.quantity), "amount": money_document(Money(row.amount, currency)),
        "gross_quantity": plain(row.gross_quantity),
        "gross_amount": money_document(Money(row.gross_amount, currency)),
        "saved": money_document(Money(row.saved_amount, currency)),
        "evidence": row.evidence or None, "formed_at": row.formed_at,
    }  # fmt: skip


class NettingSets(OncePerKey):
    """The netting sets, and proposing a pair-off."""

    permission = {  # noqa: RUF012
        "GET": "settlements.view_settlement", "POST": "settlements.form_nettingset",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    filters = NettingSetFilter
    paged = True

    class Input(serializers.Serializer[Any]):
        settlements = serializers.ListField(
            child=serializers.CharField(max_length=24), min_length=2, max_length=200
        )

    def get(self, request: Request) -> Response:
        """Netting sets, newest first: what they come to gross and net."""
        rows = selectors.netting_sets(visible_to=user_of(request))
        rows = chosen_of(self, request, rows)
        return paged(rows, request, self, lambda page: [set_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose to settle deliveries and receipts of one security with one counterparty by their difference.

        Nothing is bound until it is agreed, which names the evidence of the other side.
        """
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        user = user_of(request)
        formed = form_pair(
            references=given.validated_data["settlements"], actor=user, at=timezone.now()
        )
        row = selectors.netting_set(str(formed), visible_to=user)
        headers = {"Location": f"/api/v1/netting-sets/{row}/", "ETag": row.etag}
        return Response(set_document(row), 201, headers=headers)


class ShowNettingSet(APIView):
    permission = "settlements.view_settlement"

    def get(self, request: Request, reference: str) -> Response:
        """One netting set: its members, and the settlements on its net."""
        row = selectors.netting_set(reference, visible_to=user_of(request))
        document = {
            **set_document(row),
            "settlements": [
                {
                    "settlement": str(each.settlement), "quantity": plain(each.quantity),
                    "amount": money_document(Money(each.amount, row.money_asset.code)),
                }
                for each in selectors.within(row)
            ],
            "nets": [str(each) for each in selectors.nets_of(row)],
        }  # fmt: skip
        return Response(document, headers={"ETag": row.etag})


def _gain(gain: Gain) -> dict[str, Any]:
    return {
        "quantity": plain(gain.net), "count": gain.net_count,
        "saved_percent": plain(round(gain.saved * 100, 1)),
    }  # fmt: skip


class ShowRunNetting(APIView):
    permission = "settlements.view_settlement"

    def get(self, request: Request, reference: str) -> Response:
        """What netting spared in a run over our own books: by place and asset what moved, and what was needed.

        `by_pairs` is what would have moved netted between each two, `among_all` between all of them: that much
        had to be at hand before.
        """
        run = run_of(reference, visible_to=user_of(request))
        return Response({"results": [
            {
                "place": each.place, "asset": each.asset, "gross": plain(each.gross),
                "count": each.among_all.gross_count, "by_pairs": _gain(each.by_pairs),
                "among_all": _gain(each.among_all),
            }
            for each in spared_by(run)
        ]})  # fmt: skip


class ShowSetHistory(ShowHistory):
    """Everything that happened to a netting set, first to last."""

    permission = "settlements.view_settlement"
    subject = "nettingset"
    find = staticmethod(selectors.netting_set)


class StepOnSet(StepOnSubject):
    model = NettingSet
    find = staticmethod(selectors.netting_set)
    shown = staticmethod(set_document)


class AgreeNettingSet(StepOnSet):
    """Agree to settle by the net: the members move together, and the net waits for other eyes to release it.

    With `If-Match` only what you saw. `evidence` names the message or document of the other side's agreement.
    """

    class Input(serializers.Serializer[Any]):
        evidence = serializers.CharField(max_length=120, default="", allow_blank=True)

    permission = "settlements.agree_nettingset"
    service = staticmethod(services.agree_sets)


class CrossNettingSet(StepOnSet):
    """Let two sides of ours cross, as other eyes: both are final at once, without the market."""

    permission = "settlements.cross_nettingset"
    service = staticmethod(cross_sets)


class ReopenNettingSet(StepOnSet):
    """Undo an agreed set whose net has not gone out: each member settles by itself, or in another set."""

    permission = "settlements.reopen_nettingset"
    Input = WithItsReason
    service = staticmethod(services.reopen_sets)
