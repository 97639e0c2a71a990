"""pacs.008 and pacs.009 as they were written, read back: for round trips, and to show what a file pays."""

from __future__ import annotations

import re
from datetime import UTC, tzinfo
from decimal import Decimal
from functools import partial

from backoffice.connectors.formats.camt.values import Values
from backoffice.connectors.formats.camt.versions import ACCOUNT
from backoffice.connectors.formats.payments.model import (
    Agent,
    BankTransfer,
    ChargeBearer,
    CustomerTransfer,
    InterbankFile,
    SettlementMethod,
)
from backoffice.connectors.formats.payments.pacs import MESSAGES, VERSIONS
from backoffice.connectors.formats.payments.reading import (
    agent_of,
    check_totals,
    one_of,
    only_document,
    party_of,
    transfer_of,
)
from backoffice.connectors.formats.xml import Node
from backoffice.kernel.money import Money

FORMAT = "pacs"
NAME = re.compile(r"pacs\.(00[89])\.001\.([0-9]{2})\Z", re.ASCII)


def read_pacs(raw: bytes, *, zone: tzinfo = UTC) -> InterbankFile:
    """The payments of a message of the versions that are written; `zone` is the sender's. Raises Refused."""
    return only_document(raw, FORMAT, partial(_document, zone=zone))


def _document(node: Node, values: Values, *, zone: tzinfo) -> InterbankFile | None:
    name = node.namespace.rpartition(":")[2]
    match = NAME.match(name)
    if not match:
        values.problems.add("wrong-kind", node, name)
        return None
    kind, version = match[1], match[2]
    if version not in VERSIONS[kind]:
        values.problems.add("unknown-version", node, name, known=", ".join(VERSIONS[kind]))
        return None
    message, header = node.find(MESSAGES[kind]), node.find(f"{MESSAGES[kind]}/GrpHdr")
    if not message or not header:
        values.problems.add("missing-element", node, missing="GrpHdr")
        return None
    created = values.moment(header, "CreDtTm", zone)
    method = one_of(SettlementMethod, header, "SttlmInf/SttlmMtd", values)
    parts = message.children("CdtTrfTxInf")
    found = [each.find("IntrBkSttlmDt") for each in parts]
    days = {values.day_in(each) if each else None for each in found}
    if not created or not method or len(days) != 1:
        missing = "IntrBkSttlmDt" if created and method else "CreDtTm, SttlmMtd"
        values.problems.add("missing-element", header, missing=missing)
        return None
    day = days.pop()
    if day is None:
        values.problems.add("missing-element", message, missing="IntrBkSttlmDt")
        return None
    payments: tuple[CustomerTransfer | BankTransfer, ...]
    if kind == "008":
        payments = tuple(each for part in parts if (each := _customer(part, values)))
    else:
        payments = tuple(_bank(part, values) for part in parts)
    amounts = [values.money_at(part, "IntrBkSttlmAmt") for part in parts]
    total = sum((each.amount for each in amounts if each), Decimal(0))
    check_totals(header, len(parts), total, values)
    account = header.find("SttlmInf/SttlmAcct")
    return InterbankFile(
        message_id=values.required(header, "MsgId"), created_at=created, settlement_date=day,
        method=method, instructing=_agent(header, parts, "InstgAgt"),
        instructed=_agent(header, parts, "InstdAgt"), payments=payments,
        settlement_account=account.text(*ACCOUNT) if account else "",
        clearing=header.text("SttlmInf/ClrSys/Cd"),
    )  # fmt: skip


def _agent(header: Node, parts: list[Node], name: str) -> Agent:
    """Of all payments in the header, or of the first beside it: cross-border ones name it there."""
    return agent_of(header.find(name) or (parts[0].find(name) if parts else None))


def _customer(node: Node, values: Values) -> CustomerTransfer | None:
    charges = one_of(ChargeBearer, node, "ChrgBr", values)
    debtor, account = node.find("Dbtr"), node.find("DbtrAcct")
    if not debtor or not charges:
        values.problems.add("missing-element", node, missing="Dbtr, ChrgBr")
        return None
    return CustomerTransfer(
        transfer=transfer_of(node, values, "IntrBkSttlmAmt"), debtor=party_of(debtor),
        debtor_account=account.text(*ACCOUNT) if account else "",
        debtor_agent=agent_of(node.find("DbtrAgt")), charges=charges,
    )  # fmt: skip


def _bank(node: Node, values: Values) -> BankTransfer:
    amount, account = values.money_at(node, "IntrBkSttlmAmt"), node.find("CdtrAcct")
    if amount is None:
        values.problems.add("missing-element", node, missing="IntrBkSttlmAmt")
    agent, between = node.find("CdtrAgt"), node.find("IntrmyAgt1")
    return BankTransfer(
        end_to_end_id=values.required(node, "PmtId/EndToEndId"),
        amount=amount or Money(Decimal(0), ""), debtor=agent_of(node.find("Dbtr")),
        creditor=agent_of(node.find("Cdtr")),
        creditor_account=account.text(*ACCOUNT) if account else "",
        creditor_agent=agent_of(agent) if agent else None,
        instruction_id=node.text("PmtId/InstrId"), uetr=node.text("PmtId/UETR"),
        intermediary=agent_of(between) if between else None, text=node.text("RmtInf/Ustrd"),
    )  # fmt: skip
