"""The operations on firm profiles: proposed, approved by other eyes, declined, withdrawn."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.access.idempotency import OncePerKey
from backoffice.access.models import User
from backoffice.access.paging import paged
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithReason, user_of
from refdata.firm_profiles import selectors, services
from refdata.firm_profiles.state import Jurisdiction, Licence, SwiftAccess
from refdata.models import Entity, FirmProfile
from refdata.scopes import OutOfScope, scope_of

NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"


def profile_document(row: FirmProfile) -> dict[str, Any]:
    return {
        "reference": str(row),
        "status": row.state,
        "entity": row.entity.code,
        "valid_from": row.valid_from,
        "jurisdiction": row.jurisdiction,
        "licence": row.licence,
        "tax_agent": row.tax_agent,
        "swift": row.swift,
        "reason": row.reason,
        "proposed_by": row.proposed_by.username,
        "proposed_at": row.proposed_at,
        "approved_by": row.approved_by.username if row.approved_by else None,
    }


class ProfileInput(serializers.Serializer[Any]):
    """A profile as it is proposed."""

    entity = serializers.SlugRelatedField(slug_field="code", queryset=Entity.objects.all())
    valid_from = serializers.DateField()
    jurisdiction = serializers.ChoiceField(Jurisdiction.choices)
    licence = serializers.ChoiceField(Licence.choices)
    tax_agent = serializers.BooleanField()
    swift = serializers.ChoiceField(SwiftAccess.choices)
    reason = serializers.RegexField(NO_CONTROLS, max_length=500, default="", allow_blank=True)


def proposed_by_form(data: Any, *, user: User) -> services.ProfileTerms:
    """The terms of a body that is in order, for an entity that the person may write for."""
    given = ProfileInput(data=data)
    given.is_valid(raise_exception=True)
    terms = services.ProfileTerms(**given.validated_data)
    if not scope_of(user).covers(entity_id=terms.entity.pk):
        raise OutOfScope(what=terms.entity.code)
    return terms


class Profiles(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "refdata.view_refdata", "POST": "refdata.propose_profile",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    paged = True
    Input = ProfileInput

    def get(self, request: Request) -> Response:
        """The firm profiles the caller may see, newest first."""
        rows = selectors.profiles(visible_to=user_of(request))
        return paged(rows, request, self, lambda page: [profile_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose what an entity is from a day on; another person approves it."""
        user = user_of(request)
        terms = proposed_by_form(request.data, user=user)
        row = services.propose_profile(terms=terms, actor=user, at=timezone.now())
        headers = {"Location": f"/api/v1/firm-profiles/{row}/", "ETag": row.etag}
        return Response(profile_document(row), 201, headers=headers)


class ShowProfile(ShowSubject):
    """One firm profile."""

    permission = "refdata.view_refdata"
    find = staticmethod(selectors.profile)
    shown = staticmethod(profile_document)


class StepOnProfile(StepOnSubject):
    """A step of one firm profile."""

    model = FirmProfile
    find = staticmethod(selectors.profile)
    shown = staticmethod(profile_document)


class ApproveProfile(StepOnProfile):
    """Let a profile hold, as the second pair of eyes."""

    permission = "refdata.approve_profile"
    service = staticmethod(services.approve_profiles)


class DeclineProfile(StepOnProfile):
    """Refuse a profile that another person proposed."""

    permission = "refdata.decline_profile"
    Input = WithReason
    service = staticmethod(services.decline_profiles)


class WithdrawProfile(StepOnProfile):
    """Take back a profile that was not approved yet."""

    permission = "refdata.withdraw_profile"
    Input = WithReason
    service = staticmethod(services.withdraw_profiles)
