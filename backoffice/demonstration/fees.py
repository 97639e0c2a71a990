"""What dealing costs and earns in the demonstration: schedules, accruals by them, a bill with one difference.

The exchange bills what it bills in truth, but one deal at another rate; what we charge waits to be issued. Invented;
running again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from backoffice.access.models import User
from backoffice.demonstration.screening import screen_all
from backoffice.kernel.decimals import plain
from expenses.fees.accruing import accrue_fees
from expenses.fees.invoicing import propose_invoices
from expenses.fees.models import FeeAccrual, FeeStatement
from expenses.fees.services import NewBill, receive_statement
from expenses.fees.terms import read_lines
from refdata.models import Entity, FeeSchedule, Party, Place
from refdata.selectors import forget_reference_data, reference_data

EXCHANGE, DEPOSITORY = "DEMO-EXCHANGE", "DEMO-DEPOSITORY"
# code, name, Russian name, role
BILLERS = (
    (EXCHANGE, "Demo Exchange", "Демо Биржа", "COUNTERPARTY"),
    (DEPOSITORY, "Demo Depository", "Демо Депозитарий", "CUSTODIAN"),
)
SINCE = date(2026, 1, 1)
# The kind of a fee, and its terms: of the exchange by tiers with a rebate, of the depository by the settlement and
# by what is held; what we charge our clients.
SCHEDULES: Mapping[str, Mapping[str, Any]] = {
    "EXCHANGE": {
        "product": "equity", "market": "MISX", "basis": "NOTIONAL", "rate": "0.0003",
        "tier_from": ["1000000"], "tier_rates": ["0.0002"], "rebate_from": ["50000000"],
        "rebate_shares": ["0.1"], "service": "EXCHANGE", "biller": EXCHANGE,
    },
    "SETTLEMENT": {
        "basis": "SETTLEMENT", "rate": "90", "place": "NSD", "service": "DEPOSITORY", "biller": DEPOSITORY,
    },
    "CUSTODY": {
        "basis": "ASSETS", "rate": "0.0001", "place": "NSD", "capacity": "OWN", "service": "DEPOSITORY",
        "biller": DEPOSITORY,
    },
    "COMMISSION": {
        "product": "equity", "capacity": "CLIENT", "basis": "NOTIONAL", "rate": "0.001", "minimum": "30",
        "maximum": "15000", "service": "BROKERAGE", "payer": "CLIENT",
    },
}  # fmt: skip
NUMBERS = ("rate", "minimum", "maximum")
LISTS = ("tier_from", "tier_rates", "rebate_from", "rebate_shares")
TOO_MUCH = Decimal("12.50")  # by which one deal is billed otherwise


def charge_fees(people: Mapping[str, User], days: Sequence[date], *, at: datetime) -> None:
    """Schedules, what the days cost by them, the bill of the exchange, and an invoice for each client."""
    if FeeStatement.objects.exists():
        return
    entity = Entity.objects.get(code="RUS")
    _load_billers(at)
    for kind, terms in SCHEDULES.items():
        FeeSchedule.objects.create(
            entity=entity, kind=kind, currency="RUB", collected="INVOICED", valid_from=SINCE, **_read(terms)
        )  # fmt: skip
    forget_reference_data()
    accrue_fees(entity_id=entity.pk, day=max(days), at=at)
    _bill(entity, min(days).replace(day=1), people["clerk"], at)
    propose_invoices(
        entity_id=entity.pk, month=max(days), party_id=None, actor=people["clerk"], at=at
    )


def _load_billers(at: datetime) -> None:
    for code, name, name_ru, role in BILLERS:
        Party.objects.get_or_create(
            code=code, defaults={"name": name, "name_ru": name_ru, "roles": [role], "country": "RU"}
        )  # fmt: skip
    screen_all(at)


def _read(terms: Mapping[str, Any]) -> dict[str, Any]:
    """The terms as a row has them: numbers as decimals, codes as what they name."""
    read = dict(terms)
    read |= {name: Decimal(read[name]) for name in NUMBERS if name in read}
    read |= {name: [Decimal(each) for each in read[name]] for name in LISTS if name in read}
    if "biller" in read:
        read["biller"] = Party.objects.get(code=read["biller"])
    if "place" in read:
        read["place"] = Place.objects.get(code=read["place"])
    return read


def _bill(entity: Entity, month: date, actor: User, at: datetime) -> None:
    """What the exchange bills: every deal as we have accrued it, the largest of them too dear."""
    party = Party.objects.get(code=EXCHANGE)
    accrued = list(
        FeeAccrual.objects.filter(entity=entity, party=party, due_month=month).order_by("cause_id")
    )
    if not accrued:
        return
    dearest = max(accrued, key=lambda row: row.amount)
    rows = [
        {
            "their_ref": f"{month:%y%m}-{number:04d}", "deal": f"D-{row.cause_id}", "kind": row.kind,
            "day": row.accrued_on.isoformat(), "currency": row.currency,
            "amount": plain(row.amount + (TOO_MUCH if row is dearest else Decimal(0))),
        }
        for number, row in enumerate(accrued, 1)
    ]  # fmt: skip
    lines = read_lines(rows, reference_data())
    new = NewBill(
        entity_id=entity.pk, party_id=party.pk, month=month, document=f"{month:%y%m}-77",
        lines=lines,
    )  # fmt: skip
    receive_statement(new=new, actor=actor, at=at)
