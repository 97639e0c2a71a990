"""The operation that answers what can be delivered and paid."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.kernel.decimals import plain
from backoffice.workflow.api import user_of
from refdata.firm_days import firm_day
from refdata.scopes import scope_of
from settlements.inventory.selectors import Asked, Line, lines


class ShowInventory(APIView):
    permission = "ledger.view_ledger"

    class Query(serializers.Serializer[Any]):
        on = serializers.DateField(required=False)
        place = serializers.CharField(required=False, max_length=20)
        owner = serializers.CharField(required=False, max_length=40)
        asset = serializers.CharField(required=False, max_length=40)

    def get(self, request: Request) -> Response:
        """What each owner can deliver and pay at each place, now and by a value date (`on`).

        `free` = settled - pledged - on loan - blocked - collateral + credit line - sent and not final, or
        zero while a restriction forbids it. `projected` adds what open settlements due by the value date
        bring and take.
        """
        given = self.Query(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked = Asked(**{"on": firm_day(timezone.now()), **given.validated_data})
        rows = lines(asked, scope=scope_of(user_of(request)))
        return Response({"on": asked.on, "results": [document_of(row) for row in rows]})


PARTS = ("settled", "pledged", "on_loan", "blocked", "collateral", "restricted", "credit_line")


def document_of(row: Line) -> dict[str, Any]:
    numbers = {name: getattr(row.held, name) for name in PARTS}
    numbers |= row.expected._asdict() | {"free": row.free, "projected": row.projected}
    return {
        "entity": row.entity, "place": row.place, "owner": row.owner, "asset": row.asset,
        **{name: plain(value) for name, value in numbers.items()},
        "restrictions": [f"RS-{id}" for id in row.held.restrictions],
    }  # fmt: skip
