"""Reading contracts, invoices of suppliers and costs: lists, one by its reference, and a contract month by month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet, Sum

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from expenses.costs.expecting import month_of, months_after
from expenses.costs.models import Cost, CostContract, InvoicePayment, SupplierInvoice
from expenses.costs.reading import expected_months, months_between
from expenses.costs.state import LIVE_INVOICES, Source
from refdata.scopes import visible

ZERO = Decimal(0)


def contracts(*, visible_to: User) -> QuerySet[CostContract]:
    """Those of the entities that a person sees whole, newest first."""
    rows = CostContract.objects.select_related(
        "entity", "agreement", "party", "centre", "proposed_by"
    )
    return visible(rows.order_by("-id"), visible_to)


def invoices(*, visible_to: User) -> QuerySet[SupplierInvoice]:
    rows = SupplierInvoice.objects.select_related("entity", "party", "contract", "received_by")
    return visible(rows.order_by("-id"), visible_to)


def costs(*, visible_to: User) -> QuerySet[Cost]:
    """What the firm spent, newest first."""
    rows = Cost.objects.select_related("entity", "centre", "party", "contract")
    return visible(rows.order_by("-id"), visible_to)


def contract(reference: str, *, visible_to: User) -> CostContract:
    """The contract of a reference such as `CT-2`. Raises NotFound."""
    number = number_in(reference, "CT", "contract")
    row = contracts(visible_to=visible_to).filter(pk=number).first()
    if row is None:
        raise NotFound(what="contract", reference=reference)
    return row


def invoice(reference: str, *, visible_to: User) -> SupplierInvoice:
    """The invoice of a reference such as `SI-2`. Raises NotFound."""
    number = number_in(reference, "SI", "invoice of a supplier")
    row = invoices(visible_to=visible_to).filter(pk=number).first()
    if row is None:
        raise NotFound(what="invoice of a supplier", reference=reference)
    return row


class MonthOfContract(NamedTuple):
    """What is expected of a month with VAT, what stands accrued, and which invoices bill it."""

    month: date
    net: Decimal
    vat: Decimal
    accrued: Decimal
    invoices: Sequence[SupplierInvoice]

    @property
    def total(self) -> Decimal:
        return self.net + self.vat


def months_of(
    row: CostContract, *, today: date, back: int = 6, ahead: int = 6
) -> list[MonthOfContract]:
    """A contract month by month around a day, as far as it goes."""
    first, last = months_after(today, -back), months_after(today, ahead)
    expected = expected_months(row, first, last)
    billed: dict[date, list[SupplierInvoice]] = {}
    for each in row.invoices.filter(state__in=LIVE_INVOICES).order_by("pk"):
        for month in months_between(each.month_from, each.month_until):
            billed.setdefault(month, []).append(each)
    accrued = dict(
        Cost.objects.filter(source=Source.ACCRUAL, source_id=row.pk)
        .values_list("month").annotate(sum=Sum("amount"))
    )  # fmt: skip
    return [
        MonthOfContract(
            month, share.net, share.vat, accrued.get(month, ZERO), billed.get(month, [])
        )
        for month, share in sorted(expected.items())
        if month >= month_of(row.valid_from)
    ]


def costs_of(row: SupplierInvoice) -> QuerySet[Cost]:
    """What an invoice was booked as, and what was taken back for it."""
    rows = Cost.objects.filter(source=Source.INVOICE, source_id=row.pk)
    return rows.select_related("centre").order_by("month", "pk")


def payments_of(row: SupplierInvoice) -> QuerySet[InvoicePayment]:
    return row.payments.select_related("line", "reverses").order_by("pk")


def paid_of(row: SupplierInvoice) -> Decimal:
    paid: Decimal | None = row.payments.aggregate(sum=Sum("amount"))["sum"]
    return paid or ZERO
