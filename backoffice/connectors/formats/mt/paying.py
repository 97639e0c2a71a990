"""MT103, MT202 and MT101 as we write them: for a channel that says so, until the day that it says.

Payment systems and correspondents take ISO 20022; a bilateral channel may still want these (domain-decisions 33). SWIFT
Standards, Category 1 and 2: the order of fields, 50K, 57A and D, 59, 70, 71A; the UETR stands in block 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from backoffice.connectors.formats.mt.characters import in_x, lines_of, reference
from backoffice.connectors.formats.mt.spelling import Addresses, Block
from backoffice.connectors.formats.payments.model import (
    Agent,
    BankTransfer,
    ChargeBearer,
    CustomerTransfer,
    PaymentGroup,
    PaymentParty,
    Transfer,
)
from backoffice.connectors.formats.refusing import Problems
from backoffice.kernel.money import Money

WIDTH, NAME_LINES, TEXT_LINES = 35, 4, 4
FOR_BENEFICIARY, CONTINUED = (
    "/BNF/",
    "//",
)  # before the first line of field 72, and each further one
CHARGES: Mapping[ChargeBearer, str] = MappingProxyType(
    {
        ChargeBearer.DEBTOR: "OUR", ChargeBearer.SHARED: "SHA", ChargeBearer.CREDITOR: "BEN",
    }
)  # fmt: skip
CLEARINGS = MappingProxyType({"RUCBC": "RU", "DEBLZ": "BL", "GBDSC": "SC", "USABA": "FW"})


@dataclass(frozen=True, slots=True)
class MtChannel:
    """A bilateral channel that takes these messages, and the last day on which it does."""

    addresses: Addresses
    until: date


def write_mt103(payment: CustomerTransfer, channel: MtChannel, *, value_date: date) -> bytes:
    """One payment of a customer. Raises Refused."""
    page = _Page(Problems("MT103"), channel, value_date)
    transfer = payment.transfer
    page.put("20", page.reference(transfer.instruction_id or transfer.end_to_end_id, "reference"))
    page.put("23B", "CRED")
    page.put("32A", f"{value_date:%y%m%d}{page.amount(transfer.amount)}")
    page.party("50K", payment.debtor, payment.debtor_account, "debtor")
    page.agent("52", payment.debtor_agent, "debtor_agent")
    page.chain(transfer)
    page.put("71A", page.charges(payment.charges))
    return page.written("103", transfer.uetr)


def write_mt202(payment: BankTransfer, channel: MtChannel, *, value_date: date) -> bytes:
    """One payment of a bank for its own account. Raises Refused."""
    page = _Page(Problems("MT202"), channel, value_date)
    page.put("20", page.reference(payment.instruction_id or payment.end_to_end_id, "reference"))
    page.put("21", page.reference(payment.end_to_end_id, "end_to_end_id"))
    page.put("32A", f"{value_date:%y%m%d}{page.amount(payment.amount)}")
    page.agent("52", payment.debtor, "debtor")
    if payment.intermediary:
        page.agent("56", payment.intermediary, "intermediary")
    if payment.creditor_agent:
        page.agent("57", payment.creditor_agent, "creditor_agent")
    page.agent("58", payment.creditor, "creditor", account=payment.creditor_account)
    if payment.text.strip():
        width = WIDTH - len(FOR_BENEFICIARY)
        lines = lines_of(payment.text, "text", page.problems, width=width, most=6)
        page.put("72", FOR_BENEFICIARY + f"\r\n{CONTINUED}".join(lines))
    return page.written("202", payment.uetr)


def write_mt101(group: PaymentGroup, channel: MtChannel, *, message_id: str) -> bytes:
    """The payments of a group from one account on one day, as an order to the bank. Raises Refused."""
    page = _Page(Problems("MT101"), channel, group.execution_date)
    page.put("20", page.reference(message_id, "message_id"))
    page.put("28D", "1/1")
    page.party("50H", group.debtor, group.debtor_account, "debtor")
    page.agent("52", group.debtor_agent, "debtor_agent")
    page.put("30", f"{group.execution_date:%y%m%d}")
    charges = page.charges(group.charges or ChargeBearer.SHARED)
    for number, transfer in enumerate(group.transfers, 1):
        page.put("21", page.reference(transfer.end_to_end_id, f"transfers/{number}"))
        page.put("32B", page.amount(transfer.amount))
        page.chain(transfer)
        page.put("71A", charges)
    if not group.transfers:
        page.problems.add("required", "transfers", missing="transfers")
    return page.written("101")


class _Page:
    """The lines of one message, and what is wrong with what is to stand there."""

    def __init__(self, problems: Problems, channel: MtChannel, on: date) -> None:
        self.problems = problems
        self.channel = channel
        self.block = Block(problems)
        if on > channel.until:
            problems.add("not-permitted", "channel", problems.format, reason=f"> {channel.until}")

    def put(self, tag: str, value: str) -> None:
        self.block.put(tag, value)

    def reference(self, text: str, where: str) -> str:
        return reference(text, where, self.problems)

    def amount(self, money: Money) -> str:
        return self.block.amount(money, "amount", zero=False)

    def charges(self, bearer: ChargeBearer) -> str:
        if bearer not in CHARGES:
            known = ", ".join(CHARGES)
            self.problems.add("wrong-code", "charges", bearer, known=known)
        return CHARGES.get(bearer, "SHA")

    def chain(self, transfer: Transfer) -> None:
        """From the intermediary to whoever is paid, and what for."""
        if transfer.intermediary:
            self.agent("56", transfer.intermediary, "intermediary")
        self.agent("57", transfer.creditor_agent, "creditor_agent")
        self.party("59", transfer.creditor, transfer.creditor_account, "creditor")
        if transfer.text.strip():
            lines = lines_of(transfer.text, "text", self.problems, width=WIDTH, most=TEXT_LINES)
            self.put("70", "\r\n".join(lines))

    def party(self, tag: str, party: PaymentParty, account: str, where: str) -> None:
        """The account above, the name and what there is of an address below."""
        if not party.name.strip():
            self.problems.add("required", where, missing=where)
        lines = lines_of(party.name, where, self.problems, width=WIDTH, most=NAME_LINES - 1)
        address = party.address
        if address:
            town = " ".join(filter(None, (address.post_code, address.town)))
            told = (" ".join(filter(None, (address.street, address.building))), town)
            below = ", ".join(filter(None, (*told, address.country)))
            left = NAME_LINES - len(lines)
            lines += lines_of(below, where, self.problems, width=WIDTH, most=left)
        if not account:
            self.problems.add("required", where, missing=f"{where}.account")
        self.put(tag, self.block.account_above(account, where) + "\r\n".join(lines))

    def agent(self, number: str, agent: Agent, where: str, account: str = "") -> None:
        """A bank by its BIC, else by its number in a clearing with its name."""
        if agent.bic:
            bic = self.block.bic(agent.bic, where)
            self.put(f"{number}A", f"{self.block.account_above(account, where)}{bic}")
            return
        code = CLEARINGS.get(agent.clearing)
        if not code or not agent.member or not agent.name.strip():
            self.problems.add("required", where, missing=f"{where}.bic")
            return
        lines = lines_of(agent.name, where, self.problems, width=WIDTH, most=NAME_LINES)
        above = f"//{code}{in_x(agent.member, where, self.problems)}\r\n"
        self.put(f"{number}D", above + "\r\n".join(lines))

    def written(self, kind: str, uetr: str = "") -> bytes:
        return self.block.written(kind, self.channel.addresses, uetr=uetr)
