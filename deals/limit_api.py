"""Asking what a deal would need of its limits, and holding that room for a while before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.idempotency import OncePerKey
from backoffice.access.models import User
from backoffice.kernel.money import Money
from deals.exposure import DealNeed
from deals.intake import needs_of_terms
from deals.schema import WrongShape, terms_of
from limits.rules import LimitRequest
from limits.selectors import available_under
from limits.services import MAX_TTL_SECONDS, reserve
from refdata.selectors import money_document


class TimeToLive(serializers.Serializer[Any]):
    ttl_seconds = serializers.IntegerField(min_value=1, max_value=MAX_TTL_SECONDS, default=60)


def _needs(request: Request) -> Sequence[DealNeed]:
    """What the deal in the body needs; it may stand by itself or under `deal`."""
    body = request.data
    if not isinstance(body, dict):
        raise WrongShape(count=1)
    document = body.get("deal", {k: v for k, v in body.items() if k != "ttl_seconds"})
    if not isinstance(document, dict):
        raise WrongShape(count=1)
    assert isinstance(request.user, User)
    return needs_of_terms(terms_of(document), actor=request.user, at=timezone.now())


def _row(need: DealNeed, **amounts: Any) -> dict[str, Any]:
    currency = need.limit.currency
    return {
        "limit": f"L-{need.limit.id}",
        "kind": need.limit.kind,
        "name": need.limit.name,
        "basis": need.basis,
        **{name: money_document(Money(amount, currency)) for name, amount in amounts.items()},
    }


class CheckLimits(APIView):
    permission = "limits.check_limit"

    def post(self, request: Request) -> Response:
        """Whether a deal would fit under its limits now; nothing is held."""
        needs = _needs(request)
        available = available_under([need.limit.id for need in needs], at=timezone.now())
        rows = [
            _row(need, needed=need.amount, available=available[need.limit.id])
            | {"fits": need.amount <= available[need.limit.id]}
            for need in needs
        ]
        return Response({"fits": all(row["fits"] for row in rows), "limits": rows})


class ReserveLimits(OncePerKey):
    permission = "limits.reserve_limit"
    gives: ClassVar = {"POST": 201}

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Hold the room that a deal needs, for `ttl_seconds`, or say which limit is short."""
        body = request.data if isinstance(request.data, dict) else {}
        ttl = TimeToLive(data={k: v for k, v in body.items() if k == "ttl_seconds"})
        ttl.is_valid(raise_exception=True)
        needs = _needs(request)
        assert isinstance(request.user, User)
        hold, _ = reserve(
            LimitRequest([need.as_need() for need in needs]),
            ttl_seconds=ttl.validated_data["ttl_seconds"], actor=request.user, at=timezone.now(),
        )  # fmt: skip
        reference = f"H-{hold.pk}"
        document = {
            "reference": reference,
            "status": "HELD",
            "expires_at": hold.expires_at.isoformat(),
            "limits": [_row(need, reserved=need.amount) for need in needs],
        }
        location = f"/api/v1/limits/reservations/{reference}/"
        return Response(document, 201, headers={"Location": location})
