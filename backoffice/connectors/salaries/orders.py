"""What a bank is told to pay to employees: payment orders in the format of 1C, or one pain.001. Pure.

The format is that of the channel to the bank, 1C where it has none. What is missing the writers refuse, all of it at
once, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from backoffice.connectors.formats.mt.rur6 import in_latin
from backoffice.connectors.formats.one_c.orders import OrderParty, PaymentOrder, write_orders
from backoffice.connectors.formats.payments.model import (
    Address,
    Agent,
    ChargeBearer,
    PaymentGroup,
    PaymentOrderFile,
    PaymentParty,
    Profile,
    Transfer,
)
from backoffice.connectors.formats.payments.pain001 import write_pain001
from backoffice.kernel.money import Money

RUSSIAN_CLEARING = "RUCBC"
NUMBERS = 999_999  # of a Russian payment order
PRIORITY = 3  # pay (Civil Code art. 855 p. 2)
INCOME_CODE = "1"  # field 20: pay and other income of which a part may be levied (229-FZ art. 98)
MONTHS = (
    "январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь",
    "ноябрь", "декабрь",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Payer:
    """The entity with its account and the bank of it."""

    name: str
    name_ru: str
    country: str
    town: str
    inn: str
    kpp: str
    account: str
    bik: str
    bic: str
    bank: str


@dataclass(frozen=True, slots=True)
class Payee:
    """What one employee gets. `number` is that of the order, which a bank takes once a day."""

    number: int
    name: str
    name_ru: str
    country: str
    town: str
    inn: str
    account: str
    bik: str
    bank: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PayRun:
    """The pay of a journal: whose, for which month, on which day, by what name."""

    reference: str
    number: str
    month: date
    day: date
    currency: str
    payer: Payer
    payees: Sequence[Payee]

    @property
    def total(self) -> Decimal:
        return sum((each.amount for each in self.payees), Decimal(0))


def as_orders(run: PayRun, *, at: datetime) -> bytes:
    """Payment orders as 1C writes them to a bank. Raises Refused."""
    payer = OrderParty(
        name=run.payer.name_ru or run.payer.name, account=run.payer.account, bik=run.payer.bik,
        bank_name=run.payer.bank, inn=run.payer.inn, kpp=run.payer.kpp,
    )  # fmt: skip
    what = f"Заработная плата за {MONTHS[run.month.month - 1]} {run.month.year} г. по ведомости {run.number}"
    orders = [
        PaymentOrder(
            number=str((each.number - 1) % NUMBERS + 1), day=run.day, amount=each.amount, payer=payer,
            receiver=OrderParty(
                name=each.name_ru or each.name, account=each.account, bik=each.bik,
                bank_name=each.bank, inn=each.inn,
            ),
            purpose=f"{what} ({run.reference}). НДС не облагается.", priority=PRIORITY,
            income_code=INCOME_CODE,
        )
        for each in run.payees
    ]  # fmt: skip
    return write_orders(orders, sender="Бэк-офис", created_at=at)


def as_pain001(run: PayRun, *, at: datetime, version: str) -> bytes:
    """One order to the bank with a transfer for each employee. Raises Refused."""
    payer = _party(run.payer.name, run.payer.country, run.payer.town)
    group = PaymentGroup(
        id=run.reference, execution_date=run.day, debtor=payer, debtor_account=run.payer.account,
        debtor_agent=_agent(run.payer.bic, run.payer.bik), charges=ChargeBearer.SHARED, batch=True,
        transfers=tuple(
            Transfer(
                end_to_end_id=f"{run.reference}-{each.number}", amount=Money(each.amount, run.currency),
                creditor=_party(each.name, each.country, each.town), creditor_account=each.account,
                creditor_agent=_agent("", each.bik), purpose="SALA",
                text=f"Salary {run.month:%Y-%m} {in_latin(run.number)}",
            )
            for each in run.payees
        ),
    )  # fmt: skip
    file = PaymentOrderFile(run.reference, at.replace(microsecond=0), payer, (group,))
    return write_pain001(file, Profile(version=version))


def _party(name: str, country: str, town: str) -> PaymentParty:
    address = Address(country=country, town=in_latin(town)) if town and country else None
    return PaymentParty(name=in_latin(name), address=address)


def _agent(bic: str, bik: str) -> Agent:
    return Agent(bic=bic) if bic else Agent(clearing=RUSSIAN_CLEARING if bik else "", member=bik)
