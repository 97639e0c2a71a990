"""What each step of a purchase needs before it is taken: a document, evidence, a screening."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from backoffice.documents.kinds import DocumentKind
from backoffice.documents.models import Document, SignedCopy
from backoffice.documents.state import CopyState
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from deals.state import DealState
from refdata.firm_days import firm_day
from refdata.models import IndividualDetails
from settlements.models import Settlement
from settlements.purchases.models import Purchase
from settlements.purchases.papers import DetailsMissing, delivery_of, details_of, latest, payment_of
from settlements.purchases.screening import screened
from settlements.state import Finality


class DealCancelled(Conflict):
    code = "purchase-cancelled"
    title = gettext_noop("The deal was cancelled")
    detail = gettext_noop("%(deal)s is cancelled: nothing goes on with its purchase.")
    hint = gettext_noop("Look for the deal that took its place.")


class NotSigned(Conflict):
    code = "paper-not-signed"
    title = gettext_noop("The signed document is missing")
    detail = gettext_noop("No accepted signed copy of the document is there: %(kind)s.")
    hint = gettext_noop("Issue it, bring its signed copy, and have another person accept that.")


class NotEvidenced(Conflict):
    code = "settlement-not-evidenced"
    title = gettext_noop("It is not settled yet")
    detail = gettext_noop("%(settlement)s is not final by its place's word.")
    hint = gettext_noop("Wait for the place, or have its document recorded and accepted.")


def _identified(row: Purchase, on: date) -> dict[str, Any]:
    """The person's identity document, address and bank, as two people put them in force."""
    party = row.deal.counterparty
    details: IndividualDetails | None = details_of(party, on)
    if details is None:
        raise DetailsMissing(party=party.code, what="identity, address and bank")
    return {"details": f"individualdetails-{details.pk}"}


def _screened(row: Purchase, on: date) -> dict[str, Any]:
    return screened(row.deal.counterparty, on)


def _signed(kind: DocumentKind) -> Callable[[Purchase, date], dict[str, Any]]:
    def proof(row: Purchase, on: date) -> dict[str, Any]:
        found = signed_paper(row, kind)
        if found is None:
            raise NotSigned(kind=kind.label)
        document, copy = found
        return {"evidence": document.number, "document": str(document), "copy": str(copy)}

    return proof


def signed_paper(row: Purchase, kind: DocumentKind) -> tuple[Document, SignedCopy] | None:
    """The document of a kind that holds now, with its accepted signed copy; in whichever language."""
    document = latest(row, kind)
    if document is None:
        return None
    copies = SignedCopy.objects.select_related("document").defer("content", "document__pdf")
    copy = copies.filter(
        document__subject_type=document.subject_type, document__subject_id=document.subject_id,
        document__kind=kind, document__subject_version=document.subject_version,
        state=CopyState.ACCEPTED,
    ).first()  # fmt: skip
    return None if copy is None else (copy.document, copy)


def _settled(find: Callable[[Purchase], Settlement | None]) -> Callable[..., dict[str, Any]]:
    def proof(row: Purchase, on: date) -> dict[str, Any]:
        settlement = find(row)
        if settlement is None or settlement.settlement != Finality.SETTLED:
            raise NotEvidenced(settlement=str(settlement or row.deal))
        evidence = settlement.evidence.order_by("id").first()
        return {
            "settlement": str(settlement), "evidence": evidence.reference if evidence else "",
            "settled_date": f"{settlement.settled_date:%Y-%m-%d}",
        }  # fmt: skip

    return proof


PROOFS: Mapping[str, Callable[[Purchase, date], dict[str, Any]]] = {
    "identify": _identified,
    "screen": _screened,
    "contract": _signed(DocumentKind.PURCHASE_CONTRACT),
    "order": _signed(DocumentKind.TRANSFER_ORDER),
    "credit": _settled(delivery_of),
    "act": _signed(DocumentKind.ACCEPTANCE_ACT),
    "pay": _settled(payment_of),
}


def proof_of(row: Purchase, step: str, at: datetime) -> dict[str, Any]:
    """What proves a step of a purchase, for its event. Raises what is missing."""
    if row.deal.state == DealState.CANCELLED:
        raise DealCancelled(deal=str(row.deal))
    return PROOFS[step](row, firm_day(at))
