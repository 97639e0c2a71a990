"""What the firm of the demonstration spends: contracts, invoices that fit and that do not, equipment, a budget, keys.

The bank's statements say what was paid: one invoice by its number, and one payment that nobody billed. Invented;
running again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from backoffice.access.models import User
from backoffice.demonstration.screening import screen_all
from expenses.allocating.services import NewKey, approve_keys, propose_key
from expenses.assets.services import NewAsset, accept_assets, propose_asset
from expenses.budgets.rules import months_of
from expenses.budgets.services import NewBudget, PlannedLine, approve_budgets, propose_budget
from expenses.costs.contracts import NewContract, propose_contract, sign_contracts
from expenses.costs.expecting import month_of
from expenses.costs.models import CostContract
from expenses.costs.reading import expected_months
from expenses.costs.services import BilledLine, NewInvoice, book_invoices, receive_invoice
from refdata.models import Agreement, Entity, Party
from refdata.selectors import forget_reference_data

LANDLORD, VENDOR, TELECOM, COUNSEL = "DEMO-LANDLORD", "DEMO-DATA", "DEMO-TELECOM", "DEMO-COUNSEL"
# code, name, Russian name, number of the agreement: without one nothing is in the register
SUPPLIERS = (
    (LANDLORD, "Demo Tower", "Демо Башня", "RENT-3/2026"),
    (VENDOR, "Demo Data", "Демо Данные", "MD-11"),
    (TELECOM, "Demo Telecom", "Демо Связь", "TEL-204"),
    (COUNSEL, "Demo Counsel", "Демо Консультант", ""),
)
SINCE = date(2026, 1, 1)
# agreement, what it obliges us to
CONTRACTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("RENT-3/2026", {
        "kind": "RENT", "subject": "Office, 420 square metres", "currency": "RUB", "amount": Decimal("850000"),
        "service": "GENERAL", "vat_on_top": True, "due_day": 5, "in_advance": True, "centre": "MGMT",
        "index": Decimal("0.06"), "indexed_from": date(2027, 1, 1), "notice_days": 90,
    }),
    ("MD-11", {
        "kind": "DATA", "subject": "Market data, five terminals", "currency": "USD", "amount": Decimal("2400"),
        "due_day": 20, "centre": "DESK", "notice_days": 30,
    }),
    ("TEL-204", {
        "kind": "COMMUNICATION", "subject": "Lines and internet", "currency": "RUB", "amount": Decimal("60000"),
        "service": "GENERAL", "due_day": 15, "tolerance": Decimal("0.1"), "centre": "BACK",
    }),
)  # fmt: skip
RENT, PAID = "T-118", "DD-77"  # numbers of invoices; the bank names the second
SHARES = [("MGMT", Decimal(1)), ("BACK", Decimal(2)), ("DESK", Decimal(3))]


def spend(people: Mapping[str, User], today: date, *, at: datetime) -> None:
    """Contracts, a month of invoices, a server, a budget, and keys by which centres are shared out."""
    if CostContract.objects.exists():
        return
    maker, checker = people["accountant"], people["manager"]
    _know_suppliers(at)
    contracts = [
        propose_contract(
            new=NewContract(
                entity="RUS", agreement=number, per_months=1, valid_from=SINCE, **terms
            ),
            actor=maker, at=at,
        ).pk
        for number, terms in CONTRACTS
    ]  # fmt: skip
    sign_contracts(ids=contracts, actor=checker, at=at)
    _bill(maker, checker, month_of(today), at)
    server = NewAsset(
        entity="RUS", number="0001", name="Server of the order gateway", kind="COMPUTERS", supplier=VENDOR,
        document="DD-12/A", currency="RUB", cost=Decimal("732000.00"), bought_on=SINCE, in_use_on=SINCE,
        months=60, method="STRAIGHT", centre="BACK",
    )  # fmt: skip
    row = propose_asset(new=server, actor=maker, at=at)
    accept_assets(ids=[row.pk], actor=checker, at=at)
    _plan(maker, checker, today, at)


def _know_suppliers(at: datetime) -> None:
    entity = Entity.objects.get(code="RUS")
    for code, name, name_ru, number in SUPPLIERS:
        party, _new = Party.objects.get_or_create(
            code=code,
            defaults={"name": name, "name_ru": name_ru, "roles": ["COUNTERPARTY"], "country": "RU"},
        )
        if number:
            Agreement.objects.get_or_create(
                entity=entity, party=party, number=number,
                defaults={"kind": "OTHER", "signed_on": SINCE, "valid_from": SINCE},
            )  # fmt: skip
    screen_all(at)
    forget_reference_data()


def _bill(maker: User, checker: User, month: date, at: datetime) -> None:
    """Rent and data as agreed, booked; communication dearer than agreed, and a lawyer without a contract, wait."""

    def invoice(party: str, number: str, currency: str, line: BilledLine, **more: Any) -> int:
        told = {"dated": month, "month_from": month, "month_until": month} | more
        new = NewInvoice(
            entity="RUS", party=party, number=number, currency=currency, lines=[line], **told
        )
        return receive_invoice(new=new, actor=maker, at=at).pk

    def agreed(number: str, service: str) -> BilledLine:
        """A line of what a contract makes us expect of the month."""
        row = CostContract.objects.get(agreement__number=number)
        share = expected_months(row, month, month)[month]
        return BilledLine(row.kind, share.net, share.vat, service)

    line = BilledLine("COMMUNICATION", Decimal("65573.77"), Decimal("14426.23"), "GENERAL")
    advice = BilledLine("LEGAL", Decimal("45000.00"), Decimal(0), "", "Advice on a claim")
    fits = [
        invoice(
            LANDLORD,
            RENT,
            "RUB",
            agreed("RENT-3/2026", "GENERAL"),
            contract="RENT-3/2026",
            shares=SHARES,
        ),
        invoice(VENDOR, PAID, "USD", agreed("MD-11", ""), contract="MD-11"),
    ]
    book_invoices(ids=fits, actor=checker, at=at)
    invoice(TELECOM, "55-9021", "RUB", line, contract="TEL-204")
    invoice(COUNSEL, "88", "RUB", advice)


def _plan(maker: User, checker: User, today: date, at: datetime) -> None:
    lines = [
        PlannedLine(centre, kind, month, Decimal(amount))
        for month in months_of(today.year)
        for centre, kind, amount in (
            ("MGMT", "RENT", 170_000), ("BACK", "RENT", 345_000), ("DESK", "RENT", 520_000),
            ("DESK", "DATA", 190_000), ("BACK", "COMMUNICATION", 60_000), ("BACK", "DEPRECIATION", 12_200),
        )
    ]  # fmt: skip
    budget = propose_budget(
        new=NewBudget(entity="RUS", year=today.year, lines=lines), actor=maker, at=at
    )
    approve_budgets(ids=[budget.pk], actor=checker, at=at)
    month = date(today.year, 1, 1)
    keys = [
        NewKey(entity="RUS", centre="MGMT", position=1, basis="HEADCOUNT", valid_from=month,
               centres=[("BACK", Decimal(6)), ("DESK", Decimal(4))]),
        NewKey(entity="RUS", centre="BACK", position=2, basis="DEALS", valid_from=month),
    ]  # fmt: skip
    ids = [propose_key(new=key, actor=maker, at=at).pk for key in keys]
    approve_keys(ids=ids, actor=checker, at=at)
