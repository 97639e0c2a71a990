"""What a bank is told to pay: an order to it, a message between banks, or a Russian payment order. Pure.

Towns and countries, accounts and identifiers come from reference data; what is missing the writers refuse.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from backoffice.connectors.channels.choosing import version_in, zone_of
from backoffice.connectors.channels.details import Details
from backoffice.connectors.channels.models import Channel
from backoffice.connectors.channels.references import Named, reference_of
from backoffice.connectors.channels.state import ChannelFormat
from backoffice.connectors.formats.mt.rur6 import in_latin
from backoffice.connectors.formats.one_c.orders import OrderParty, PaymentOrder, write_orders
from backoffice.connectors.formats.payments.model import (
    Address,
    Agent,
    BankTransfer,
    ChargeBearer,
    CustomerTransfer,
    InterbankFile,
    PaymentGroup,
    PaymentOrderFile,
    PaymentParty,
    Profile,
    SettlementMethod,
    Transfer,
)
from backoffice.connectors.formats.payments.pacs import write_pacs
from backoffice.connectors.formats.payments.pain001 import write_pain001
from backoffice.connectors.formats.refusing import Problems
from backoffice.kernel.errors import Refusal
from backoffice.kernel.money import Money
from refdata.firm_profiles.selectors import profile_of
from refdata.firm_profiles.state import SwiftAccess

CENT = Decimal("0.01")
NUMBERS = 999_999  # of a Russian payment order
RUSSIAN_CLEARING = "RUCBC"


def write_payment(
    message: Named, body: Mapping[str, Any], details: Details, channel: Channel, *, at: datetime
) -> tuple[str, str, bytes]:
    """Format, ending and bytes of a payment. Raises Refused."""
    local = at.astimezone(zone_of(channel)).replace(microsecond=0)
    if channel.format == ChannelFormat.ONE_C:
        return "1C", "txt", _order(message, body, details, local)
    if channel.format == ChannelFormat.PACS:
        return _pacs(message, body, details, channel, local)
    version = version_in(channel, "pain.001", "09")
    modern = version != "03"  # which knows neither LEI nor UETR
    file = PaymentOrderFile(
        message_id=reference_of(message), created_at=local, initiator=_payer(details, modern),
        groups=(
            PaymentGroup(
                id=reference_of(message), execution_date=date.fromisoformat(body["due_date"]),
                debtor=_payer(details, modern), debtor_account=details.cash_account,
                debtor_agent=Agent(bic=details.place_bic) if details.place_bic else _russian(details.place_bik),
                transfers=(_transfer(message, body, details, channel, modern),),
                charges=ChargeBearer.SHARED,
            ),
        ),
    )  # fmt: skip
    return f"pain.001.001.{version}", "xml", write_pain001(file, Profile(version=version))


def _pacs(
    message: Named, body: Mapping[str, Any], details: Details, channel: Channel, local: datetime
) -> tuple[str, str, bytes]:
    """Of our own money from bank to bank (pacs.009), of a client's as the client's payment (pacs.008)."""
    _require_participant(details, local.date())
    name = "pacs.009" if details.is_own else "pacs.008"
    version = version_in(channel, name, "08")
    transfer = _transfer(message, body, details, channel, True)
    payment: CustomerTransfer | BankTransfer = CustomerTransfer(
        transfer=transfer, debtor=_payer(details), debtor_account=details.cash_account,
        debtor_agent=Agent(bic=channel.own_bic), charges=ChargeBearer.SHARED,
    )  # fmt: skip
    if details.is_own:
        payment = BankTransfer(
            end_to_end_id=transfer.end_to_end_id, amount=transfer.amount,
            debtor=Agent(bic=channel.own_bic), creditor=Agent(bic=details.their_ids.get("BIC", "")),
            creditor_account=transfer.creditor_account, creditor_agent=transfer.creditor_agent,
            instruction_id=transfer.instruction_id, uetr=transfer.uetr, text=transfer.text,
        )  # fmt: skip
    file = InterbankFile(
        message_id=reference_of(message), created_at=local,
        settlement_date=date.fromisoformat(body["due_date"]), method=SettlementMethod.AT_INSTRUCTED,
        instructing=Agent(bic=channel.own_bic), instructed=Agent(bic=channel.their_bic),
        payments=(payment,), settlement_account=details.cash_account,
    )  # fmt: skip
    return f"{name}.001.{version}", "xml", write_pacs(file, Profile(version=version))


def _require_participant(details: Details, day: date) -> None:
    """Only who takes part in the system itself sends its messages (domain-decisions 31, 33)."""
    try:
        access = profile_of(details.entity, day).swift
    except Refusal:
        access = ""
    if access != SwiftAccess.PARTICIPANT:
        problems = Problems("pacs")
        problems.add("not-permitted", "profile", "pacs", reason=access or "no firm profile")
        problems.refuse()


def _transfer(
    message: Named, body: Mapping[str, Any], details: Details, channel: Channel, modern: bool
) -> Transfer:
    reference = reference_of(message)
    bank = (
        Agent(bic=details.their_bank_bic)
        if details.their_bank_bic
        else _russian(details.their_bank_bik)
    )
    return Transfer(
        end_to_end_id=reference, instruction_id=reference,
        amount=Money(_amount(body), body["currency"]), creditor=_party(
            details.their_name, details.their_town, details.their_country,
            details.their_ids if modern else {},
        ), creditor_account=details.their_cash_account, creditor_agent=bank,
        uetr=_uetr(channel, reference) if modern else "", text=f"{details.deal} {reference}".strip(),
    )  # fmt: skip


def _payer(details: Details, modern: bool = True) -> PaymentParty:
    ids = details.own_ids if modern else {}
    return _party(details.own_name, details.own_town, details.own_country, ids)


def _party(name: str, town: str, country: str, ids: Mapping[str, str]) -> PaymentParty:
    address = Address(country=country, town=in_latin(town)) if town or country else None
    return PaymentParty(name=in_latin(name), address=address, lei=ids.get("LEI", ""))


def _russian(bik: str) -> Agent:
    return Agent(clearing=RUSSIAN_CLEARING if bik else "", member=bik)


def _amount(body: Mapping[str, Any]) -> Decimal:
    """With as many decimals as it has, two at least."""
    amount = Decimal(body["amount"])
    short = amount.quantize(CENT)
    return short if short == amount else amount.normalize()


def _uetr(channel: Channel, reference: str) -> str:
    """Always the same for the same message, and of the form of a random one."""
    digest = hashlib.sha256(f"{channel.code}/{reference}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def _order(message: Named, body: Mapping[str, Any], details: Details, local: datetime) -> bytes:
    """One payment order. Its number has six digits; what we call it stands in the purpose, which statements repeat."""
    if body["currency"] != "RUB":
        problems = Problems("1C")
        problems.add("wrong-currency", "Сумма", body["currency"])
        problems.refuse()
    order = PaymentOrder(
        number=str((message.settlement_id - 1) % NUMBERS + 1), day=local.date(),
        amount=_amount(body),
        payer=OrderParty(
            name=details.own_name_ru or details.own_name, account=details.cash_account,
            bik=details.place_bik, bank_name=details.place_name,
            inn=details.own_ids.get("INN", ""), kpp=details.own_ids.get("KPP", ""),
        ),
        receiver=OrderParty(
            name=details.their_name_ru or details.their_name, account=details.their_cash_account,
            bik=details.their_bank_bik, bank_name=details.their_bank_name,
            inn=details.their_ids.get("INN", ""), kpp=details.their_ids.get("KPP", ""),
        ),
        purpose=f"Оплата по сделке {details.deal} (S-{message.settlement_id}). НДС не облагается.",
    )  # fmt: skip
    return write_orders([order], sender="Бэк-офис", created_at=local)
