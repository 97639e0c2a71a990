"""Asking what a deal would need of its limits, and holding that room for a while before it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.idempotency import answer_of, kept_answer, keyed
from backoffice.access.models import User
from backoffice.kernel.errors import Refusal
from backoffice.workflow.api import user_of
from deals.capturing.intake import needs_of_terms
from deals.capturing.schema import WrongShape, terms_of
from deals.exposing.asking import ask
from deals.exposing.documents import answer_document, found_document
from deals.exposing.reserving import Reserving, reserve_group
from deals.exposing.what_if import Shock, if_capped, if_dealt, if_moved
from deals.terms import Terms
from limits.holding import Asked
from limits.services import MAX_TTL_SECONDS
from refdata.firm_days import firm_day


class TimeToLive(serializers.Serializer[Any]):
    ttl_seconds = serializers.IntegerField(min_value=1, max_value=MAX_TTL_SECONDS, default=60)


def _terms(request: Request) -> Terms:
    """The deal in the body; it may stand by itself or under `deal`."""
    body = request.data
    if not isinstance(body, dict):
        raise WrongShape(count=1)
    document = body.get("deal", {k: v for k, v in body.items() if k != "ttl_seconds"})
    if not isinstance(document, dict):
        raise WrongShape(count=1)
    return terms_of(document)


class ShockInput(serializers.Serializer[Any]):
    percent = serializers.DecimalField(max_digits=9, decimal_places=4)
    instrument = serializers.CharField(max_length=64, default="", allow_blank=True)
    currency = serializers.CharField(max_length=3, default="", allow_blank=True)


class CapInput(serializers.Serializer[Any]):
    limit = serializers.CharField(max_length=24)
    amount = serializers.DecimalField(max_digits=19, decimal_places=4, min_value=Decimal(0))


class CheckLimits(APIView):
    permission = "limits.check_limit"

    def post(self, request: Request) -> Response:
        """Every limit a deal would use, whether it fits, and if not what would make it pass.

        Nothing is held. `taken` says when: at capture, or at the release of what the deal gives.
        What would pass is tried: the largest quantity, payment against delivery, the market's date,
        another book of the caller's, or so much more room under which limits.
        """
        assert isinstance(request.user, User)
        answer = ask(_terms(request), actor=request.user, at=timezone.now())
        return Response(answer_document(answer))


class ReserveLimits(APIView):
    permission = "limits.reserve_limit"
    gives: ClassVar = {"POST": 201}

    def post(self, request: Request) -> HttpResponse:
        """Hold the room that a deal needs, for `ttl_seconds`, or say which limit is short."""
        once = keyed(request)
        body = request.data if isinstance(request.data, dict) else {}
        ttl = TimeToLive(data={k: v for k, v in body.items() if k == "ttl_seconds"})
        ttl.is_valid(raise_exception=True)
        actor, at = user_of(request), timezone.now()
        try:
            needs = needs_of_terms(_terms(request), actor=actor, at=at)
        except Refusal:  # by now; it may have been done before
            if (kept := kept_answer(once)) is not None:
                return kept
            raise
        seconds = ttl.validated_data["ttl_seconds"]
        asked = Asked([need.as_need() for need in needs], seconds, actor, at)
        found = reserve_group.submit(Reserving(once, needs, asked))
        if found.refusal is not None:
            raise found.refusal
        assert found.record is not None
        return answer_of(found.record, replayed=found.replayed)


class WhatIf(APIView):
    permission = "limits.try_limit"

    class Input(serializers.Serializer[Any]):
        """One of the three."""

        deal = serializers.DictField(required=False)
        shock = ShockInput(required=False)
        cap = CapInput(required=False)

    def post(self, request: Request) -> Response:
        """What would become of limits, without any effect: by a deal, by prices that move, by a cap.

        `{"deal": {…}}`, `{"shock": {"percent", "instrument" or "currency" or neither}}`, or
        `{"cap": {"limit", "amount"}}`. The answer has each limit that would change, before and after.
        """
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        assert isinstance(request.user, User)
        asker: dict[str, Any] = {"actor": request.user, "at": timezone.now()}
        named = given.validated_data
        if "cap" in named:
            found = if_capped(named["cap"]["limit"], named["cap"]["amount"], **asker)
        elif "shock" in named:
            today = firm_day(timezone.now())
            found = if_moved(Shock(**named["shock"]), business_date=today, **asker)
        else:
            found = if_dealt(terms_of(dict(named.get("deal", {}))), **asker)
        return Response(found_document(found))
