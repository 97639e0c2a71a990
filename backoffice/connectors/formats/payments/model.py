"""Credit transfers as a firm orders them, whatever message carries them, and the profile of the bank."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from backoffice.kernel.money import Money


class AddressRule(StrEnum):
    """How an address may be given. Town and country are required in both since 14 November 2026."""

    STRUCTURED = "STRUCTURED"  # elements alone
    HYBRID = "HYBRID"  # with up to two free lines beside them


class Characters(StrEnum):
    LATIN = "LATIN"  # SWIFT's set X, which is also SEPA's
    ANY = "ANY"


class ChargeBearer(StrEnum):
    DEBTOR = "DEBT"
    CREDITOR = "CRED"
    SHARED = "SHAR"
    SERVICE_LEVEL = "SLEV"


@dataclass(frozen=True, slots=True)
class Profile:
    """What one bank takes: the version of the message, addresses, characters, how many payments."""

    version: str = "09"
    addresses: AddressRule = AddressRule.HYBRID
    characters: Characters = Characters.LATIN
    most_transfers: int = 10_000


@dataclass(frozen=True, slots=True)
class Address:
    country: str = ""
    town: str = ""
    post_code: str = ""
    street: str = ""
    building: str = ""
    subdivision: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaymentParty:
    """Who pays or is paid. `other_id` is a number of another scheme, named by `other_scheme` (`TXID`)."""

    name: str
    address: Address | None = None
    bic: str = ""
    lei: str = ""
    other_id: str = ""
    other_scheme: str = ""


@dataclass(frozen=True, slots=True)
class Agent:
    """A bank: by BIC, or by its member number of a clearing (`RUCBC` and a BIK)."""

    bic: str = ""
    clearing: str = ""
    member: str = ""
    name: str = ""
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment to one creditor."""

    end_to_end_id: str
    amount: Money
    creditor: PaymentParty
    creditor_account: str
    creditor_agent: Agent
    instruction_id: str = ""
    uetr: str = ""
    intermediary: Agent | None = None
    purpose: str = ""
    text: str = ""
    structured_reference: str = ""


@dataclass(frozen=True, slots=True)
class PaymentGroup:
    """Payments from one account on one day."""

    id: str
    execution_date: date
    debtor: PaymentParty
    debtor_account: str
    debtor_agent: Agent
    transfers: tuple[Transfer, ...]
    currency: str = ""  # of the debtor's account, where it has several
    charges: ChargeBearer | None = None
    service_level: str = ""
    batch: bool | None = None


@dataclass(frozen=True, slots=True)
class PaymentOrderFile:
    """A message with all its groups. `created_at` is aware."""

    message_id: str
    created_at: datetime
    initiator: PaymentParty
    groups: tuple[PaymentGroup, ...]

    @property
    def transfers(self) -> Iterator[Transfer]:
        return (each for group in self.groups for each in group.transfers)

    @property
    def control_sum(self) -> Decimal:
        """The amounts summed as numbers, of whatever currencies: how the standard wants it."""
        return total(self.transfers)


def total(transfers: Iterator[Transfer] | tuple[Transfer, ...]) -> Decimal:
    return sum((each.amount.amount for each in transfers), Decimal(0))


class SettlementMethod(StrEnum):
    """Where banks settle: on an account that one of the two holds for the other, or in a system."""

    AT_INSTRUCTED = "INDA"
    AT_INSTRUCTING = "INGA"
    CLEARING = "CLRG"


@dataclass(frozen=True, slots=True)
class CustomerTransfer:
    """A payment of a customer between banks (pacs.008): the transfer, and who pays it."""

    transfer: Transfer
    debtor: PaymentParty
    debtor_account: str
    debtor_agent: Agent
    charges: ChargeBearer


@dataclass(frozen=True, slots=True)
class BankTransfer:
    """A payment of a bank to a bank (pacs.009), for its own account."""

    end_to_end_id: str
    amount: Money
    debtor: Agent
    creditor: Agent
    creditor_account: str = ""
    creditor_agent: Agent | None = None
    instruction_id: str = ""
    uetr: str = ""
    intermediary: Agent | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class InterbankFile:
    """Payments that a participant sends: of customers, or of banks, never both. `created_at` is aware."""

    message_id: str
    created_at: datetime
    settlement_date: date
    method: SettlementMethod
    instructing: Agent
    instructed: Agent
    payments: tuple[CustomerTransfer | BankTransfer, ...]
    settlement_account: str = ""
    clearing: str = ""  # the system, where the method is CLEARING
