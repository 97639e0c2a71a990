"""A what-if on the live queue, as an operation without effect."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.kernel.decimals import plain
from backoffice.kernel.money import Money
from backoffice.workflow.api import user_of
from refdata.selectors import money_document
from settlements.running.state import RunObjective
from settlements.trying.rules import Moved
from settlements.trying.services import Answer, Change, Try, what_if


class ChangeInput(serializers.Serializer[Any]):
    """So much more of an asset (ISIN or currency) with an owner at a place, or a settlement let go.

    A delivery without a quantity is of everything that the owner is to deliver there.
    """

    kind = serializers.ChoiceField(choices=Change.choices)
    owner = serializers.CharField(max_length=40, default="", allow_blank=True)
    place = serializers.CharField(max_length=20, default="", allow_blank=True)
    asset = serializers.CharField(max_length=20, default="", allow_blank=True)
    quantity = serializers.DecimalField(max_digits=28, decimal_places=8, default=Decimal(0))
    settlement = serializers.CharField(max_length=24, default="", allow_blank=True)


class TryRun(APIView):
    permission = "settlements.run_settlement"

    class Input(serializers.Serializer[Any]):
        business_date = serializers.DateField()
        objective = serializers.ChoiceField(choices=RunObjective.choices, default="")
        entity = serializers.CharField(max_length=20, default="", allow_blank=True)
        changes = ChangeInput(many=True)

    def post(self, request: Request) -> Response:
        """What would settle besides, what no longer, and the difference in value. Nothing is written."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        asked = dict(given.validated_data)
        changes = [Try(**{**each, "kind": Change(each["kind"])}) for each in asked.pop("changes")]
        answer = what_if(changes, actor=user_of(request), at=timezone.now(), **asked)
        return Response(answer_document(answer))


def answer_document(answer: Answer) -> dict[str, Any]:
    def money(hundredths: int) -> dict[str, str]:
        return money_document(Money(Decimal(hundredths) / 100, answer.currency))

    found = answer.tried
    return {
        "business_date": answer.business_date,
        "queued": answer.queued,
        "before": {"settle": found.settles_before, "value": money(found.worth_before)},
        "after": {"settle": found.settles_after, "value": money(found.worth_after)},
        "difference": money(found.worth_after - found.worth_before),
        "besides": _moved(found.besides, answer),
        "no_longer": _moved(found.no_longer, answer),
        "still_stopped": list(answer.stopped),
        "is_best": found.is_best,
    }


def _moved(moved: Sequence[Moved], answer: Answer) -> list[dict[str, Any]]:
    """Settlements that the asker may see; a share tells how much of them settles."""
    return [
        {
            "settlement": f"S-{each.settlement_id}",
            "share_before": plain(Decimal(each.before) / each.whole),
            "share_after": plain(Decimal(each.after) / each.whole),
        }
        for each in moved
        if each.settlement_id in answer.rows
    ]
