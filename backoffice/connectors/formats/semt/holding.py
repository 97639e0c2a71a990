"""semt.002: what accounts hold of each security at a moment, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from backoffice.connectors.formats.holdings import Holding, Holdings, SubBalance
from backoffice.connectors.formats.semt.pages import number_of, page_of
from backoffice.connectors.formats.sese.elements import Node, created_at, reference_in
from backoffice.connectors.formats.sese.terms import NO_QUANTITY, UNITS, quantity_of, security_of
from backoffice.connectors.formats.terms import Price, Quantity
from backoffice.kernel.money import Money

SIGNS = {"LONG": 1, "SHOR": -1}
WHOLE = {"AvlblBal": "AVAI", "NotAvlblBal": "NAVL"}


def holdings_of(node: Node, header: Node | None, format: str) -> Holdings:
    general = node.child("StmtGnlDtls", required=True) or node
    page, continuation = page_of(node)
    account = node.value("SfkpgAcct/Id")
    told = general.child("StmtDtTm", required=True)
    lines: list[Holding] = []
    for each in node.children("BalForAcct"):
        lines.append(_holding(each, len(lines) + 1, account))
    for part in node.children("SubAcctDtls"):
        held_at = part.value("SfkpgAcct/Id") or account
        for each in part.children("BalForSubAcct"):
            lines.append(_holding(each, len(lines) + 1, held_at))
    number = reference_in(header)
    return Holdings(
        reference=general.value("StmtId") or number, account=account,
        as_of=(told.day() if told else None) or date.min, lines=tuple(lines),
        as_of_at=told.moment() if told else None, number=number_of(general), page=page,
        continuation=continuation, basis=general.value("StmtBsis/Cd"),
        is_update=general.value("UpdTp/Cd") == "DELT", told_at=created_at(header), format=format,
        kept=node.kept(),
    )  # fmt: skip


def _holding(node: Node, position: int, account: str) -> Holding:
    isin, description = security_of(node)
    whole = node.child("AggtBal", required=True)
    prices = node.children("PricDtls")
    return Holding(
        position=position, account=account, isin=isin, description=description,
        quantity=(signed_balance(whole) if whole else None) or NO_QUANTITY,
        balances=tuple(_balances(node)), price=_price(prices[0]) if prices else None,
        value=_value(node.child("AcctBaseCcyAmts/HldgVal")),
        source_line=node.element.sourceline or 0,
    )  # fmt: skip


def signed_balance(node: Node) -> Quantity | None:
    """A balance with its sign; one of a place's own units is kept."""
    sign = SIGNS[node.coded("ShrtLngInd", SIGNS) or "LONG"]
    inner = node
    for _ in range(4):
        if inner.children(*UNITS):
            found = quantity_of(inner)
            return found and Quantity(found.kind, sign * found.amount)
        step = inner.children("Qty", "QtyAndAvlbty", "OrgnlAndCurFace", "Frst", "Fnl", "Intrmy")
        if not step:
            return None
        inner = step[0]
    return None


def _balances(node: Node) -> Iterator[SubBalance]:
    for each in node.children(*WHOLE):
        counted = signed_balance(each)
        if counted:
            yield SubBalance(WHOLE[each.name], counted, WHOLE[each.name])
    for each in node.children("BalBrkdwn"):
        code, told = each.value("SubBalTp/Cd"), each.child("Qty", required=True)
        counted = signed_balance(told) if told and code else None
        if counted and told:
            free = told.flag("Qty/QtyAndAvlbty/AvlbtyInd")
            yield SubBalance(code, counted, "NAVL" if free is False else "AVAI" if free else "")


def _price(node: Node) -> Price | None:
    rate, amount = node.child("Val/Rate"), node.child("Val/Amt")
    if rate:
        return Price(rate.number())
    money = amount.money() if amount else None
    return Price(money.amount, money.currency) if money else None


def _value(node: Node | None) -> Money | None:
    """A holding that is owed has a value below zero: Sgn is false."""
    found = node.child("Amt", required=True) if node else None
    money = found.money() if found else None
    if node is None or money is None:
        return None
    return -money if node.flag("Sgn") is False else money
