"""The register of agreements as it is read, and the sheets that are issued of them and signed.

What is signed is the sheet: a numbered document of the agreement as it stood, kept with its scan.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, TextField, Value, When
from django.utils import translation

from backoffice.access.models import User
from backoffice.documents.issuing import Order, issue_documents
from backoffice.documents.kinds import DocumentKind, Language
from backoffice.documents.models import Document, SignedCopy
from backoffice.documents.state import CopyState
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.agreements.services import SUBJECT
from refdata.agreements.state import AgreementKind, Standing
from refdata.firm_days import firm_day
from refdata.models import Agreement
from refdata.scopes import visible


def agreements(*, visible_to: User, on: date) -> QuerySet[Any]:
    """The register, newest first: where each stands on a day, and whether a signed copy is kept."""
    copies = SignedCopy.objects.filter(
        document__subject_type=SUBJECT, document__subject_id=OuterRef("pk"),
        state=CopyState.ACCEPTED,
    )  # fmt: skip
    rows = Agreement.objects.select_related("entity__own_party", "party").annotate(
        standing=Case(
            When(valid_from__gt=on, then=Value(Standing.COMING.value)),
            When(Q(valid_until__lte=on), then=Value(Standing.ENDED.value)),
            default=Value(Standing.HOLDS.value), output_field=TextField(),
        ),
        signed_copy=Exists(copies),
    )  # fmt: skip
    return visible(rows.order_by("-id"), visible_to)


def agreement(reference: str, *, visible_to: User, on: date) -> Any:
    """The row of a reference such as `AG-3`. Raises NotFound."""
    id = number_in(reference, "AG", "agreement")
    row = agreements(visible_to=visible_to, on=on).filter(pk=id).first()
    if row is None:
        raise NotFound(what="agreement", reference=reference)
    return row


@transaction.atomic
def issue_agreements(*, ids: list[int], language: str, actor: User, at: datetime) -> list[Document]:
    """The sheet of each agreement as it stands now: issued once, another after a change."""
    rows = Agreement.objects.select_related("entity__own_party", "party").filter(pk__in=ids)
    orders = [_sheet(row, language, at) for row in rows.order_by("pk")]
    return issue_documents(orders=orders, actor=actor, at=at)


def _sheet(row: Agreement, language: str, at: datetime) -> Order:
    changes = [event for event in history_of(SUBJECT, row.pk) if event.kind == "refdata.change"]
    return Order(
        kind=DocumentKind.AGREEMENT_SHEET, language=language, subject_type=SUBJECT,
        subject_id=row.pk, version=len(changes) + 1, entity_id=row.entity_id, book_id=None,
        party_id=row.party_id, on=firm_day(at),
        data={
            "us": _party(row.entity.own_party), "them": _party(row.party),
            "agreement": {
                "number": row.number, "kind": _in_both(AgreementKind(row.kind).label),
                "signed_on": row.signed_on.isoformat(), "valid_from": row.valid_from.isoformat(),
                "valid_until": row.valid_until.isoformat() if row.valid_until else "",
                "products": list(row.products), "currencies": list(row.currencies),
                "netting": "yes" if row.netting else "no", "governing_law": row.governing_law,
            },
        },
    )  # fmt: skip


def _party(party: Any) -> dict[str, Any]:
    return {"name": {"en": party.name, "ru": party.name_ru or party.name}, "code": party.code}


def _in_both(text: Any) -> dict[str, str]:
    found = {}
    for language in Language.values:
        with translation.override(language):
            found[language] = str(text)
    return found
