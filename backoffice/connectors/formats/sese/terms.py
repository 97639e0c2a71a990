"""The terms of a settlement as sese.020, 023, 025 and 028 spell them, read and written."""

from __future__ import annotations

import re
from decimal import Decimal

from backoffice.connectors.formats.sese.elements import Node
from backoffice.connectors.formats.sese.writing import Branch
from backoffice.connectors.formats.terms import (
    Direction,
    Party,
    Price,
    Quantity,
    QuantityKind,
    Terms,
)
from backoffice.kernel.identifiers import problem_with
from backoffice.kernel.money import Money

PAYMENTS = {"APMT": True, "FREE": False}
UNITS = {
    "Unit": QuantityKind.UNIT, "FaceAmt": QuantityKind.FACE, "AmtsdVal": QuantityKind.AMORTISED,
}  # fmt: skip
SIDES = {Direction.DELIVER: "RcvgSttlmPties", Direction.RECEIVE: "DlvrgSttlmPties"}  # the other's
OURS = {Direction.DELIVER: "DlvrgSttlmPties", Direction.RECEIVE: "RcvgSttlmPties"}
# Money goes against securities: who delivers is credited.
SIGNS = {Direction.DELIVER: "CRDT", Direction.RECEIVE: "DBIT"}
ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]\Z", re.ASCII)
BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\Z", re.ASCII)
NO_QUANTITY = Quantity(QuantityKind.UNIT, Decimal(0))  # beside the problem that says why


def direction_of(node: Node) -> tuple[Direction, bool]:
    """Which way securities go, seen from the account's owner, and whether money goes against them."""
    direction = node.coded("SctiesMvmntTp", [*Direction], required=True)
    payment = node.coded("Pmt", PAYMENTS, required=True)
    return Direction(direction or Direction.RECEIVE), PAYMENTS.get(payment, False)


def security_of(node: Node, name: str = "FinInstrmId") -> tuple[str, str]:
    """The ISIN, and the description or the other identifiers beside it."""
    found = node.child(name, required=True)
    if found is None:
        return "", ""
    isin = found.value("ISIN")
    if isin and not ISIN.match(isin):
        found.problem("wrong-value", found.where, isin, form="ISIN")
    others = [each.value("Id") for each in found.children("OthrId")]
    described = " ".join(filter(None, (*others, found.value("Desc"))))
    if not isin and not described:
        found.problem("missing-element", found.where, missing="ISIN")
    return isin, described


def quantity_of(node: Node | None) -> Quantity | None:
    """A quantity in units, face amount or amortised value; original and current face: the original."""
    if node is None:
        return None
    inner = node.child("Qty") or node.child("OrgnlAndCurFace") or node
    found = inner.children(*UNITS)
    if not found:
        node.problem("missing-element", node.where, missing=" | ".join(UNITS))
        return None
    return Quantity(UNITS[found[0].name], found[0].number())


def money_of(node: Node | None, direction: Direction | None = None) -> Money | None:
    """An amount with its direction, which has to be against that of the securities."""
    if node is None:
        return None
    if direction:
        node.coded("CdtDbtInd", (SIGNS[direction],), required=True)
    found = node.child("Amt", required=True)
    return found.money() if found else None


def price_of(node: Node | None) -> Price | None:
    if node is None:
        return None
    node.value("Tp/Yldd")
    rate, amount = node.child("Val/Rate"), node.child("Val/Amt")
    if rate:
        return Price(rate.number())
    money = amount.money() if amount else None
    return Price(money.amount, money.currency) if money else None


