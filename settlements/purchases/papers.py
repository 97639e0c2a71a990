"""The documents of a purchase from an individual: what they are made from, and when each is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import translation

from backoffice.access.models import User
from backoffice.documents.issuing import Order, issue_documents
from backoffice.documents.kinds import DocumentKind
from backoffice.documents.models import Document
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from deals.documents import money_text, names_of, party_data
from deals.models import Flow
from refdata.firm_days import firm_day
from refdata.models import (
    DepositoryAccount,
    IndividualDetails,
    NostroAccount,
    Party,
    PartyIdentifier,
    StandingInstruction,
)
from refdata.models.individuals import IdentityKind
from settlements.models import Settlement
from settlements.purchases.models import Purchase
from settlements.purchases.state import Advance, PurchaseState

SUBJECT = "deal"
# From which state on a document may be issued; the order to pay also once an advance is allowed.
DUE_FROM: Mapping[DocumentKind, PurchaseState] = {
    DocumentKind.PURCHASE_CONTRACT: PurchaseState.SCREENED,
    DocumentKind.TRANSFER_ORDER: PurchaseState.CONTRACTED,
    DocumentKind.ACCEPTANCE_ACT: PurchaseState.CREDITED,
    DocumentKind.PAYMENT_ORDER: PurchaseState.ACCEPTED,
}
_ORDER = list(PurchaseState)


class PaperNotDue(Conflict):
    code = "paper-not-due"
    title = gettext_noop("It is too early for this document")
    detail = gettext_noop("%(kind)s comes once the purchase is %(state)s.")
    hint = gettext_noop("Take the steps before it first; the checklist names them.")


class DetailsMissing(Conflict):
    code = "seller-details-missing"
    title = gettext_noop("Something about the seller or about us is not known")
    detail = gettext_noop("%(party)s lacks: %(what)s.")
    hint = gettext_noop("Have it proposed and approved under Reference data.")


def may_issue(row: Purchase, kind: DocumentKind) -> bool:
    """Whether the purchase has come far enough for a document."""
    advance = kind == DocumentKind.PAYMENT_ORDER and row.advance == Advance.ALLOWED
    return advance or _ORDER.index(PurchaseState(row.state)) >= _ORDER.index(DUE_FROM[kind])


@transaction.atomic
def issue_papers(
    *, purchase: Purchase, kind: DocumentKind, language: str, actor: User, at: datetime
) -> Document:
    """A document of the pack: the one issued before, or a new one where its data have changed.

    Raises PaperNotDue, DetailsMissing, and what issuing raises.
    """
    row = Purchase.objects.select_for_update(of=("self",)).get(pk=purchase.pk)
    if not may_issue(row, kind):
        raise PaperNotDue(kind=kind.label, state=DUE_FROM[kind].label)
    data = data_of(row, kind, on=firm_day(at))
    order = Order(
        kind=kind, language=language, subject_type=SUBJECT, subject_id=row.deal_id,
        version=_version(row, kind, data), entity_id=row.entity_id, book_id=row.deal.book_id,
        party_id=row.deal.counterparty_id, on=firm_day(at), data=data,
    )  # fmt: skip
    (document,) = issue_documents(orders=[order], actor=actor, at=at)
    return document


def latest(row: Purchase, kind: DocumentKind) -> Document | None:
    """The document of a kind that holds now, whatever its language."""
    rows = Document.objects.filter(kind=kind, subject_type=SUBJECT, subject_id=row.deal_id)
    return rows.defer("pdf").order_by("-subject_version", "id").first()


def _version(row: Purchase, kind: DocumentKind, data: Mapping[str, Any]) -> int:
    """That of the document before, while it would say the same; else the next."""
    before = latest(row, kind)
    if before is None:
        return 1
    said = msgspec.json.decode(before.data)
    same = all(said.get(name) == value for name, value in data.items())
    return before.subject_version + (0 if same else 1)


def details_of(party: Party, on: date) -> IndividualDetails | None:
    """What is known of a person on a day."""
    rows = IndividualDetails.objects.filter(party=party, valid_from__lte=on)
    return (
        rows.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=on))
        .order_by("-valid_from")
        .first()
    )


def inn_of(party: Party) -> str:
    found = PartyIdentifier.objects.filter(party=party, scheme="INN").first()
    return found.value if found else ""


def data_of(row: Purchase, kind: DocumentKind, *, on: date) -> dict[str, Any]:
    """Everything a document of the pack is made from, and nothing that comes after it. Raises DetailsMissing."""
    deal = row.deal
    version = deal.versions.get(number=deal.version)
    securities = deal.instrument
    assert securities is not None
    payment = _payment(row, version.currency)
    data = {
        "deal": str(deal), "buyer": _buyer(row, version.currency),
        "seller": seller_data(deal.counterparty, on),
        "securities": {
            "name": names_of(securities.asset), "isin": securities.asset.code,
            "quantity": plain(version.quantity), "price": plain(version.price),
            "currency": version.currency,
            "amount": money_text(version.gross_amount, version.currency),
        },
        "payment": payment, "tax_agent": "no" if Decimal(payment["tax"]) == 0 else "yes",
        "transfer": _transfer(row, credited=kind == DocumentKind.ACCEPTANCE_ACT),
    }  # fmt: skip
    if kind != DocumentKind.PURCHASE_CONTRACT:
        contract = latest(row, DocumentKind.PURCHASE_CONTRACT)
        assert contract is not None  # without it nothing comes after it
        data["contract"] = {"number": contract.number, "date": contract.issued_on.isoformat()}
    return data


def seller_data(party: Party, on: date) -> dict[str, Any]:
    details, inn = details_of(party, on), inn_of(party)
    if details is None:
        raise DetailsMissing(party=party.code, what="identity, address and bank")
    kind = IdentityKind(details.identity_kind)
    return {
        **party_data(party), "inn": inn, "birth_date": details.birth_date.isoformat(),
        "identity": {
            "kind": _both(kind), "number": details.identity_number,
            "issued_by": details.identity_issued_by,
            "issued_on": details.identity_issued_on.isoformat(),
        },
        "address": {"ru": details.address, "en": details.address_en or details.address},
        "bank": {
            "name": {
                "ru": details.bank_name, "en": details.bank_name_en or details.bank_name,
            },
            "bic": details.bank_bik, "correspondent": details.bank_correspondent,
            "account": details.bank_account,
        },
    }  # fmt: skip


def _both(kind: IdentityKind) -> dict[str, str]:
    found = {}
    for language in ("en", "ru"):
        with translation.override(language):
            found[language] = str(kind.label)
    return found


def _buyer(row: Purchase, currency: str) -> dict[str, Any]:
    party = row.entity.own_party
    rows = NostroAccount.objects.filter(entity=row.entity, currency=currency)
    nostro = rows.select_related("place").order_by("-place__bik", "id").first()
    if nostro is None:
        raise DetailsMissing(party=party.code, what=f"nostro {currency}")
    return {
        **party_data(party), "inn": inn_of(party), "address": {"en": "", "ru": ""},
        "bank": {
            "name": names_of(nostro.place), "bic": nostro.place.bik or nostro.place.bic,
            "correspondent": "", "account": nostro.number,
        },
    }  # fmt: skip


def _payment(row: Purchase, currency: str) -> dict[str, str]:
    flows = Flow.objects.filter(deal=row.deal, version=row.deal.version)
    money = flows.filter(asset__code=currency)
    tax = sum((flow.quantity for flow in money.filter(kind="TAX")), Decimal(0))
    gross = sum((flow.quantity for flow in money.filter(kind="PRINCIPAL")), Decimal(0))
    due = max(money.values_list("due_date", flat=True))
    return {
        "amount": money_text(gross, currency), "tax": money_text(tax, currency),
        "net": money_text(gross - tax, currency), "due": due.isoformat(),
    }  # fmt: skip


def _transfer(row: Purchase, *, credited: bool) -> dict[str, Any]:
    """From where to where; of an act also when it was credited, and what shows it."""
    deal, delivered = row.deal, delivery_of(row) if credited else None
    rows = StandingInstruction.objects.filter(
        party=deal.counterparty, status="APPROVED", valid_from__lte=deal.due_date
    ).exclude(valid_until__lte=deal.due_date)
    ssi = rows.select_related("place").order_by("-valid_from", "-id").first()
    if ssi is None:
        raise DetailsMissing(party=deal.counterparty.code, what="standing instruction")
    accounts = DepositoryAccount.objects.filter(entity=row.entity, place=ssi.place)
    ours = accounts.filter(owner=row.entity.own_party).order_by("id").first() or accounts.first()
    if ours is None:
        raise DetailsMissing(party=row.entity.code, what=f"depository account, {ssi.place.code}")
    evidence = delivered.evidence.order_by("id").first() if delivered else None
    return {
        "from_place": names_of(ssi.place), "from_account": ssi.depository_account,
        "to_place": names_of(ssi.place), "to_account": ours.number,
        "due": deal.due_date.isoformat(),
        "credited_on": (
            delivered.settled_date.isoformat() if delivered and delivered.settled_date else ""
        ),
        "evidence": evidence.reference if evidence else "",
    }  # fmt: skip


def delivery_of(row: Purchase) -> Settlement | None:
    """The receipt of the securities, free of payment."""
    return _settlements(row).filter(method="FOP", delivers=False).first()


def payment_of(row: Purchase) -> Settlement | None:
    """The payment to the seller."""
    return _settlements(row).filter(method="PFOD", delivers=False).first()


def _settlements(row: Purchase) -> QuerySet[Settlement]:
    rows = Settlement.objects.filter(source_type="deal", source_id=row.deal_id)
    return rows.exclude(cancellation="AGREED").order_by("id")
