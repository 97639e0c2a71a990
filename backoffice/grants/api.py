"""Roles of people under /role-grants/: proposed by one, approved by another, ended by one."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.access.idempotency import OncePerKey
from backoffice.access.models import User
from backoffice.access.paging import paged
from backoffice.access.roles import ROLES
from backoffice.grants import selectors, services
from backoffice.grants.models import RoleGrant
from backoffice.kernel.errors import NotFound
from backoffice.workflow.api import StepOnSubject, WithReason, user_of


def grant_document(row: RoleGrant) -> dict[str, Any]:
    """A grant as the API shows it."""
    return {
        "reference": str(row), "user": row.user.username, "role": row.role, "status": row.state,
        "valid_until": row.valid_until, "reason": row.reason, "proposed_at": row.proposed_at,
        "proposed_by": row.proposed_by.username if row.proposed_by else None,
        "approved_by": row.approved_by.username if row.approved_by else None,
    }  # fmt: skip


class RoleGrants(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "grants.view_rolegrant", "POST": "grants.propose_rolegrant",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    paged = True

    class Input(serializers.Serializer[Any]):
        user = serializers.RegexField(r"^[^\x00-\x1f]+$", max_length=150)
        role = serializers.ChoiceField([(name, name) for name in ROLES])
        valid_until = serializers.DateTimeField(default=None, allow_null=True)
        reason = serializers.RegexField(
            r"^[^\x00-\x1f]*$", max_length=500, default="", allow_blank=True
        )

    def get(self, request: Request) -> Response:
        """Who holds, held or would hold which role, newest first."""
        rows = selectors.grants()
        return paged(rows, request, self, lambda page: [grant_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose a role for somebody else, until a moment if wanted; another person approves it."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        values["user"] = person(values["user"])
        row = services.propose_grant(actor=user_of(request), at=timezone.now(), **values)
        return Response(grant_document(row), 201, headers={"ETag": row.etag})


def person(username: str) -> User:
    """Somebody who may sign in. Raises NotFound."""
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise NotFound(what="user", reference=username)
    return user


class StepOnGrant(StepOnSubject):
    """A step of one grant."""

    model = RoleGrant
    find = staticmethod(lambda reference, visible_to: selectors.grant(reference))  # of no entity
    shown = staticmethod(grant_document)


class ApproveGrant(StepOnGrant):
    """Let somebody hold a role, as the second pair of eyes."""

    permission = "grants.approve_rolegrant"
    service = staticmethod(services.approve_grants)


class DeclineGrant(StepOnGrant):
    """Refuse a role that was proposed."""

    permission = "grants.decline_rolegrant"
    Input = WithReason
    service = staticmethod(services.decline_grants)


class WithdrawGrant(StepOnGrant):
    """Take a proposal back."""

    permission = "grants.withdraw_rolegrant"
    Input = WithReason
    service = staticmethod(services.withdraw_grants)


class EndGrant(StepOnGrant):
    """Take a role away, at once."""

    permission = "grants.end_rolegrant"
    Input = WithReason
    service = staticmethod(services.end_grants)
