"""An entry of a camt message as a line: one booking, with the payments inside it as details."""

from __future__ import annotations

from collections.abc import Iterator

from backoffice.connectors.formats.camt import versions
from backoffice.connectors.formats.camt.values import ZERO, Values
from backoffice.connectors.formats.cash import (
    NOBODY,
    CashDetail,
    CashLine,
    Counterparty,
    LineStatus,
)
from backoffice.connectors.formats.xml import Node
from backoffice.kernel.money import Money

NOT_PROVIDED = ("NOTPROVIDED", "NONREF")


def line_of(entry: Node, position: int, values: Values) -> CashLine:
    """The line of an `Ntry`. A reference of a payment is the line's where the line has only that one.

    `CdtDbtInd` says which way the money went now, `RvslInd` only that it undoes an earlier booking
    (unlike MT, whose RC is money that went).
    """
    values.known(entry, versions.IN_ENTRY)
    values.once(entry, versions.ONCE_IN_ENTRY)
    amount = entry.find("Amt")
    if not amount:
        values.problems.add("missing-element", entry, missing="Amt")
    money = values.money(amount) if amount else Money(ZERO, "")
    sign, reversal = values.sign(entry), values.flag(entry, "RvslInd")
    credit = (sign > 0) is not reversal  # of the payment that the booking stands for
    details = tuple(
        _detail(each, credit, values)
        for part in entry.children("NtryDtls")
        for each in part.children("TxDtls")
    )
    only = details[0] if len(details) == 1 else CashDetail()
    batch = entry.find("NtryDtls/Btch")
    value_date, _ = values.day(entry, "ValDt")
    booking_date, _ = values.day(entry, "BookgDt")
    return CashLine(
        position=position, value_date=value_date or booking_date,
        booking_date=booking_date or value_date, amount=sign * money.amount,
        currency=money.currency, status=_status(entry, values), reversal=reversal,
        type_code=_type_code(entry),
        our_reference=only.our_reference or (batch.text("PmtInfId", "MsgId") if batch else ""),
        bank_reference=entry.text("AcctSvcrRef") or only.bank_reference or entry.text("NtryRef"),
        end_to_end_id=only.end_to_end_id, uetr=only.uetr,
        instructed=only.instructed or values.money_at(entry, "AmtDtls/InstdAmt/Amt"),
        counterparty=only.counterparty, details=details,
        text="\n".join(filter(None, (only.text, entry.text("AddtlNtryInf")))),
        source_line=entry.element.sourceline or 0,
    )  # fmt: skip


def _status(entry: Node, values: Values) -> LineStatus:
    text = entry.text(*versions.STATUS)
    if text in versions.STATUSES:
        return versions.STATUSES[text]
    if entry.find("Sts"):
        # A bank's own status says nothing that is known here: it is not taken for booked.
        if entry.text("Sts/Prtry"):
            return LineStatus.INFORMATION
        known = ", ".join(versions.STATUSES)
        values.problems.add("wrong-code", entry, text, known=known)
    else:
        values.problems.add("missing-element", entry, missing="Sts")
    return LineStatus.INFORMATION


def _type_code(node: Node) -> str:
    parts = ("BkTxCd/Domn/Cd", "BkTxCd/Domn/Fmly/Cd", "BkTxCd/Domn/Fmly/SubFmlyCd")
    domain = [text for path in parts if (text := node.text(path))]
    return "/".join(domain) or node.text("BkTxCd/Prtry/Cd")


def _detail(node: Node, credit: bool, values: Values) -> CashDetail:
    return CashDetail(
        money=values.money_at(node, "Amt", "AmtDtls/TxAmt/Amt"),
        our_reference=node.text("Refs/InstrId", "Refs/PmtInfId", "Refs/MsgId"),
        bank_reference=node.text("Refs/AcctSvcrRef", "Refs/TxId"),
        end_to_end_id=_told(node.text("Refs/EndToEndId")), uetr=node.text("Refs/UETR"),
        instructed=values.money_at(node, "AmtDtls/InstdAmt/Amt"),
        counterparty=_counterparty(node, credit), text="\n".join(_texts(node)),
    )  # fmt: skip


def _told(text: str) -> str:
    return "" if text.upper() in NOT_PROVIDED else text


def _counterparty(node: Node, credit: bool) -> Counterparty:
    """Of money that came the debtor, of money that went the creditor."""
    side = "Dbtr" if credit else "Cdtr"
    parties, agents = node.find("RltdPties"), node.find("RltdAgts")
    if not parties and not agents:
        return NOBODY
    party = parties.find(side) if parties else None
    account = parties.find(f"{side}Acct") if parties else None
    agent = agents.find(f"{side}Agt") if agents else None
    return Counterparty(
        name=party.text(*versions.PARTY) if party else "",
        account=account.text(*versions.ACCOUNT) if account else "",
        bank=agent.text(*versions.BANK) if agent else "",
        tax_number=_tax_number(party) if party else "",
    )


def _tax_number(party: Node) -> str:
    """The identification that is said to be a tax number."""
    for path in ("Pty/Id/OrgId", "Id/OrgId", "Pty/Id/PrvtId", "Id/PrvtId"):
        found = party.find(path)
        for other in found.children("Othr") if found else []:
            if other.text("SchmeNm/Cd") in ("TXID", "INN"):
                return other.text("Id")
    return ""


def _texts(node: Node) -> Iterator[str]:
    remittance = node.find("RmtInf")
    if remittance:
        yield from (each.text() for each in remittance.children("Ustrd") if each.text())
        for structured in remittance.children("Strd"):
            yield from filter(None, (structured.text("CdtrRefInf/Ref"),))
            yield from (each.text() for each in structured.children("AddtlRmtInf") if each.text())
    if node.text("AddtlTxInf"):
        yield node.text("AddtlTxInf")
