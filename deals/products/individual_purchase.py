"""Purchase of securities from an individual: delivered first, free of payment, and paid for after. Pure.

Where a dated rule makes us the seller's tax agent, the tax on the income is withheld from the payment
(domain-decisions 18; rules, section 7).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from backoffice.kernel.i18n import gettext_noop
from deals.capturing.checking import Check, agreed_due_date, amount_of, number
from deals.products.securities import exchanged, market_dates, security_of
from deals.products.withholding import TaxAgentMode, tax_withheld
from deals.tax_agents import TAX_AGENT
from deals.terms import Agreed, Day, Due, FlowTerms, Number, Priced, SettlementTerms, Text, Traded

KINDS = frozenset({"SHARE", "DEPOSITARY_RECEIPT", "FUND"})
SELLER = "SELLER"  # the role of a party from whom may be bought this way
RUBLE = "RUB"


class SeparateSettlement(SettlementTerms, forbid_unknown_fields=True, kw_only=True):
    """Securities free of payment by the date, money apart from them on `payment_date` or then."""

    method: Literal["FOP"] = "FOP"


class IndividualPurchase(Priced, forbid_unknown_fields=True, kw_only=True):
    """A purchase of shares, depositary receipts or units of a fund from an individual."""

    product: Literal["individual_purchase"]
    side: Literal["buy"]
    instrument: Text
    payment_date: Day | None = None
    seller_cost: Number = "0"
    seller_resident: bool = True
    settlement: SeparateSettlement = msgspec.field(default_factory=SeparateSettlement)


def traded_of(check: Check[IndividualPurchase]) -> Traded | None:
    """The security; and the seller has to be known as one."""
    seller = check.reference.parties.get(check.terms.counterparty)
    if seller is not None and SELLER not in seller.roles:
        check.add(
            "/counterparty", "not-a-seller",
            gettext_noop("%(name)s is not known as a person from whom securities are bought."),
            gettext_noop("Have the role SELLER and the person's details proposed and approved."),
            name=seller.name,
        )  # fmt: skip
    return security_of(check, KINDS)


def dates_of(
    check: Check[IndividualPurchase], traded: Traded, traded_at: datetime
) -> tuple[date, date | None]:
    return market_dates(check, traded, traded_at)


def price_of(check: Check[IndividualPurchase]) -> Decimal | None:
    """Above zero although the securities go free of payment: they are paid for apart."""
    return number(check, "price", check.terms.price, scale=12, above_zero=True)


def due_of(check: Check[IndividualPurchase], agreed: Agreed) -> Due | None:
    """The securities on the settlement date; the amount less the tax withheld on the payment date."""
    exact = agreed.quantity * agreed.price
    gross = amount_of(check, exact, agreed.currency, above_zero=True)
    paid_on = _payment_date(check, agreed)
    withheld = None if gross is None else _withheld(check, agreed, gross)
    if gross is None or paid_on is None or withheld is None:
        return None
    flows = exchanged("buy", agreed.traded.asset_id, agreed.quantity, 0, {}, agreed.due_date)
    money = agreed.currency.asset_id
    flows.append(FlowTerms("PRINCIPAL", "PAY", money, gross, paid_on))
    if withheld:
        flows.append(FlowTerms("TAX", "RECEIVE", money, withheld, paid_on))
    return Due(gross, exact, flows, withheld=withheld)


def _payment_date(check: Check[IndividualPurchase], agreed: Agreed) -> date | None:
    """As agreed, on the day of the delivery or after it: nobody pays before the securities are there."""
    text = check.terms.payment_date
    if text is None:
        return agreed.due_date
    found = agreed_due_date(check, text, agreed.trade_date)
    if found is not None and found < agreed.due_date:
        check.add(
            "/payment_date", "payment-before-delivery",
            gettext_noop("Payment on %(paid)s would come before the delivery on %(delivered)s."),
            gettext_noop("Agree on a payment date on or after the delivery."),
            paid=found.isoformat(), delivered=agreed.due_date.isoformat(),
        )  # fmt: skip
        return None
    return found


def mode_of(check: Check[IndividualPurchase], on: date) -> TaxAgentMode | None:
    """The rule of a day for our capacity: whether we withhold the seller's tax."""
    return check.reference.rules.find(TAX_AGENT, on, check.terms.capacity)


def _withheld(check: Check[IndividualPurchase], agreed: Agreed, gross: Decimal) -> Decimal | None:
    mode = mode_of(check, agreed.trade_date)
    cost = number(check, "seller_cost", check.terms.seller_cost, scale=4, above_zero=False)
    if mode is None:
        check.add(
            "/capacity", "no-tax-rule",
            gettext_noop("No rule says who pays the seller's tax on %(day)s."),
            gettext_noop("Have a row of purchase.tax_agent put in force and checked."),
            day=agreed.trade_date.isoformat(),
        )  # fmt: skip
        return None
    if cost is None or not mode.agent:
        return None if cost is None else Decimal(0)
    if agreed.currency.code != RUBLE:
        check.add(
            "/currency", "tax-in-rubles",
            gettext_noop("Tax is withheld in rubles, and the deal is in %(currency)s."),
            gettext_noop("Agree on rubles where we are the seller's tax agent."),
            currency=agreed.currency.code,
        )  # fmt: skip
        return None
    return tax_withheld(mode, gross, cost, resident=check.terms.seller_resident)
