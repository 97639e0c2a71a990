"""The operations that bring limits and end them: proposed by one person, approved by another."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithReason, user_of
from limits import selectors
from limits.changes_api import ProposeChange
from limits.defining import closings, openings
from limits.defining.rules import NAMES
from limits.documents import closing_document, opening_document
from limits.filters import OpeningFilter
from limits.models import Closing, Opening
from limits.state import LimitKind, Tenor
from refdata.models import Book, Currency, Entity, Instrument, Party, PartyGroup

NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"


def _code(model: Any) -> Any:
    """What is named by its code; left out, or empty, where the limit is not about it."""
    return serializers.SlugRelatedField(
        slug_field="code", queryset=model.objects.all(), default=None, allow_null=True
    )


class OpeningInput(serializers.Serializer[Any]):
    """A limit as it is proposed: which of `book` … `nostro_currency` it names, its kind says."""

    entity = serializers.SlugRelatedField(slug_field="code", queryset=Entity.objects.all())
    kind = serializers.ChoiceField(LimitKind.choices)
    name = serializers.RegexField(NO_CONTROLS, max_length=120)
    book = _code(Book)
    party = _code(Party)
    group = _code(PartyGroup)
    instrument = serializers.CharField(max_length=40, default="", allow_blank=True)
    trader = serializers.RegexField(NO_CONTROLS, max_length=64, default="", allow_blank=True)
    tenor = serializers.ChoiceField(Tenor.choices, default="", allow_blank=True)
    nostro_currency = serializers.CharField(max_length=3, default="", allow_blank=True)
    currency = serializers.CharField(max_length=3)
    amount = serializers.DecimalField(max_digits=19, decimal_places=4, min_value=Decimal(0))
    valid_from = serializers.DateTimeField(default=None, allow_null=True)
    reason = serializers.RegexField(NO_CONTROLS, max_length=500)
    document = serializers.RegexField(NO_CONTROLS, max_length=120, default="", allow_blank=True)

    def validate_instrument(self, code: str) -> Instrument | None:
        row = Instrument.objects.filter(asset__code=code).first() if code else None
        if code and row is None:
            raise serializers.ValidationError("This instrument is not known.", code="unknown")
        return row

    def validate_currency(self, code: str) -> str:
        if code and not Currency.objects.filter(code=code).exists():
            raise serializers.ValidationError("This currency is not known.", code="unknown")
        return code

    validate_nostro_currency = validate_currency


def proposed_by(data: Any) -> openings.LimitTerms:
    """The terms of a body that is in order."""
    given = OpeningInput(data=data)
    given.is_valid(raise_exception=True)
    values = dict(given.validated_data)
    about = {name: values.pop(name) for name in NAMES}
    return openings.LimitTerms(about=about, **values)


class Openings(OncePerKey):
    permission = {"GET": "limits.view_limit", "POST": "limits.propose_opening"}  # noqa: RUF012
    gives: ClassVar = {"POST": 201}
    paged = True
    filters = OpeningFilter
    Input = OpeningInput

    def get(self, request: Request) -> Response:
        """The limits that were proposed, newest first, and what became of each."""
        rows = selectors.openings(visible_to=user_of(request))
        chosen = chosen_of(self, request, rows)
        return paged(chosen, request, self, lambda page: [opening_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose a limit; another person approves it."""
        terms = proposed_by(request.data)
        row = openings.propose_opening(terms=terms, actor=user_of(request), at=timezone.now())
        headers = {"Location": f"/api/v1/limits/openings/{row}/", "ETag": row.etag}
        return Response(opening_document(row), 201, headers=headers)


class ShowOpening(ShowSubject):
    """One proposed limit."""

    permission = "limits.view_limit"
    find = staticmethod(selectors.opening_of)
    shown = staticmethod(opening_document)


class StepOnOpening(StepOnSubject):
    """A step of one proposed limit."""

    model = Opening
    find = staticmethod(selectors.opening_of)
    shown = staticmethod(opening_document)


class ApproveOpening(StepOnOpening):
    """Let a new limit be, as the second pair of eyes."""

    permission = "limits.approve_opening"
    service = staticmethod(openings.approve_openings)


class DeclineOpening(StepOnOpening):
    """Refuse a new limit that another person proposed."""

    permission = "limits.decline_opening"
    Input = WithReason
    service = staticmethod(openings.decline_openings)


class WithdrawOpening(StepOnOpening):
    """Take back a new limit that is not there yet."""

    permission = "limits.withdraw_opening"
    Input = WithReason
    service = staticmethod(openings.withdraw_openings)


class ClosingInput(serializers.Serializer[Any]):
    """When (left out: at its approval), and why."""

    valid_from = serializers.DateTimeField(default=None, allow_null=True)
    reason = serializers.RegexField(NO_CONTROLS, max_length=500)
    document = serializers.RegexField(NO_CONTROLS, max_length=120, default="", allow_blank=True)


class ProposeClosing(ProposeChange):
    """Ask for the end of a limit; another person approves it."""

    permission = "limits.propose_closing"
    Input = ClosingInput
    service = staticmethod(closings.propose_closing)

    def document(self, row: Closing) -> dict[str, Any]:
        return closing_document(row)


class StepOnClosing(StepOnSubject):
    """A step of one proposed end of a limit."""

    model = Closing
    find = staticmethod(selectors.closing_of)
    shown = staticmethod(closing_document)


class ApproveClosing(StepOnClosing):
    """Let a limit end, as the second pair of eyes."""

    permission = "limits.approve_closing"
    service = staticmethod(closings.approve_closings)


class DeclineClosing(StepOnClosing):
    """Keep a limit that another person would close."""

    permission = "limits.decline_closing"
    Input = WithReason
    service = staticmethod(closings.decline_closings)


class WithdrawClosing(StepOnClosing):
    """Take back the end of a limit that has not come yet."""

    permission = "limits.withdraw_closing"
    Input = WithReason
    service = staticmethod(closings.withdraw_closings)
