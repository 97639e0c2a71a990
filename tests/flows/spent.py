"""What an entity spends, in the fewest words: a contract, an invoice, equipment, a budget, a key and an alert."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from backoffice.access.models import User
from expenses.allocating.services import NewKey, propose_key
from expenses.assets.services import NewAsset, propose_asset
from expenses.budgets.services import NewBudget, PlannedLine, propose_budget
from expenses.centres import CostCentre
from expenses.costs.contracts import NewContract, propose_contract
from expenses.costs.services import BilledLine, NewInvoice, receive_invoice
from expenses.watching.services import keep_month, watch_month
from refdata.models import Agreement, Entity, Party

JANUARY, NOVEMBER, HUNDRED = date(2026, 1, 1), date(2026, 11, 1), Decimal(100)


def spent(entity: Entity, party: Party, actor: User, at: datetime) -> None:
    """One of each that waits for other eyes, and a month in which more was spent than earned."""
    Agreement.objects.create(
        entity=entity, party=party, number="RENT-1", kind="OTHER", signed_on=JANUARY, valid_from=JANUARY
    )  # fmt: skip
    centre = CostCentre.objects.filter(entity=entity).earliest("pk")
    book = entity.books.earliest("pk")
    contract = NewContract(
        entity=entity.code, agreement="RENT-1", kind="RENT", subject="Office", currency="RUB",
        amount=HUNDRED, per_months=1, valid_from=JANUARY, due_day=10,
    )  # fmt: skip
    propose_contract(new=contract, actor=actor, at=at)
    invoice = NewInvoice(
        entity=entity.code, party=party.code, number="INV-1", dated=NOVEMBER, month_from=NOVEMBER,
        month_until=NOVEMBER, currency="RUB", lines=[BilledLine("RENT", HUNDRED, Decimal(0))],
    )  # fmt: skip
    receive_invoice(new=invoice, actor=actor, at=at)
    asset = NewAsset(
        entity=entity.code, number="1", name="Server", kind="COMPUTERS", supplier=party.code,
        document="ACT-1", currency="RUB", cost=HUNDRED, bought_on=JANUARY, in_use_on=JANUARY,
        months=12, method="STRAIGHT",
    )  # fmt: skip
    propose_asset(new=asset, actor=actor, at=at)
    lines = [PlannedLine(centre.code, "RENT", NOVEMBER, HUNDRED)]
    propose_budget(new=NewBudget(entity=entity.code, year=2026, lines=lines), actor=actor, at=at)
    key = NewKey(
        entity=entity.code, centre=centre.code, position=1, basis="FIXED", valid_from=NOVEMBER,
        books=[(book.code, Decimal(1))],
    )  # fmt: skip
    propose_key(new=key, actor=actor, at=at)
    keep_month(entity=entity, month=NOVEMBER, income=HUNDRED, expenses={"RENT": 2 * HUNDRED}, at=at)
    watch_month(entity=entity, month=NOVEMBER, at=at)
