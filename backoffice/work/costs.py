"""What waits for people because of contracts, invoices of suppliers, and what was paid without one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.events.consumers import Happened, subjects_of
from backoffice.workflow.services import NewItem, close_items, open_items
from expenses.allocating.models import AllocationKey
from expenses.allocating.state import KEY_LIFECYCLE, KeyState
from expenses.assets.models import FixedAsset
from expenses.assets.state import ASSET_LIFECYCLE, AssetState
from expenses.budgets.models import Budget
from expenses.budgets.state import BUDGET_LIFECYCLE, BudgetState
from expenses.costs.models import CostContract, SupplierInvoice
from expenses.costs.paying import without_invoice
from expenses.costs.state import (
    CONTRACT_LIFECYCLE,
    SUPPLIER_INVOICE_LIFECYCLE,
    ContractState,
    SupplierInvoiceState,
    Unexplained,
)
from expenses.watching.models import ExpenseAlert
from expenses.watching.state import ALERT_LIFECYCLE, AlertState
from reconciliation.breaks.state import BREAK_LIFECYCLE
from reconciliation.models import Break

CONTRACT, INVOICE, UNBILLED = "cost-contract", "cost-invoice", "cost-paid-unbilled"
ASSET, LEAVING, BUDGET, KEY, OUTRUN = (
    "fixed-asset", "asset-leaving", "budget", "allocation-key", "expense-outran-income",
)  # fmt: skip
# Each reason why no contract explains an invoice is a kind of its own, so that it is told in words.
UNEXPLAINED = {
    reason.value: f"cost-{reason.value.lower().replace('_', '-')}" for reason in Unexplained
}
COST_EVENTS = (
    "costcontract.propose", "supplierinvoice.receive", "supplierinvoice.explain", "break.open",
    *(f"costcontract.{name}" for name in CONTRACT_LIFECYCLE.transitions),
    *(f"supplierinvoice.{name}" for name in SUPPLIER_INVOICE_LIFECYCLE.transitions),
    *(f"break.{name}" for name in BREAK_LIFECYCLE.transitions),
)  # fmt: skip
MANAGED_EVENTS = (
    "fixedasset.propose", "budget.propose", "allocationkey.propose", "expensealert.raise",
    *(f"fixedasset.{name}" for name in ASSET_LIFECYCLE.transitions),
    *(f"budget.{name}" for name in BUDGET_LIFECYCLE.transitions),
    *(f"allocationkey.{name}" for name in KEY_LIFECYCLE.transitions),
    *(f"expensealert.{name}" for name in ALERT_LIFECYCLE.transitions),
)  # fmt: skip


def tell_of_costs(events: Sequence[Happened], *, at: datetime) -> None:
    """Contracts wait to be signed, invoices to be explained and booked, payments for their invoices."""

    def of(subject: str) -> Sequence[int]:
        return subjects_of([each for each in events if each.subject_type == subject])

    contracts = CostContract.objects.filter(pk__in=of("costcontract"), state=ContractState.PROPOSED)
    _tell([CONTRACT], of("costcontract"), "costcontract", [
        NewItem(kind=CONTRACT, queue="manager", subject_type="costcontract", subject_id=row.pk,
                entity_id=row.entity_id, amount=row.amount, currency=row.currency)
        for row in contracts.order_by("pk")
    ], at)  # fmt: skip
    _tell_of_invoices(of("supplierinvoice"), at)
    _tell_of_payments(of("break"), at)


def _tell_of_invoices(ids: Sequence[int], at: datetime) -> None:
    """The manager books what waits; what no contract explains is the accountant's to find out."""
    rows = SupplierInvoice.objects.filter(pk__in=ids, state=SupplierInvoiceState.RECEIVED)
    items = []
    for row in rows.order_by("pk"):
        kinds = [(INVOICE, "manager")]
        if row.unexplained:
            kinds.append((UNEXPLAINED[row.unexplained], "accountant"))
        items += [
            NewItem(kind=kind, queue=queue, subject_type="supplierinvoice", subject_id=row.pk,
                    entity_id=row.entity_id, reason=row.number, amount=row.total, currency=row.currency)
            for kind, queue in kinds
        ]  # fmt: skip
    for kind in (INVOICE, *UNEXPLAINED.values()):
        _tell([kind], ids, "supplierinvoice", [each for each in items if each.kind == kind], at)


def _tell_of_payments(ids: Sequence[int], at: datetime) -> None:
    """What was paid to a supplier and no invoice fits, as long as it differs."""
    entities = (
        Break.objects.filter(pk__in=ids).order_by("entity_id").values_list("entity_id", flat=True)
    )
    found = [
        row for entity_id in dict.fromkeys(entities) for row in without_invoice(entity_id, ids)
    ]
    _tell([UNBILLED], ids, "break", [
        NewItem(kind=UNBILLED, queue="accountant", subject_type="break", subject_id=row.pk,
                entity_id=row.entity_id, amount=-row.theirs, currency=row.asset.code)
        for row in found
    ], at)  # fmt: skip


def tell_manager_of_costs(events: Sequence[Happened], *, at: datetime) -> None:
    """Equipment, budgets and keys wait for the manager, and months in which expense outran income for an answer."""

    def of(subject: str) -> Sequence[int]:
        return subjects_of([each for each in events if each.subject_type == subject])

    ids = of("fixedasset")
    for kind, state in ((ASSET, AssetState.PROPOSED), (LEAVING, AssetState.LEAVING)):
        _tell([kind], ids, "fixedasset", [
            NewItem(kind=kind, queue="manager", subject_type="fixedasset", subject_id=row.pk,
                    entity_id=row.entity_id, reason=row.number, amount=row.cost, currency=row.currency)
            for row in FixedAsset.objects.filter(pk__in=ids, state=state).order_by("pk")
        ], at)  # fmt: skip
    budgets = Budget.objects.select_related("entity").filter(
        pk__in=of("budget"), state=BudgetState.PROPOSED
    )
    _tell([BUDGET], of("budget"), "budget", [
        NewItem(kind=BUDGET, queue="manager", subject_type="budget", subject_id=row.pk, entity_id=row.entity_id,
                reason=str(row.year), amount=row.total, currency=row.entity.base_currency)
        for row in budgets.order_by("pk")
    ], at)  # fmt: skip
    keys = AllocationKey.objects.filter(pk__in=of("allocationkey"), state=KeyState.PROPOSED)
    _tell([KEY], of("allocationkey"), "allocationkey", [
        NewItem(kind=KEY, queue="manager", subject_type="allocationkey", subject_id=row.pk, entity_id=row.entity_id)
        for row in keys.order_by("pk")
    ], at)  # fmt: skip
    alerts = ExpenseAlert.objects.select_related("entity").filter(
        pk__in=of("expensealert"), state=AlertState.OPEN
    )
    _tell([OUTRUN], of("expensealert"), "expensealert", [
        NewItem(kind=OUTRUN, queue="manager", subject_type="expensealert", subject_id=row.pk,
                entity_id=row.entity_id, reason=f"{row.month:%Y-%m}", amount=row.gap,
                currency=row.entity.base_currency)
        for row in alerts.order_by("pk")
    ], at)  # fmt: skip


def _tell(
    kinds: Sequence[str], ids: Sequence[int], subject: str, waiting: Sequence[NewItem], at: datetime
) -> None:
    over = sorted({*ids} - {item.subject_id for item in waiting})
    close_items(subject_type=subject, subject_ids=over, kinds=kinds, at=at)
    open_items(list(waiting), at=at)
