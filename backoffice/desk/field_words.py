"""What kinds of reference data and their fields are called."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

KINDS: dict[str, Any] = {
    "party": _("Party"), "partyidentifier": _("Identifier of a party"),
    "partycontact": _("Contact of a party"),
    "individualdetails": _("Details of an individual"), "entity": _("Entity"), "book": _("Book"),
    "bookscope": _("Scope of a person"), "asset": _("Asset"), "instrument": _("Instrument"),
    "instrumentidentifier": _("Identifier of an instrument"), "calendar": _("Calendar"),
    "calendarday": _("Day of a calendar"), "settlementcycle": _("Settlement cycle"),
    "currencycalendar": _("Calendar of a currency"), "currencypair": _("Currency pair"),
    "source": _("Source of prices and rates"), "place": _("Place"),
    "nostroaccount": _("Nostro account"), "depositoryaccount": _("Depository account"),
    "feeschedule": _("Fee schedule"), "market": _("Market"), "bank": _("Bank"),
    "legalentity": _("Legal entity"), "listedsecurity": _("Listed security"),
    "listedcompany": _("Listed company"), "bondterms": _("Terms of a bond"),
    "agreement": _("Agreement"), "accountmember": _("Client of an omnibus account"),
    "useright": _("Right to use a client's assets"), "restriction": _("Restriction"),
    "creditline": _("Credit line"), "earmark": _("Earmark"),
    "statedposition": _("Position stated by a place"),
    "dayschedule": _("Times of the close"), "paymentdeadline": _("Payment deadline"),
    "penaltyclassof": _("Penalty class of instruments"), "costcentre": _("Cost centre"),
}  # fmt: skip
FIELDS: dict[str, Any] = {
    "birth_date": _("Date of birth"), "identity_kind": _("Identity document"),
    "identity_number": _("Series and number"), "identity_issued_by": _("Issued by"),
    "identity_issued_on": _("Issued on"), "address": _("Address"),
    "address_en": _("Address in English"), "bank_name": _("Name of the bank"),
    "bank_name_en": _("Name of the bank in English"), "bank_bik": _("BIK of the bank"),
    "bank_correspondent": _("Correspondent account"), "bank_account": _("Account at the bank"),
    "code": _("Code"), "name": _("Name"), "name_ru": _("Name in Russian"), "kind": _("Kind"),
    "roles": _("Roles"), "country": _("Country"), "status": _("State"), "party": _("Party"),
    "scheme": _("Scheme"), "value": _("Value"), "position": _("Job title"),
    "phone": _("Telephone"), "source": _("Source"), "withdrawn_date": _("Withdrawn"),
    "own_party": _("Own party"), "jurisdiction": _("Jurisdiction"),
    "base_currency": _("Base currency"), "entity": _("Entity"), "purpose": _("Purpose"),
    "user": _("Person"), "book": _("Book"), "decimals": _("Decimals"), "asset": _("Asset"),
    "isin": _("ISIN"), "ticker": _("Ticker"), "currency": _("Currency"), "market": _("Market"),
    "lot_size": _("Lot size"), "nominal": _("Nominal"),
    "nominal_currency": _("Currency of the nominal"), "issue_size": _("Issue size"),
    "registration_number": _("Registration number"), "instrument": _("Instrument"),
    "timezone": _("Time zone"), "listed_from": _("Days known from"),
    "listed_until": _("Days known until"), "calendar": _("Calendar"), "day": _("Day"),
    "is_open": _("Open"), "trade_date": _("Trade date"), "note": _("Note"),
    "instrument_kind": _("Kind of instrument"), "days": _("Days"),
    "session_calendar": _("Sessions"), "valid_from": _("Valid from"),
    "valid_until": _("Valid until"), "base": _("Base"), "quote": _("Quote"),
    "spot_days": _("Spot days"), "stale_after_days": _("Stale after days"),
    "finality": _("Finality"), "matching": _("Matching"), "bic": _("BIC"), "bik": _("BIK"),
    "place": _("Place"), "owner": _("Owner"), "number": _("Number"), "product": _("Product"),
    "counterparty": _("Counterparty"), "rate": _("Rate"), "minimum": _("Minimum"),
    "payer": _("Payer"), "mic": _("MIC"), "operating_mic": _("Operated by"), "lei": _("LEI"),
    "city": _("City"), "start_date": _("Begins"), "maturity_date": _("Maturity"),
    "coupon_rate": _("Coupon rate"), "day_count": _("Day count"), "frequency": _("Coupons a year"),
    "every_days": _("Days of a coupon period"), "roll": _("Moved over closed days"),
    "repayment_dates": _("Repayment dates"), "repayment_shares": _("Repayment shares"),
    "timezone_name": _("Time zone"), "cut_off": _("Cut-off"), "final_after": _("FINAL after"),
    "account": _("Account"), "client": _("Client"), "agreement": _("Agreement"),
    "assets": _("Assets"), "act": _("What it forbids"),
    "income_account": _("Account for the income"), "permit": _("Permit"),
    "permit_until": _("Permit until"), "amount": _("Amount"), "quantity": _("Quantity"),
    "closed_on": _("Closed on"), "signed_on": _("Signed on"),
    "governing_law": _("Governing law"), "products": _("Products"),
    "currencies": _("Currencies"), "netting": _("Netting"),
    "payment_netting": _("Netting of payments"),
    "netting_opinion": _("Legal opinion on netting"), "netting_until": _("Netting until"),
    "document": _("Kept at"),
    "penalty_class": _("Penalty class"),
    "stop_by": _("Can be stopped until"), "days_before": _("Business days before"),
}  # fmt: skip


def kind_title(kind: str) -> Any:
    return KINDS.get(kind, kind)


def field_title(name: str) -> Any:
    """A field in words; one that has none keeps its own name."""
    return FIELDS.get(name, name.replace("_", " ").capitalize())
