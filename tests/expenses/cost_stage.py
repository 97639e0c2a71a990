"""A landlord with an agreement, contracts under it, invoices, and what the bank says was paid: in the fewest words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from backoffice.access.models import User
from expenses.costs.contracts import NewContract, propose_contract, sign_contracts
from expenses.costs.models import Cost, CostContract, SupplierInvoice
from expenses.costs.services import BilledLine, NewInvoice, book_invoices, receive_invoice
from ledger.models import LedgerAccount
from ledger.selectors import balances
from refdata.models import Agreement, Entity, Party
from refdata.selectors import forget_reference_data

D = Decimal
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)
LANDLORD, NUMBER = "LANDLORD", "R-17/2026"


def person(name: str) -> User:
    return User.objects.get(username=name)


def supplier(code: str = LANDLORD, number: str = NUMBER, **more: Any) -> Party:
    """A supplier whose agreement is in the register; without a number no agreement."""
    party, _ = Party.objects.get_or_create(
        code=code, defaults={"name": f"Supplier {code}", "roles": ["COUNTERPARTY"]}
    )
    if number:
        told = {"signed_on": date(2026, 1, 1), "valid_from": date(2026, 1, 1), "kind": "OTHER"}
        Agreement.objects.create(
            entity=Entity.objects.get(code="RUS"), party=party, number=number, **(told | more)
        )
    forget_reference_data()
    return party


def contract(number: str = NUMBER, *, signed: bool = True, **more: Any) -> CostContract:
    """100.00 a month and VAT on top, by the accountant's word and the manager's."""
    told: dict[str, Any] = {
        "entity": "RUS", "agreement": number, "kind": "RENT", "subject": "Office", "currency": "RUB",
        "amount": D(100), "per_months": 1, "valid_from": date(2026, 1, 1), "due_day": 10,
        "service": "DATA", "vat_on_top": True,
    }  # fmt: skip
    row = propose_contract(new=NewContract(**told | more), actor=person("accountant"), at=AT)
    if signed:
        sign_contracts(ids=[row.pk], actor=person("manager"), at=AT).raise_single()
        row.refresh_from_db()
    return row


def invoice(
    net: str = "100.00", vat: str = "22.00", *, number: str = "INV-1", booked: bool = False,
    reason: str = "", party: str = LANDLORD, at: datetime = AT, **more: Any,
) -> SupplierInvoice:  # fmt: skip
    """Of November, naming the contract."""
    told: dict[str, Any] = {
        "entity": "RUS", "party": party, "number": number, "dated": date(2026, 11, 20),
        "month_from": NOVEMBER, "month_until": NOVEMBER, "currency": "RUB", "contract": NUMBER,
        "lines": [BilledLine("RENT", D(net), D(vat), "DATA" if D(vat) else "")],
    }  # fmt: skip
    row = receive_invoice(new=NewInvoice(**told | more), actor=person("accountant"), at=at)
    if booked:
        outcome = book_invoices(ids=[row.pk], reason=reason, actor=person("manager"), at=at)
        outcome.raise_single()
        row.refresh_from_db()
    return row


def booked(kind: str) -> Decimal:
    """The balance of the firm's accounts of a kind in rubles."""
    own = Entity.objects.get(code="RUS").own_party
    ids = list(LedgerAccount.objects.filter(kind=kind, owner=own).values_list("pk", flat=True))
    return sum((each.amount for each in balances(account_ids=ids)), D(0))


def standing() -> dict[tuple[str, str], Decimal]:
    """What costs come to, by month and source."""
    found: dict[tuple[str, str], Decimal] = {}
    for cost in Cost.objects.order_by("pk"):
        key = (f"{cost.month:%Y-%m}", cost.source)
        found[key] = found.get(key, D(0)) + cost.amount
    return {key: amount for key, amount in found.items() if amount}
