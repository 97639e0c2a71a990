"""What of invoices is owed, and the entries of what banks paid of them: booked with a match, taken back with it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from backoffice.access.models import User
from backoffice.kernel.decimals import plain
from backoffice.workflow.transitions import Step, advance
from expenses.assets.models import FixedAsset
from expenses.assets.state import HELD
from expenses.costs.models import InvoicePayment, SupplierInvoice
from expenses.costs.paying_rules import Owed
from expenses.costs.state import SupplierInvoiceState
from ledger.models import JournalEntry
from ledger.services import (
    AccountKey,
    NewEntry,
    NewPosting,
    account_ids,
    effective_dates,
    post_entries,
)
from ledger.state import AccountKind
from reconciliation.breaks.remedies import WhoseIsUnknown, cash_account
from reconciliation.matching.by_persons import make_match
from reconciliation.matching.state import MatchRule
from reconciliation.models import Break

SOURCE, INVOICE, ASSET = "invoicepayment", "invoice", "asset"


def owed_by(entity_id: int) -> list[Owed]:
    """Invoices that are booked, and assets by the document that they were bought with, less what was paid of each."""
    rows = SupplierInvoice.objects.filter(entity_id=entity_id, state=SupplierInvoiceState.BOOKED)
    assets = FixedAsset.objects.filter(entity_id=entity_id, state__in=HELD)
    due = [
        *(Owed((INVOICE, row.pk), row.party_id, row.number, row.currency, row.total) for row in rows),
        *(Owed((ASSET, row.pk), row.supplier_id, row.document, row.currency, row.cost + row.vat)
          for row in assets),
    ]  # fmt: skip
    paid = {
        (name, id): amount
        for name in (INVOICE, ASSET)
        for id, amount in InvoicePayment.objects.filter(**{f"{name}__entity": entity_id})
        .values_list(name)
        .annotate(sum=Sum("amount"))
    }
    rest = (each._replace(rest=each.rest - paid.get(each.id, Decimal(0))) for each in due)
    return sorted(each for each in rest if each.rest > 0)


def owed_of(invoice: SupplierInvoice) -> Owed | None:
    """What is owed of one invoice; None where nothing is, or it is not booked."""
    id = (INVOICE, invoice.pk)
    return next((each for each in owed_by(invoice.entity_id) if each.id == id), None)


def is_ours(row: Break) -> bool:
    """Whether the money is known to be the firm's own."""
    try:
        return bool(cash_account(row).owner_id == row.entity.own_party_id)
    except WhoseIsUnknown:
        return False


def book_payment(owed: Owed, row: Break, *, actor: User | None, at: datetime) -> InvoicePayment:
    """The entry of a payment, matched with its line; an invoice is paid once nothing is left of it.

    In the caller's transaction, who holds the entity's lock.
    """
    assert row.line is not None and row.reconciliation_id is not None
    entity, amount, (name, id) = row.entity, -row.theirs, owed.id
    payment = InvoicePayment.objects.create(
        line=row.line, amount=amount, recorded_at=at, **{f"{name}_id": id}
    )
    key = AccountKey(
        entity.pk, AccountKind.SUPPLIER.value, entity.own_party_id, counterparty_id=owed.party_id
    )
    (account,) = account_ids([key]).values()
    date = effective_dates({(entity.pk, row.day)})[entity.pk, row.day]
    entry = NewEntry(
        entity_id=entity.pk, kind=f"{SOURCE}.book", source_type=SOURCE, source_id=payment.pk,
        effective_date=date, reason=owed.number,
        postings=[NewPosting(account, cash_account(row).pk, row.asset_id, amount)],
    )  # fmt: skip
    entry_ids = post_entries([entry], at=at)
    make_match(
        reconciliation_id=row.reconciliation_id, line_ids=[row.line.pk], entry_ids=entry_ids,
        actor=actor, at=at, rule=MatchRule.REMEDY, booked=entry_ids,
    )  # fmt: skip
    if name == INVOICE and amount == owed.rest:
        _advance("pay", payment, amount, actor=actor, at=at)
    return payment


def take_back_payments(entity_id: int, *, at: datetime) -> None:
    """Payments whose entries were reversed, because the match of their line was undone, count no more."""
    reversed_entries = JournalEntry.objects.filter(
        entity_id=entity_id, source_type=SOURCE, reversed_by__isnull=False
    )
    rows = InvoicePayment.objects.select_related("invoice", "line").filter(
        pk__in=reversed_entries.values("source_id"), reverses__isnull=True, reversed_by__isnull=True
    )
    for row in rows.order_by("pk"):
        InvoicePayment.objects.create(
            invoice=row.invoice, asset=row.asset, line=row.line, amount=-row.amount, reverses=row,
            recorded_at=at,
        )  # fmt: skip
        if row.invoice is not None and row.invoice.state == SupplierInvoiceState.PAID:
            _advance("unpay", row, -row.amount, actor=None, at=at)


def _advance(
    verb: str, payment: InvoicePayment, amount: Decimal, *, actor: User | None, at: datetime
) -> None:
    line = str(payment.line)
    assert payment.invoice_id is not None
    step = Step(payment.invoice_id, line, facts={"line": line, "amount": plain(amount)})
    advance(SupplierInvoice, verb, [step], actor=actor, at=at).raise_single()
