"""Our confirmation of a deal, as a PDF that stays what it was."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone, translation
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from backoffice.access.models import User
from backoffice.access.personal import note_read
from backoffice.documents.api import pdf_answer
from backoffice.documents.kinds import Language
from backoffice.workflow.api import user_of
from deals import documents, selectors


class GetConfirmation(APIView):
    permission = "deals.view_deal"

    class Query(serializers.Serializer[Any]):
        language = serializers.ChoiceField(Language.choices, required=False)

    def get(self, request: Request, reference: str) -> HttpResponse:
        """The confirmation of the deal's present version as PDF, in `language` or the caller's own.

        The first to ask has it issued and numbered; asked again it is the same to the byte. The other
        language carries the same number; another version is another document, which names this one.
        """
        given = self.Query(data=request.query_params)
        given.is_valid(raise_exception=True)
        return confirmation_answer(
            reference, given.validated_data.get("language", ""), user=user_of(request)
        )


def confirmation_answer(reference: str, language: str, *, user: User) -> HttpResponse:
    """The bytes for a person who may see the deal. Raises NotFound, NothingToConfirm and TypesetterBusy."""
    deal = selectors.deal(reference, visible_to=user)
    note_read([deal.counterparty])
    document = documents.confirmation_of(
        deal=deal, language=language or own_language(user), actor=user, at=timezone.now()
    )
    return pdf_answer(document)


def own_language(user: User) -> str:
    """The language in which a person reads documents: the one they chose, or that of the request."""
    wanted = user.language or translation.get_language() or ""
    return wanted[:2] if wanted[:2] in Language.values else Language.EN.value
