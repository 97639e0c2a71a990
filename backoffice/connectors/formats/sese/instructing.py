"""sese.023, the instruction, and sese.020, the request to cancel one: written, and read as a place reads them.

A request to cancel has no reference of its own: that is the number in the header (head.001), which the answer
(sese.027) names. On hold is HldInd; the least part is MinNmnlQty under a partial settlement from a threshold.
"""

from __future__ import annotations

from datetime import date

from backoffice.connectors.formats.mt.instructing import PRIORITIES
from backoffice.connectors.formats.mt.settlement import check
from backoffice.connectors.formats.securities import Instruction
from backoffice.connectors.formats.sese.elements import Node, created_at, reference_in
from backoffice.connectors.formats.sese.terms import (
    cash_account_of,
    direction_of,
    quantity_of,
    terms_of,
    write_cash_account,
    write_money,
    write_parties,
    write_quantity,
    write_security,
)
from backoffice.connectors.formats.sese.versions import written as version_of
from backoffice.connectors.formats.sese.writing import Branch, Document, Header
from backoffice.connectors.formats.terms import Function, Link, LinkKind, Partial, Quantity
from backoffice.kernel.money import Money

WRAPPER = "BusinessMessage"
# SecuritiesTransactionType23Code of version 11.
TYPES = frozenset(
    {
        "AUTO", "BSBK", "BYIY", "CLAI", "CNCB", "COLI", "COLO", "CONV", "CORP", "ETFT", "FCTA",
        "INSP", "ISSU", "MKDW", "MKUP", "NETT", "NSYN", "OWNE", "OWNI", "PAIR", "PLAC", "PORT",
        "REAL", "REDI", "REDM", "RELE", "REPU", "RODE", "RVPO", "SBBK", "SBRE", "SECB", "SECL",
        "SLRE", "SUBS", "SWIF", "SWIT", "SYND", "TBAC", "TRAD", "TRPO", "TRVO", "TURN",
    }
)  # fmt: skip


def write_sese_instruction(
    instruction: Instruction, header: Header | None = None, *, wrapper: str = WRAPPER
) -> bytes:
    """sese.023, or sese.020 where it cancels. Raises Refused.

    `wrapper` is the element that a channel puts around header and document.
    """
    cancels = instruction.function is Function.CANCEL
    document = Document(version_of("sese.020" if cancels else "sese.023"))
    check(instruction, document.problems)
    if not cancels:
        _instruction(document.branch, instruction)
        return document.written(header, wrapper)
    if header is None:
        document.problems.add("required", "header", missing="header")
    elif header.reference != instruction.reference:
        form = instruction.reference
        document.problems.add("wrong-value", "header", header.reference, form=form)
    _cancellation(document.branch, instruction)
    return document.written(header, wrapper)


def _instruction(branch: Branch, instruction: Instruction) -> None:
    terms = instruction.terms
    branch.reference("TxId", instruction.reference, "reference")
    parameters = branch.into("SttlmTpAndAddtlParams")
    _direction(parameters, instruction)
    for link in instruction.links:
        linked = branch.into("Lnkgs")
        linked.put("PrcgPos/Cd", link.kind)
        linked.reference("Ref/SctiesSttlmTxId", link.reference, "links")
    _trade(branch.into("TradDtls"), instruction)
    write_security(branch, terms)
    if instruction.minimum is not None:
        least = Quantity(terms.quantity.kind, instruction.minimum)
        write_quantity(branch.into("FinInstrmAttrbts/MinNmnlQty"), least, "minimum")
    account = branch.into("QtyAndAcctDtls")
    write_quantity(account.into("SttlmQty/Qty"), terms.quantity, "quantity")
    account.short("SfkpgAcct/Id", terms.account, "account")
    write_cash_account(account, instruction.cash_account)
    _parameters(branch.into("SttlmParams"), instruction)
    write_parties(branch, terms)
    if terms.money:
        write_money(branch.into("SttlmAmt"), terms)
    if terms.accrued:
        branch.into("OthrAmts/AcrdIntrstAmt").money("Amt", terms.accrued, "accrued")


def _direction(branch: Branch, instruction: Instruction) -> None:
    branch.put("SctiesMvmntTp", instruction.terms.direction)
    branch.put("Pmt", "APMT" if instruction.terms.against_payment else "FREE")


