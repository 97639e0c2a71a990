"""The operations on interest claims and on buy-ins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
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
from backoffice.kernel.errors import NotFound
from backoffice.kernel.money import Money
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithItsReason, WithReason, user_of
from backoffice.workflow.transitions import Outcome
from refdata.models import Place
from refdata.selectors import money_document
from settlements.fails.api import Day
from settlements.fails.claims import selectors, services
from settlements.fails.claims.filters import BuyInFilter, InterestClaimFilter
from settlements.fails.claims.models import BuyIn, InterestClaim
from settlements.fails.claims.state import Claimant
from settlements.selectors import settlement


def claim_document(row: InterestClaim) -> dict[str, Any]:
    """`computed` is what our own penalties come to for the side that claims."""
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code,
        "settlement": f"S-{row.settlement_id}", "counterparty": row.settlement.counterparty.code,
        "claimant": row.claimant, "first_day": row.first_day, "last_day": row.last_day,
        "computed": money_document(Money(row.computed, row.currency)),
        "amount": money_document(Money(row.amount, row.currency)), "document": row.document,
        "paid_at": row.paid_at.code if row.paid_at else None, "paid_document": row.paid_document,
        "proposed_by": row.proposed_by.username if row.proposed_by else None, "proposed_at": row.proposed_at,
    }  # fmt: skip


def buy_in_document(row: BuyIn) -> dict[str, Any]:
    """`difference` is what it cost more than was agreed; below zero it was cheaper."""
    difference = row.difference
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code,
        "settlement": f"S-{row.settlement_id}", "counterparty": row.settlement.counterparty.code,
        "instrument": row.settlement.asset.code, "quantity": plain(row.quantity),
        "agreed": money_document(Money(row.agreed, row.currency)), "execute_by": row.execute_by,
        "price": None if row.price is None else plain(row.price),
        "difference": None if difference is None else money_document(Money(difference, row.currency)),
        "document": row.document, "proposed_by": row.proposed_by.username, "proposed_at": row.proposed_at,
    }  # fmt: skip


class InterestClaims(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "settlements.view_settlement", "POST": "settlements.propose_interestclaim",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    filters = InterestClaimFilter
    paged = True

    class Input(serializers.Serializer[Any]):
        settlement = serializers.CharField(max_length=20)
        claimant = serializers.ChoiceField(choices=Claimant.choices)
        amount = serializers.DecimalField(
            max_digits=24, decimal_places=4, min_value=Decimal("0.0001"), required=False
        )
        document = serializers.CharField(max_length=120, default="", allow_blank=True)

    def get(self, request: Request) -> Response:
        """Interest claims to and from counterparties, newest first."""
        rows = chosen_of(self, request, selectors.interest_claims(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [claim_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Claim what the contract gives for a fail (US), or record what they claim (THEM, with an amount)."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        told, user = given.validated_data, user_of(request)
        row = services.propose_claim(
            settlement=settlement(told["settlement"], visible_to=user), claimant=told["claimant"],
            amount=told.get("amount"), document=told["document"], actor=user, at=timezone.now(),
        )  # fmt: skip
        headers = {"Location": f"/api/v1/interest-claims/{row}/", "ETag": row.etag}
        return Response(claim_document(row), 201, headers=headers)


class ShowInterestClaim(ShowSubject):
    """One interest claim."""

    permission = "settlements.view_settlement"
    find = staticmethod(selectors.interest_claim)
    shown = staticmethod(claim_document)


class StepOnClaim(StepOnSubject):
    model = InterestClaim
    find = staticmethod(selectors.interest_claim)
    shown = staticmethod(claim_document)


class ApproveInterestClaim(StepOnClaim):
    """Agree, as other eyes, that it is owed: it is booked."""

    permission = "settlements.approve_interestclaim"
    service = staticmethod(services.approve_claims)


class DeclineInterestClaim(StepOnClaim):
    """Say that it is not owed."""

    permission = "settlements.decline_interestclaim"
    Input = WithReason
    service = staticmethod(services.decline_claims)


class DropInterestClaim(StepOnClaim):
    """Give up what was booked, as other eyes than the proposer's: it is reversed."""

    permission = "settlements.drop_interestclaim"
    Input = WithItsReason
    service = staticmethod(services.drop_claims)


class PayInterestClaim(StepOnClaim):
    """Record that the money moved at a place, as a document shows, by other eyes than the proposer's."""

    permission = "settlements.pay_interestclaim"

    class Input(serializers.Serializer[Any]):
        place = serializers.CharField(max_length=20)
        document = serializers.CharField(max_length=120)

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        given = self._given(request)
        place = Place.objects.filter(code=given["place"]).first()
        if place is None:
            raise NotFound(what="place", reference=given["place"])
        return services.pay_claims(
            ids=ids, place_id=place.pk, document=given["document"], actor=user, at=at
        )


class BuyIns(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "settlements.view_settlement", "POST": "settlements.propose_buyin",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    filters = BuyInFilter
    paged = True

    class Input(serializers.Serializer[Any]):
        settlement = serializers.CharField(max_length=20)
        execute_by = Day()

    def get(self, request: Request) -> Response:
        """Buy-ins of what counterparties do not deliver, newest first."""
        rows = chosen_of(self, request, selectors.buy_ins(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [buy_in_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose to buy in what of a settlement was not delivered to us; other eyes notify the counterparty."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        told, user = given.validated_data, user_of(request)
        row = services.propose_buy_in(
            settlement=settlement(told["settlement"], visible_to=user),
            execute_by=told["execute_by"], actor=user, at=timezone.now(),
        )  # fmt: skip
        headers = {"Location": f"/api/v1/buy-ins/{row}/", "ETag": row.etag}
        return Response(buy_in_document(row), 201, headers=headers)


class ShowBuyIn(ShowSubject):
    """One buy-in."""

    permission = "settlements.view_settlement"
    find = staticmethod(selectors.buy_in)
    shown = staticmethod(buy_in_document)


class StepOnBuyIn(StepOnSubject):
    model = BuyIn
    find = staticmethod(selectors.buy_in)
    shown = staticmethod(buy_in_document)


class NotifyBuyIn(StepOnBuyIn):
    """Tell the counterparty that we buy in, as other eyes agree."""

    permission = "settlements.notify_buyin"
    service = staticmethod(services.notify_buy_ins)


class ExecuteBuyIn(StepOnBuyIn):
    """Record at what price it was bought, by its contract note."""

    permission = "settlements.execute_buyin"
    service = staticmethod(services.execute_buy_ins)

    class Input(serializers.Serializer[Any]):
        price = serializers.DecimalField(
            max_digits=24,
            decimal_places=8,
            min_value=Decimal("0.00000001"),
            max_value=Decimal(10**9),
        )
        document = serializers.CharField(max_length=120)


class CompensateBuyIn(StepOnBuyIn):
    """Book the difference to the agreed price as owed, as other eyes than recorded it."""

    permission = "settlements.compensate_buyin"
    service = staticmethod(services.compensate_buy_ins)


class AbandonBuyIn(StepOnBuyIn):
    """End it without a purchase."""

    permission = "settlements.abandon_buyin"
    Input = WithItsReason
    service = staticmethod(services.abandon_buy_ins)
