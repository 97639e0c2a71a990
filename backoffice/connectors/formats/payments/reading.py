"""pain.001 as it was written, read back: for round trips, and to show what a file orders before it goes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, tzinfo
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import TypeVar

from backoffice.connectors.formats.camt.values import Values
from backoffice.connectors.formats.camt.versions import ACCOUNT
from backoffice.connectors.formats.payments.model import (
    Address,
    Agent,
    ChargeBearer,
    PaymentGroup,
    PaymentOrderFile,
    PaymentParty,
    Transfer,
)
from backoffice.connectors.formats.payments.pain001 import MESSAGE, NAMES
from backoffice.connectors.formats.refusing import Problems, at_line
from backoffice.connectors.formats.xml import Node, elements_of
from backoffice.kernel.money import Money

FORMAT = "pain.001"
File = TypeVar("File")
Code = TypeVar("Code", bound=StrEnum)
NAME = re.compile(r"pain\.001\.001\.([0-9]{2})\Z", re.ASCII)


def read_pain001(raw: bytes, *, zone: tzinfo = UTC) -> PaymentOrderFile:
    """The payments of a message of the versions that are written. Raises Refused.

    Its own totals must be those of its payments: a file that is cut or put together says otherwise. `zone` is
    the sender's, of moments that have no offset.
    """
    return only_document(raw, FORMAT, partial(_document, zone=zone))


def only_document(raw: bytes, format: str, read: Callable[[Node, Values], File | None]) -> File:
    """What a reader makes of the one document of a file."""
    problems = Problems(format)
    values = Values(problems)
    found: File | None = None
    for event, node in elements_of(raw, format, ("Document",)):
        if event == "end" and found is None:
            found = read(node, values)
        elif event == "end":
            problems.add("repeated-field", node, node.name)
    if found is None and not problems:
        problems.add("missing-element", at_line(1), missing="Document")
    problems.refuse_if_any()
    assert found is not None, "without problems there is a document"
    return found


def one_of(codes: type[Code], node: Node, path: str, values: Values) -> Code | None:
    """A code of a list; None, and a problem where it is none of them, where there is nothing."""
    text = node.text(path)
    if text and text not in set(codes):
        values.problems.add("wrong-code", node, text, known=", ".join(codes))
        return None
    return codes(text) if text else None


def _document(node: Node, values: Values, *, zone: tzinfo) -> PaymentOrderFile | None:
    name = node.namespace.rpartition(":")[2]
    match = NAME.match(name)
    if not match:
        values.problems.add("wrong-kind", node, name)
        return None
    if match[1] not in NAMES:
        values.problems.add("unknown-version", node, name, known=", ".join(NAMES))
        return None
    message, header = node.find(MESSAGE), node.find(f"{MESSAGE}/GrpHdr")
    if not message or not header:
        values.problems.add("missing-element", node, missing="GrpHdr")
        return None
    initiator = header.find("InitgPty")
    created = values.moment(header, "CreDtTm", zone)
    if not created:
        values.problems.add("missing-element", header, missing="CreDtTm")
        return None
    file = PaymentOrderFile(
        message_id=values.required(header, "MsgId"), created_at=created,
        initiator=party_of(initiator) if initiator else PaymentParty(""),
        groups=tuple(_group(each, values) for each in message.children("PmtInf")),
    )  # fmt: skip
    check_totals(header, len(list(file.transfers)), file.control_sum, values)
    return file


def check_totals(node: Node, count: int, amount: Decimal, values: Values) -> None:
    stated, total = values.number(node, "NbOfTxs"), node.find("CtrlSum")
    if stated is not None and stated != count:
        values.problems.add("wrong-value", node, str(stated), form=f"NbOfTxs {count}")
    if total and values.decimal(total) != amount:
        values.problems.add("wrong-value", total, total.text(), form=f"CtrlSum {amount:f}")


def _group(node: Node, values: Values) -> PaymentGroup:
    transfers = tuple(transfer_of(each, values) for each in node.children("CdtTrfTxInf"))
    check_totals(
        node, len(transfers), sum((t.amount.amount for t in transfers), Decimal(0)), values
    )
    day = node.find("ReqdExctnDt/Dt") or node.find("ReqdExctnDt")
    execution = values.day_in(day) if day else None
    if execution is None:
        values.problems.add("missing-element", node, missing="ReqdExctnDt")
    debtor, account = node.find("Dbtr"), node.find("DbtrAcct")
    batch = node.text("BtchBookg")
    return PaymentGroup(
        id=values.required(node, "PmtInfId"), execution_date=execution or date.min,
        debtor=party_of(debtor) if debtor else PaymentParty(""),
        debtor_account=account.text(*ACCOUNT) if account else "",
        debtor_agent=agent_of(node.find("DbtrAgt")), transfers=transfers,
        currency=account.text("Ccy") if account else "",
        charges=one_of(ChargeBearer, node, "ChrgBr", values),
        service_level=node.text("PmtTpInf/SvcLvl/Cd"),
        batch=values.flag(node, "BtchBookg") if batch else None,
    )  # fmt: skip


def transfer_of(node: Node, values: Values, path: str = "Amt/InstdAmt") -> Transfer:
    amount = values.money_at(node, path)
    if amount is None:
        values.problems.add("missing-element", node, missing=path)
    creditor, account = node.find("Cdtr"), node.find("CdtrAcct")
    between = node.find("IntrmyAgt1")
    return Transfer(
        end_to_end_id=values.required(node, "PmtId/EndToEndId"),
        amount=amount or Money(Decimal(0), ""),
        creditor=party_of(creditor) if creditor else PaymentParty(""),
        creditor_account=account.text(*ACCOUNT) if account else "",
        creditor_agent=agent_of(node.find("CdtrAgt")), instruction_id=node.text("PmtId/InstrId"),
        uetr=node.text("PmtId/UETR"), intermediary=agent_of(between) if between else None,
        purpose=node.text("Purp/Cd"), text=node.text("RmtInf/Ustrd"),
        structured_reference=node.text("RmtInf/Strd/CdtrRefInf/Ref"),
    )  # fmt: skip


def party_of(node: Node) -> PaymentParty:
    organisation = node.find("Id/OrgId") or node.find("Id/PrvtId")
    return PaymentParty(
        name=node.text("Nm"), address=_address(node.find("PstlAdr")),
        bic=organisation.text("AnyBIC", "BICOrBEI") if organisation else "",
        lei=organisation.text("LEI") if organisation else "",
        other_id=organisation.text("Othr/Id") if organisation else "",
        other_scheme=organisation.text("Othr/SchmeNm/Cd") if organisation else "",
    )  # fmt: skip


def _address(node: Node | None) -> Address | None:
    if node is None:
        return None
    return Address(
        country=node.text("Ctry"), town=node.text("TwnNm"), post_code=node.text("PstCd"),
        street=node.text("StrtNm"), building=node.text("BldgNb"),
        subdivision=node.text("CtrySubDvsn"),
        lines=tuple(each.text() for each in node.children("AdrLine")),
    )  # fmt: skip


def agent_of(node: Node | None) -> Agent:
    bank = node.find("FinInstnId") if node else None
    if bank is None:
        return Agent()
    return Agent(
        bic=bank.text("BICFI", "BIC"), clearing=bank.text("ClrSysMmbId/ClrSysId/Cd"),
        member=bank.text("ClrSysMmbId/MmbId"), name=bank.text("Nm"),
        address=_address(bank.find("PstlAdr")),
    )  # fmt: skip