def _trade(branch: Branch, instruction: Instruction) -> None:
    terms = instruction.terms
    branch.day("TradDt/Dt/Dt", terms.trade_date)
    branch.day("SttlmDt/Dt/Dt", terms.settlement_date)
    if not terms.price:
        return
    price = branch.into("DealPric")
    price.put("Tp/Yldd", "false")
    if terms.price.currency:
        price.money("Val/Amt", Money(terms.price.amount, terms.price.currency), "price", scale=13)
    else:
        price.number("Val/Rate", terms.price.amount, "price", scale=10, digits=11)


def _parameters(branch: Branch, instruction: Instruction) -> None:
    if instruction.on_hold:
        branch.put("HldInd/Ind", "true")
    if instruction.priority is not None:
        branch.put("Prty/Nmrc", f"{instruction.priority:04d}")
    if instruction.type not in TYPES:
        branch.problems.add("wrong-code", "type", instruction.type, known=" ".join(sorted(TYPES)))
    branch.put("SctiesTxTp/Cd", instruction.type)
    if instruction.partial:
        branch.put("PrtlSttlmInd", instruction.partial)


def _cancellation(branch: Branch, instruction: Instruction) -> None:
    terms = instruction.terms
    about = branch.into("AcctOwnrTxId/SctiesSttlmTxId")
    about.reference("TxId", instruction.previous, "previous")
    _direction(about, instruction)
    branch.short("SfkpgAcct/Id", terms.account, "account")
    details = branch.into("TxDtls")
    write_security(details, terms)
    details.day("TradDt/Dt/Dt", terms.trade_date)
    details.day("SttlmDt/Dt/Dt", terms.settlement_date)
    write_quantity(details.into("SttlmQty/Qty"), terms.quantity, "quantity")
    if terms.money:
        write_money(details.into("SttlmAmt"), terms)
    write_parties(details, terms)


def instruction_of(node: Node, header: Node | None, format: str) -> Instruction:
    """sese.023 read."""
    parameters = node.child("SttlmTpAndAddtlParams", required=True) or node
    direction, against_payment = direction_of(parameters)
    account = node.child("QtyAndAcctDtls", required=True) or node
    settling = node.child("SttlmParams", required=True) or node
    terms = terms_of(
        node, direction, against_payment, details=node.child("TradDtls", required=True) or node,
        counted=account.child("SttlmQty", required=True), account=account,
        money=node.child("SttlmAmt", required=against_payment),
    )  # fmt: skip
    minimum = quantity_of(node.child("FinInstrmAttrbts/MinNmnlQty"))
    partial = settling.coded("PrtlSttlmInd", [*Partial])
    return Instruction(
        reference=node.value("TxId", required=True), terms=terms,
        type=settling.value("SctiesTxTp/Cd") or settling.value("SctiesTxTp/Prtry/Id"),
        on_hold=bool(settling.flag("HldInd/Ind")), partial=Partial(partial) if partial else None,
        minimum=minimum.amount if minimum else None, priority=priority_of(settling),
        links=links_of(node), cash_account=cash_account_of(account),
        prepared_on=prepared_on(header), format=format, kept=node.kept(),
    )  # fmt: skip


def cancellation_of(node: Node, header: Node | None, format: str) -> Instruction:
    """sese.020 read: what it does not repeat of the instruction is not there."""
    about = node.child("AcctOwnrTxId/SctiesSttlmTxId", required=True) or node
    direction, against_payment = direction_of(about)
    details = node.child("TxDtls", required=True) or node
    terms = terms_of(
        details, direction, against_payment, details=details,
        counted=details.child("SttlmQty", required=True), account=node,
        money=details.child("SttlmAmt"),
    )  # fmt: skip
    return Instruction(
        reference=reference_in(header), terms=terms,
        function=Function.CANCEL, previous=about.value("TxId", required=True),
        prepared_on=prepared_on(header), format=format, kept=node.kept(),
    )  # fmt: skip


def prepared_on(header: Node | None) -> date | None:
    moment = created_at(header)
    return moment.date() if moment else None


def priority_of(node: Node) -> int | None:
    found = node.child("Prty/Nmrc")
    if found is None:
        return None
    text = found.text
    if len(text) == 4 and text.isascii() and text.isdigit() and int(text) in PRIORITIES:
        return int(text)
    node.problem("wrong-value", found.where, text, form="0001–9999")
    return None


def links_of(node: Node) -> tuple[Link, ...]:
    """Links with a known position to an instruction of ours; others are kept."""
    found = []
    for each in node.children("Lnkgs"):
        reference = each.child("Ref/SctiesSttlmTxId")
        if each.child("PrcgPos/Cd") is None or reference is None:
            continue
        kind = each.coded("PrcgPos/Cd", [*LinkKind])
        if kind:
            found.append(Link(LinkKind(kind), reference.text))
    return tuple(found)
