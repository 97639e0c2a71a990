"""What waits for people because a bill of fees came, says otherwise than we have accrued, or is to be written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from backoffice.events.consumers import Happened, subjects_of
from backoffice.workflow.services import NewItem, close_items, open_items
from expenses.fees.models import FeeBreak, FeeInvoice, FeeStatement
from expenses.fees.state import (
    BREAK_LIFECYCLE,
    INVOICE_LIFECYCLE,
    STATEMENT_LIFECYCLE,
    BreakState,
    InvoiceState,
    StatementState,
)
from refdata.firm_days import FIRM_ZONE

BILL, DIFFERENT, APPEALED, INVOICE = "fee-bill", "fee-different", "fee-appealed", "fee-invoice"
FEE_EVENTS = (
    "feestatement.receive", "feebreak.open", "feeinvoice.propose",
    *(f"feestatement.{name}" for name in STATEMENT_LIFECYCLE.transitions),
    *(f"feebreak.{name}" for name in BREAK_LIFECYCLE.transitions),
    *(f"feeinvoice.{name}" for name in INVOICE_LIFECYCLE.transitions),
)  # fmt: skip


def tell_of_fees(events: Sequence[Happened], *, at: datetime) -> None:
    """A bill waits to be agreed to, a difference to be appealed, an invoice to be issued, by what they are now."""

    def of(subject: str) -> Sequence[int]:
        return subjects_of([each for each in events if each.subject_type == subject])

    bills = FeeStatement.objects.filter(pk__in=of("feestatement")).order_by("pk")
    _tell(BILL, of("feestatement"), "feestatement", [
        NewItem(kind=BILL, queue="accountant", subject_type="feestatement", subject_id=row.pk,
                entity_id=row.entity_id)
        for row in bills if row.state == StatementState.RECEIVED
    ], at)  # fmt: skip
    _tell_of_breaks(of("feebreak"), at)
    invoices = FeeInvoice.objects.filter(pk__in=of("feeinvoice")).order_by("pk")
    _tell(INVOICE, of("feeinvoice"), "feeinvoice", [
        NewItem(kind=INVOICE, queue="accountant", subject_type="feeinvoice", subject_id=row.pk,
                entity_id=row.entity_id, amount=row.total, currency=row.currency)
        for row in invoices if row.state == InvoiceState.PROPOSED
    ], at)  # fmt: skip


def _tell(
    kind: str, ids: Sequence[int], subject: str, waiting: Sequence[NewItem], at: datetime
) -> None:
    over = sorted({*ids} - {item.subject_id for item in waiting})
    close_items(subject_type=subject, subject_ids=over, kinds=[kind], at=at)
    open_items(list(waiting), at=at)


def _tell_of_breaks(ids: Sequence[int], at: datetime) -> None:
    rows = FeeBreak.objects.filter(pk__in=ids).order_by("pk")
    kinds = {BreakState.OPEN.value: DIFFERENT, BreakState.APPEALED.value: APPEALED}
    for state, kind in kinds.items():
        _tell(kind, ids, "feebreak", [
            NewItem(
                kind=kind, queue="clerk", subject_type="feebreak", subject_id=row.pk,
                entity_id=row.entity_id, amount=abs(row.ours - row.theirs), currency=row.currency,
                due_at=datetime.combine(row.appeal_by, time(18, 0), tzinfo=FIRM_ZONE),
            )
            for row in rows if row.state == state
        ], at)  # fmt: skip
