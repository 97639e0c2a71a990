"""What the documents about a deal are made from: plain strings, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from backoffice.access.models import User
from backoffice.documents.issuing import Order, issue_documents, issued
from backoffice.documents.kinds import DocumentKind, Language
from backoffice.documents.models import Document
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.money import Money
from deals.models import Flow
from deals.products import PRODUCTS
from deals.selectors import flows_of
from deals.state import DealState
from refdata.firm_days import FIRM_ZONE, firm_day
from refdata.models import Party
from refdata.models.assets import Asset
from refdata.selectors import money_document, reference_data

SUBJECT = "deal"
TITLES = {
    "equity": gettext_noop("Shares and depositary receipts"),
    "bond": gettext_noop("Bonds"),
    "fx_spot": gettext_noop("Currency, spot"),
    "fx_forward": gettext_noop("Currency, forward"),
    "fx_swap": gettext_noop("Currency, swap"),
    "deposit": gettext_noop("Deposit"),
    "loan": gettext_noop("Loan"),
    "repo": gettext_noop("Repo"),
    "individual_purchase": gettext_noop("Purchase of securities from an individual"),
}


# What only some products agree on, in the order of the document.
MORE = {
    "price_kind": gettext_noop("Price kind"), "rate": gettext_noop("Rate a year, as a fraction"),
    "day_count": gettext_noop("Day count"), "interest": gettext_noop("Interest is paid"),
    "repaid": gettext_noop("Principal is repaid"), "haircut": gettext_noop("Haircut, as a fraction"),
    "far_price": gettext_noop("Far price"), "far_quantity": gettext_noop("Far quantity"),
    "tenor": gettext_noop("Tenor"), "far_date": gettext_noop("Far date"),
    "accrued": gettext_noop("Accrued interest"), "value": gettext_noop("Value of the securities"),
    "interest_amount": gettext_noop("Interest"), "far_amount": gettext_noop("Far amount"),
}  # fmt: skip


class NothingToConfirm(Conflict):
    code = "nothing-to-confirm"
    title = gettext_noop("There is nothing to confirm")
    detail = gettext_noop("%(deal)s is cancelled, and no confirmation of it was issued.")
    hint = gettext_noop("Look for the deal that took its place.")


@transaction.atomic
def confirmation_of(
    *, deal: Any, language: str, actor: User, at: datetime
) -> Document:  # fmt: skip
    """The confirmation of the present version of a deal, as `selectors.deal` gives it: issued once.

    Whoever asks first has it issued; everybody after is given the same bytes. Raises NothingToConfirm.
    """
    order = _confirmation(deal, language, at)
    if deal.state == DealState.CANCELLED and issued(order) is None:
        raise NothingToConfirm(deal=str(deal))
    (document,) = issue_documents(orders=[order], actor=actor, at=at)
    return document


def _confirmation(deal: Any, language: str, at: datetime) -> Order:
    return Order(
        kind=DocumentKind.CONFIRMATION, language=language, subject_type=SUBJECT,
        subject_id=deal.pk, version=deal.version, entity_id=deal.entity_id, book_id=deal.book_id,
        party_id=deal.counterparty_id, on=firm_day(at),
        data={
            "us": party_data(deal.entity.own_party), "them": party_data(deal.counterparty),
            "agreement": str(deal.details.get("agreement") or ""), "deal": _terms(deal),
            "asset": _traded(deal),
            "flows": [flow_data(flow) for flow in flows_of(deal.pk, deal.version)],
        },
    )  # fmt: skip


def _terms(deal: Any) -> dict[str, Any]:
    return {
        "reference": str(deal), "external_ref": deal.external_ref, "version": str(deal.version),
        "side": deal.side, "product": in_both(TITLES.get(deal.product, deal.product)),
        "traded_at": deal.traded_at.astimezone(FIRM_ZONE).isoformat(timespec="seconds"),
        "trade_date": deal.trade_date.isoformat(), "quantity": plain(deal.quantity),
        "price": plain(deal.price) if PRODUCTS[deal.product].priced else "",
        "price_in": "%" if deal.product == "bond" else deal.currency, "currency": deal.currency,
        "gross": money_text(deal.gross_amount, deal.currency),
        "net": money_text(deal.net_amount, deal.currency), "method": deal.method,
        "settles_on": deal.due_date.isoformat(), "more": _more(deal),
    }  # fmt: skip


def _more(deal: Any) -> list[dict[str, Any]]:
    """What only this product agrees on or comes to: a title in both languages, and the text."""
    told = {**deal.details, **deal.details.get("figures", {})}
    return [
        {"title": in_both(title), "text": str(told[name])}
        for name, title in MORE.items()
        if told.get(name)
    ]


def _traded(deal: Any) -> dict[str, Any]:
    if deal.instrument is None:
        pair = str(deal.details.get("pair", ""))
        if not pair:  # money is placed or taken
            return {"name": {"en": "", "ru": ""}, "code": deal.currency, "scheme": "ISO 4217"}
        return {"name": {"en": "", "ru": ""}, "code": pair, "scheme": "FX"}
    return asset_data(deal.instrument.asset) | {"scheme": "ISIN"}


def asset_data(asset: Asset) -> dict[str, Any]:
    return {"name": names_of(asset), "code": asset.code}


def flow_data(flow: Flow) -> dict[str, str]:
    """One thing due; money with the decimals of its currency."""
    is_money = flow.asset.code in reference_data().currencies
    quantity = money_text(flow.quantity, flow.asset.code) if is_money else plain(flow.quantity)
    return {
        "kind": flow.kind, "direction": flow.direction, "asset": flow.asset.code,
        "quantity": quantity, "date": flow.due_date.isoformat(),
    }  # fmt: skip


def money_text(amount: Decimal, currency: str) -> str:
    return money_document(Money(amount, currency))["amount"]


def party_data(party: Party) -> dict[str, Any]:
    return {"name": names_of(party), "code": party.code}


def names_of(row: Any) -> dict[str, str]:
    return {"en": row.name, "ru": row.name_ru or row.name}


def in_both(text: str, facts: Mapping[str, Any] | None = None) -> dict[str, str]:
    """A text of ours in every language in which documents are written."""
    found = {}
    for language in Language.values:
        with translation.override(language):
            found[language] = gettext(text) % (facts or {})
    return found
