"""sese.025: what has settled, when, and what is left of it. sese.026: what of it is taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from backoffice.connectors.formats.securities import Confirmation
from backoffice.connectors.formats.sese.advising import references_of
from backoffice.connectors.formats.sese.elements import Node, created_at, reference_in
from backoffice.connectors.formats.sese.terms import (
    cash_account_of,
    direction_of,
    money_of,
    quantity_of,
    terms_of,
)
from backoffice.connectors.formats.terms import Function

PARTS = ("PAIN", "PARC")
PRE_CONFIRMATIONS = ("PRCA", "PRSE")


def reversal_of(node: Node, header: Node | None, format: str) -> Confirmation:
    """sese.026: what was confirmed before, under the reference that it names, is taken back."""
    previous = node.value("ConfRef", required=True)
    found = confirmation_of(node, header, format)
    return replace(found, function=Function.REVERSE, previous=previous)


def confirmation_of(node: Node, header: Node | None, format: str) -> Confirmation:
    """A confirmation without our reference or its day of settlement proves nothing: it is refused."""
    ids = node.child("TxIdDtls", required=True) or node
    direction, against_payment = direction_of(ids)
    trade = node.child("TradDtls", required=True) or node
    account = node.child("QtyAndAcctDtls", required=True) or node
    terms = terms_of(
        node, direction, against_payment, details=trade,
        counted=account.child("SttldQty", required=True), account=account,
        money=node.child("SttldAmt", required=against_payment),
    )  # fmt: skip
    settled = trade.child("FctvSttlmDt", required=True)
    settled_on = settled.day() if settled else None
    if settled and settled_on is None:
        settled.problem("wrong-date", settled.where, "", form="YYYY-MM-DD")
    references = references_of(ids)
    return Confirmation(
        reference=reference_in(header, references.servicer),
        instruction=ids.value("AcctOwnrTxId", required=True), terms=terms,
        settled_on=settled_on or date.min, settled_at=settled.moment() if settled else None,
        in_parts=node.coded("AddtlParams/PrtlSttlm", PARTS),
        pre_confirmation=node.coded("AddtlParams/PreConf", PRE_CONFIRMATIONS),
        settled_before=_amount(account, "PrevslySttldQty"),
        left=_amount(account, "RmngToBeSttldQty"),
        money_settled_before=money_of(account.child("PrevslySttldAmt"), direction),
        money_left=money_of(account.child("RmngToBeSttldAmt"), direction),
        cash_account=cash_account_of(account),
        told_at=created_at(header), references=references, format=format,
        kept=node.kept(),
    )  # fmt: skip


def _amount(account: Node, name: str) -> Decimal | None:
    found = quantity_of(account.child(name))
    return found.amount if found else None
