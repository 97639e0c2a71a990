"""The operations on lots: the pools there are, and what is open and closed in one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.paging import paged
from backoffice.events.selectors import known_at
from backoffice.kernel.decimals import plain
from backoffice.workflow.api import user_of
from ledger.filters import PoolFilter
from ledger.lots.dated import require_method
from ledger.lots.matching import Change, Closing, Lot
from ledger.lots.methods import Method, Purpose
from ledger.lots.selectors import FAR, lots_of, pool_of, pools
from ledger.models import LotPool
from refdata.firm_days import firm_day
from refdata.scopes import scope_of


class ListLotPools(APIView):
    permission = "ledger.view_ledger"
    filters = PoolFilter
    paged = True

    def get(self, request: Request) -> Response:
        """Whose lots of which security are kept: one pool for each entity, owner, security and account."""
        rows = pools(visible_to=user_of(request))
        return paged(chosen_of(self, request, rows), request, self, _pools)


def _pools(page: Sequence[LotPool]) -> list[dict[str, str]]:
    return [_pool(row) for row in page]


def _pool(row: LotPool) -> dict[str, str]:
    return {
        "reference": str(row), "entity": row.entity.code, "owner": row.owner.code,
        "instrument": row.asset.code, "account": row.account,
    }  # fmt: skip


class ShowLots(APIView):
    permission = "ledger.view_ledger"

    class Query(serializers.Serializer[Any]):
        method = serializers.ChoiceField(
            [m for m in Method.values if m != Method.SPECIFIC], default=Method.FIFO.value
        )
        purpose = serializers.ChoiceField(Purpose.choices, default=Purpose.MANAGEMENT.value)
        book = serializers.CharField(required=False, max_length=20)
        as_of = serializers.DateField(required=False)
        known_at = serializers.DateTimeField(required=False)

    def get(self, request: Request, reference: str) -> Response:
        """Open lots and closings as of a date as known at a moment, by a method that the purpose allows."""
        given = self.Query(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        pool = pool_of(reference, visible_to=user_of(request))
        known = known_at(asked.get("known_at"))
        on = asked.get("as_of", firm_day(timezone.now()))
        require_method(Method(asked["method"]), Purpose(asked["purpose"]), on=on)
        found = lots_of(
            pool.pk, method=Method(asked["method"]), book=asked.get("book", ""),
            as_of=asked.get("as_of", FAR), known=known, scope=scope_of(user_of(request)),
        )  # fmt: skip
        return Response(
            {
                **_pool(pool), "method": asked["method"], "purpose": asked["purpose"],
                "currency": found.currency or None,
                "known_at": known.at, "watermark": known.number,
                "lots": [_lot(lot) for lot in found.matched.lots],
                "closings": [_closing(closing) for closing in found.matched.closings],
            }
        )  # fmt: skip


def _lot(lot: Lot) -> dict[str, Any]:
    return {
        "opening": _source(lot.opening), "side": "long" if lot.long else "short",
        "quantity": plain(lot.quantity), "amount": str(lot.gross), "fee": str(lot.fee),
    }  # fmt: skip


def _closing(closing: Closing) -> dict[str, Any]:
    return {
        "opening": _source(closing.opening), "closing": _source(closing.closing),
        "quantity": plain(closing.quantity), "proceeds": str(closing.proceeds),
        "cost": str(closing.cost), "proceeds_currency": closing.sale_currency,
        "cost_currency": closing.purchase_currency, "opening_fee": str(closing.opening_fee),
        "closing_fee": str(closing.closing_fee),
        "result": str(closing.result) if closing.single_currency else None,
    }  # fmt: skip


def _source(change: Change | None) -> dict[str, Any] | None:
    """What opened or closed a lot; at average cost no single purchase did."""
    if change is None:
        return None
    return {
        "source": change.reference, "trade_date": change.trade_date,
        "executed_at": change.executed_at, "quantity": plain(change.quantity),
        "currency": change.currency,
    }  # fmt: skip
