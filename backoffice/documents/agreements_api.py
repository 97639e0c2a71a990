"""The operations on the register of agreements; what changes it is proposed as other reference data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.access.personal import note_read
from backoffice.documents import agreements, selectors
from backoffice.documents.api import document_document
from backoffice.documents.filters import AgreementFilter
from backoffice.documents.kinds import Language
from backoffice.workflow.api import user_of
from refdata.agreements.services import SUBJECT
from refdata.firm_days import firm_day


def agreement_document(row: Any) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "status": row.standing,
        "number": row.number,
        "kind": row.kind,
        "entity": row.entity.code,
        "party": row.party.code,
        "signed_on": row.signed_on,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "governing_law": row.governing_law,
        "products": row.products,
        "currencies": row.currencies,
        "netting": row.netting,
        "netting_opinion": row.netting_opinion,
        "netting_until": row.netting_until,
        "payment_netting": row.payment_netting,
        "document": row.document,
        "signed_copy": row.signed_copy,
        "links": {
            "self": f"/api/v1/agreements/{row.reference}/",
            "row": f"/api/v1/reference-rows/agreement-{row.pk}/",
        },
    }


class Agreements(APIView):
    permission = "refdata.view_refdata"
    filters = AgreementFilter
    paged = True

    def get(self, request: Request) -> Response:
        """The register of agreements, newest first; `valid_until` is the first day on which one holds no more."""
        rows = agreements.agreements(visible_to=user_of(request), on=firm_day(timezone.now()))
        chosen = chosen_of(self, request, rows)

        def shown(page: Sequence[Any]) -> list[dict[str, Any]]:
            note_read(row.party for row in page)
            return [agreement_document(row) for row in page]

        return paged(chosen, request, self, shown)


class ShowAgreement(APIView):
    permission = "refdata.view_refdata"

    def get(self, request: Request, reference: str) -> Response:
        """One agreement, with the sheets that were issued of it."""
        user = user_of(request)
        row = agreements.agreement(reference, visible_to=user, on=firm_day(timezone.now()))
        note_read([row.party])
        sheets = []
        if user.has_perm("documents.view_document"):
            sheets = selectors.documents_about(SUBJECT, row.pk, visible_to=user)
        return Response(
            agreement_document(row) | {"sheets": [document_document(each) for each in sheets]}
        )


class SheetInput(serializers.Serializer[Any]):
    """In which language the sheet is written."""

    language = serializers.ChoiceField(Language.choices, default=Language.EN)


class IssueAgreement(OncePerKey):
    permission = "refdata.issue_agreement"
    gives: ClassVar = {"POST": 201}
    Input = SheetInput

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Issue the sheet of an agreement as it stands: the same document until the agreement changes."""
        user = user_of(request)
        row = agreements.agreement(
            kwargs["reference"], visible_to=user, on=firm_day(timezone.now())
        )
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        note_read([row.party])
        (made,) = agreements.issue_agreements(
            ids=[row.pk], language=given.validated_data["language"], actor=user, at=timezone.now()
        )
        told = selectors.document(str(made), visible_to=user)
        location = f"/api/v1/documents/{made}/"
        return Response(document_document(told), 201, headers={"Location": location})
