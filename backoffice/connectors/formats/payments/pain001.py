"""pain.001 (customer credit transfer initiation) of versions 03, 09 and 12: written strictly, and read back.

What differs between the versions is data below; the order of elements is the schema's.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from backoffice.connectors.formats.cash import Account, AccountScheme
from backoffice.connectors.formats.payments.checking import Checks
from backoffice.connectors.formats.payments.model import (
    Address,
    Agent,
    PaymentGroup,
    PaymentOrderFile,
    PaymentParty,
    Profile,
    Transfer,
    total,
)
from backoffice.connectors.formats.refusing import Problems
from backoffice.connectors.formats.xml import written

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
MESSAGE = "CstmrCdtTrfInitn"
Content = list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Names:
    """What a version calls a thing, and whether a day stands in an element of its own."""

    bank: str
    organisation: str
    day_inside: bool


NAMES = {
    "03": Names("BIC", "BICOrBEI", day_inside=False),
    "09": Names("BICFI", "AnyBIC", day_inside=True),
    "12": Names("BICFI", "AnyBIC", day_inside=True),
}


def write_pain001(file: PaymentOrderFile, profile: Profile) -> bytes:
    """The message by the profile of its bank. Raises Refused with everything that is wrong in it."""
    format = f"pain.001.001.{profile.version}"
    problems = Problems(format)
    Checks(profile, problems).file(file)
    problems.refuse_if_any()
    names = NAMES[profile.version]
    header: Content = [
        ("MsgId", file.message_id),
        ("CreDtTm", file.created_at.isoformat(timespec="seconds")),
        ("NbOfTxs", str(sum(1 for _ in file.transfers))), ("CtrlSum", plain(file.control_sum)),
        ("InitgPty", party_content(file.initiator, names)),
    ]  # fmt: skip
    groups = [("PmtInf", _group(each, names)) for each in file.groups]
    message = (MESSAGE, [("GrpHdr", header), *groups])
    return written(NAMESPACE + format, ("Document", [message]))


def plain(amount: Decimal) -> str:
    return f"{amount:f}"


def _group(group: PaymentGroup, names: Names) -> Content:
    day = group.execution_date.isoformat()
    level: Content = [("SvcLvl", [("Cd", group.service_level)])] if group.service_level else []
    return [
        ("PmtInfId", group.id), ("PmtMtd", "TRF"),
        ("BtchBookg", "" if group.batch is None else str(group.batch).lower()),
        ("NbOfTxs", str(len(group.transfers))), ("CtrlSum", plain(total(group.transfers))),
        ("PmtTpInf", level), ("ReqdExctnDt", [("Dt", day)] if names.day_inside else day),
        ("Dbtr", party_content(group.debtor, names)),
        ("DbtrAcct", [*account_content(group.debtor_account), ("Ccy", group.currency)]),
        ("DbtrAgt", agent_content(group.debtor_agent, names)),
        ("ChrgBr", group.charges.value if group.charges else ""),
        *(("CdtTrfTxInf", _transfer(each, names)) for each in group.transfers),
    ]  # fmt: skip


def remittance_content(each: Transfer) -> Content:
    if each.structured_reference:
        kind = [("CdOrPrtry", [("Cd", "SCOR")])]
        reference = [("Tp", kind), ("Ref", each.structured_reference)]
        return [("Strd", [("CdtrRefInf", reference)])]
    return [("Ustrd", each.text)] if each.text else []


def _transfer(each: Transfer, names: Names) -> Content:
    amount = ({"Ccy": each.amount.currency}, plain(each.amount.amount))
    return [
        ("PmtId", [
            ("InstrId", each.instruction_id), ("EndToEndId", each.end_to_end_id), ("UETR", each.uetr),
        ]),
        ("Amt", [("InstdAmt", amount)]),
        ("IntrmyAgt1", agent_content(each.intermediary, names) if each.intermediary else []),
        ("CdtrAgt", agent_content(each.creditor_agent, names)),
        ("Cdtr", party_content(each.creditor, names)),
        ("CdtrAcct", account_content(each.creditor_account)),
        ("Purp", [("Cd", each.purpose)] if each.purpose else []),
        ("RmtInf", remittance_content(each)),
    ]  # fmt: skip


def account_content(number: str) -> Content:
    if Account.of(number).scheme is AccountScheme.IBAN:
        return [("Id", [("IBAN", number)])]
    return [("Id", [("Othr", [("Id", number)])])]


def party_content(party: PaymentParty, names: Names) -> Content:
    other: Content = []
    if party.other_id:
        scheme = [("Cd", party.other_scheme)] if party.other_scheme else []
        other = [("Id", party.other_id), ("SchmeNm", scheme)]
    organisation: Content = [(names.organisation, party.bic), ("LEI", party.lei), ("Othr", other)]
    known = party.bic or party.lei or party.other_id
    return [
        ("Nm", party.name), ("PstlAdr", _address(party.address)),
        ("Id", [("OrgId", organisation)] if known else []),
    ]  # fmt: skip


def _address(address: Address | None) -> Content:
    if address is None:
        return []
    return [
        ("StrtNm", address.street), ("BldgNb", address.building), ("PstCd", address.post_code),
        ("TwnNm", address.town), ("CtrySubDvsn", address.subdivision), ("Ctry", address.country),
        *(("AdrLine", line) for line in address.lines),
    ]  # fmt: skip


def agent_content(agent: Agent, names: Names) -> Content:
    member: Content = []
    if agent.member:
        system = [("Cd", agent.clearing)] if agent.clearing else []
        member = [("ClrSysId", system), ("MmbId", agent.member)]
    return [("FinInstnId", [
        (names.bank, agent.bic), ("ClrSysMmbId", member), ("Nm", agent.name),
        ("PstlAdr", _address(agent.address)),
    ])]  # fmt: skip
