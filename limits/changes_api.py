"""The operations on what limits allow: overrides and caps by two people, breaches and their causes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.workflow.api import StepOnSubject, WithItsReason, WithReason, user_of
from limits import breaches, changes, selectors
from limits.breach_days import explain_together
from limits.documents import breach_document, cap_document, override_document
from limits.filters import BreachFilter
from limits.models import Breach, CapChange, LimitChange, Override
from limits.state import BreachCause

LEAST = Decimal("0.0001")  # more room is more than none


class ProposedChange(WithItsReason):
    """How much, from when (left out: from its approval), and why."""

    amount = serializers.DecimalField(max_digits=19, decimal_places=4, min_value=Decimal(0))
    valid_from = serializers.DateTimeField(default=None, allow_null=True)
    document = serializers.CharField(max_length=120, default="", allow_blank=True)


class ProposeChange(OncePerKey):
    """Subclasses name the service that proposes, and how what is proposed is shown."""

    gives: ClassVar = {"POST": 201}
    Input: ClassVar[type[serializers.Serializer[Any]]] = ProposedChange
    service: ClassVar[Callable[..., LimitChange]]

    def perform(self, request: Request, **kwargs: Any) -> Response:
        user, at = user_of(request), timezone.now()
        id = selectors.limit_of(kwargs["reference"], visible_to=user, at=at).pk
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        row = type(self).service(limit_id=id, actor=user, at=at, **given.validated_data)
        return Response(self.document(row), 201, headers={"ETag": row.etag})

    def document(self, row: Any) -> dict[str, Any]:
        raise NotImplementedError


class ProposeOverride(ProposeChange):
    """Ask for more room under a limit until a moment; another person approves it."""

    permission = "limits.propose_override"
    service = staticmethod(changes.propose_override)

    class Input(ProposedChange):
        amount = serializers.DecimalField(max_digits=19, decimal_places=4, min_value=LEAST)
        valid_until = serializers.DateTimeField()

    def document(self, row: Override) -> dict[str, Any]:
        return override_document(row)


class StepOnOverride(StepOnSubject):
    """A step of one override."""

    model = Override
    find = staticmethod(selectors.override_of)
    shown = staticmethod(override_document)


class ApproveOverride(StepOnOverride):
    """Let an override count, as the second pair of eyes."""

    permission = "limits.approve_override"
    service = staticmethod(changes.approve_overrides)


class DeclineOverride(StepOnOverride):
    """Refuse an override that another person proposed."""

    permission = "limits.decline_override"
    Input = WithReason
    service = staticmethod(changes.decline_overrides)


class WithdrawOverride(StepOnOverride):
    """End an override before its time, at once."""

    permission = "limits.withdraw_override"
    Input = WithReason
    service = staticmethod(changes.withdraw_overrides)


class ProposeCap(ProposeChange):
    """Ask for another cap; another person approves it."""

    permission = "limits.propose_cap"
    service = staticmethod(changes.propose_cap)

    def document(self, row: CapChange) -> dict[str, Any]:
        return cap_document(row)


class StepOnCap(StepOnSubject):
    """A step of one change of a cap."""

    model = CapChange
    find = staticmethod(selectors.cap_of)
    shown = staticmethod(cap_document)


class ApproveCap(StepOnCap):
    """Let a cap change, as the second pair of eyes."""

    permission = "limits.approve_cap"
    service = staticmethod(changes.approve_caps)


class DeclineCap(StepOnCap):
    """Refuse a cap that another person proposed."""

    permission = "limits.decline_cap"
    Input = WithReason
    service = staticmethod(changes.decline_caps)


class WithdrawCap(StepOnCap):
    """Take back a proposed cap that has not changed anything yet."""

    permission = "limits.withdraw_cap"
    Input = WithReason
    service = staticmethod(changes.withdraw_caps)


class ListBreaches(APIView):
    permission = "limits.view_limit"
    paged = True

    filters = BreachFilter

    def get(self, request: Request) -> Response:
        """The breaches the caller may see, newest first; `?status=LIVE` those that have not ended."""
        rows = selectors.breaches(visible_to=user_of(request))
        chosen = chosen_of(self, request, rows)
        return paged(chosen, request, self, lambda page: [breach_document(row) for row in page])


class ExplainTogether(OncePerKey):
    permission = "limits.explain_breach"
    gives: ClassVar = {"POST": 200}

    class Input(WithItsReason):
        cause = serializers.ChoiceField(choices=BreachCause.choices)

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Say once why a limit is exceeded, for all its live breaches by one cause."""
        user, at = user_of(request), timezone.now()
        id = selectors.limit_of(kwargs["reference"], visible_to=user, at=at).pk
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        outcome = explain_together(limit_id=id, actor=user, at=at, **given.validated_data)
        rows = selectors.breaches(visible_to=user).filter(pk__in=outcome.done).order_by("pk")
        return Response({"explained": [breach_document(row) for row in rows]})


class ExplainBreach(StepOnSubject):
    """Say why a limit is exceeded and what is done about it."""

    permission = "limits.explain_breach"
    model = Breach
    find = staticmethod(selectors.breach_of)
    shown = staticmethod(breach_document)
    Input = WithItsReason
    service = staticmethod(breaches.explain_breaches)