def party_of(node: Node | None) -> Party | None:
    """By BIC, by a code of its issuer, by name, or by country alone."""
    if node is None:
        return None
    account = node.value("SfkpgAcct/Id")
    bic = node.value("Id/AnyBIC")
    if bic:
        if not BIC.match(bic):
            node.problem("wrong-value", node.where, bic, form="BIC")
        return Party(bic=bic, account=account)
    code = node.value("Id/PrtryId/Id")
    if code:
        return Party(code=code, scheme=node.value("Id/PrtryId/Issr"), account=account)
    name = node.value("Id/NmAndAdr/Nm") or node.value("Id/Ctry")
    if not name:
        node.problem("missing-element", node.where, missing="Id")
        return None
    return Party(name=name, account=account)


def terms_of(
    node: Node, direction: Direction, against_payment: bool, *,
    details: Node, counted: Node | None, account: Node, money: Node | None,
) -> Terms:  # fmt: skip
    """`node` has the parties and the security, `details` the dates, `account` the account."""
    isin, description = security_of(node)
    other, own = node.child(SIDES[direction]), node.child(OURS[direction])
    place = (other and other.child("Dpstry")) or (own and own.child("Dpstry")) or None
    settles, traded = details.child("SttlmDt"), details.child("TradDt")
    accrued = node.child("OthrAmts/AcrdIntrstAmt")
    return Terms(
        direction=direction, against_payment=against_payment,
        quantity=quantity_of(counted) or NO_QUANTITY,
        settlement_date=settles.day() if settles else None,
        account=account.value("SfkpgAcct/Id"), isin=isin, description=description,
        trade_date=traded.day() if traded else None, money=money_of(money, direction),
        price=price_of(details.child("DealPric")), accrued=money_of(accrued),
        place=party_of(place), agent=party_of(other and other.child("Pty1")),
        counterparty=party_of(other and other.child("Pty2")),
    )  # fmt: skip


def write_security(branch: Branch, terms: Terms) -> None:
    if problem_with("ISIN", terms.isin):
        branch.problems.add("wrong-value", "isin", terms.isin, form="ISIN")
    branch.put("FinInstrmId/ISIN", terms.isin)


def write_quantity(branch: Branch, quantity: Quantity, where: str) -> None:
    name = next((name for name, kind in UNITS.items() if kind is quantity.kind), "Unit")
    scale = 17 if quantity.kind is QuantityKind.UNIT else 5
    branch.number(name, quantity.amount, where, scale=scale, zero=False)


def cash_account_of(account: Node) -> str:
    return account.value("CshAcct/IBAN") or account.value("CshAcct/Prtry")


def write_cash_account(branch: Branch, account: str) -> None:
    if account and problem_with("IBAN", account) is None:
        branch.put("CshAcct/IBAN", account)
    elif account:
        branch.short("CshAcct/Prtry", account, "cash_account", most=34)


def write_parties(branch: Branch, terms: Terms) -> None:
    """The other side's chain: the place, who has the account with it, who stands behind."""
    chain = branch.into(SIDES[terms.direction])
    if terms.place:
        _write_party(chain.into("Dpstry"), terms.place, "place", code=False)
    if terms.agent:
        _write_party(chain.into("Pty1"), terms.agent, "agent")
    if terms.counterparty:
        _write_party(chain.into("Pty2"), terms.counterparty, "counterparty")


def _write_party(branch: Branch, party: Party, where: str, *, code: bool = True) -> None:
    if party.bic:
        branch.bic("Id/AnyBIC", party.bic, where)
    elif party.code and code:
        found = branch.into("Id/PrtryId")
        found.short("Id", party.code, where)
        found.short("Issr", party.scheme, where)
    elif party.name:
        branch.short("Id/NmAndAdr/Nm", party.name, where, most=140)
    else:
        branch.problems.add("required", where, missing=where)
    if party.account and code:
        branch.short("SfkpgAcct/Id", party.account, where)
    elif party.account:
        branch.problems.add("not-permitted", where, party.account, reason="account")


def write_money(branch: Branch, terms: Terms) -> None:
    if terms.money:
        branch.money("Amt", terms.money, "money")
        branch.put("CdtDbtInd", SIGNS[terms.direction])
