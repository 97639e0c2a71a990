"""Lines of banks that pay suppliers: each matched to its invoice, and what was paid without one.

A line stands as a break until it is matched. The payment is booked by the word of the bank: the invoice was booked by
other eyes than received it, and the money has left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet, Sum

from backoffice.kernel.decimals import plain
from backoffice.workflow.transitions import Step, advance
from expenses.assets.models import FixedAsset
from expenses.assets.state import HELD
from expenses.costs.booking import lock
from expenses.costs.models import CostContract, InvoicePayment, SupplierInvoice
from expenses.costs.paying_rules import Owed, Paid, paid_invoice
from expenses.costs.state import IN_REGISTER, LIVE_INVOICES, SupplierInvoiceState
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
from reconciliation.breaks.state import WITH_A_PERSON, BreakKind
from reconciliation.matching.by_persons import make_match
from reconciliation.matching.parties import Parties
from reconciliation.matching.state import MatchRule
from reconciliation.models import Break, StatementLine
from refdata.models import Entity

SOURCE, INVOICE, ASSET = "invoicepayment", "invoice", "asset"


def lines_out(entity_id: int, ids: Collection[int] | None = None) -> QuerySet[Break]:
    """What banks say was paid of our own money that our books do not have; nothing is proposed for it yet."""
    rows = Break.objects.filter(
        entity_id=entity_id, kind=BreakKind.BANK, state__in=WITH_A_PERSON, theirs__lt=0,
        line__isnull=False, reconciliation__isnull=False, asset__currency__isnull=False,
    )  # fmt: skip
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    return rows.select_related("line", "asset", "reconciliation", "entity").order_by("pk")


def suppliers_of(entity_id: int) -> set[int]:
    """With whom an entity has a contract, or who has billed it or sold it an asset."""
    contracts = CostContract.objects.filter(entity_id=entity_id, state__in=IN_REGISTER)
    invoices = SupplierInvoice.objects.filter(entity_id=entity_id, state__in=LIVE_INVOICES)
    assets = FixedAsset.objects.filter(entity_id=entity_id, state__in=HELD)
    return {
        *contracts.values_list("party_id", flat=True),
        *invoices.values_list("party_id", flat=True),
        *assets.values_list("supplier_id", flat=True),
    }


def told_by(line: StatementLine, suppliers: Collection[int], known: Parties) -> Paid:
    """What a line says about a payment to suppliers of ours."""
    named = Parties.told(
        name=line.counterparty_name, account=line.counterparty_account,
        tax_number=line.counterparty_tax_number,
    )  # fmt: skip
    ids = frozenset(id for id in suppliers if known.of(id) & named)
    words = (line.text, line.our_reference, line.reference, line.end_to_end_id)
    return Paid(ids, -line.amount, line.currency, " ".join(filter(None, words)))


def _owed(entity_id: int) -> list[Owed]:
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


@transaction.atomic
def pay_invoices(*, entity_id: int, at: datetime) -> int:
    """Book every line that pays an invoice, and match them; how many. Looking twice pays nothing twice."""
    lock(entity_id)
    suppliers = suppliers_of(entity_id)
    if not suppliers:
        return 0
    entity, known, count = Entity.objects.get(pk=entity_id), Parties(suppliers), 0
    for row in lines_out(entity_id):
        assert row.line is not None
        owed = _owed(entity_id)
        id = paid_invoice(told_by(row.line, suppliers, known), owed)
        if id is not None and _is_ours(row):
            _pay(entity, next(each for each in owed if each.id == id), row, at)
            count += 1
    return count


def _is_ours(row: Break) -> bool:
    """Whether the money is known to be the firm's own."""
    try:
        return bool(cash_account(row).owner_id == row.entity.own_party_id)
    except WhoseIsUnknown:
        return False


def _pay(entity: Entity, owed: Owed, row: Break, at: datetime) -> None:
    """The entry of a payment, matched with its line; an invoice is paid once nothing is left of it."""
    assert row.line is not None and row.reconciliation_id is not None
    amount, (name, id) = -row.theirs, owed.id
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
        actor=None, at=at, rule=MatchRule.REMEDY,
    )  # fmt: skip
    if name == INVOICE and amount == owed.rest:
        step = Step(id, str(row.line), facts={"line": str(row.line), "amount": plain(amount)})
        advance(SupplierInvoice, "pay", [step], actor=None, at=at).raise_single()


def without_invoice(entity_id: int, ids: Iterable[int] | None = None) -> Sequence[Break]:
    """The lines that paid a supplier of ours and that no invoice fits."""
    suppliers = suppliers_of(entity_id)
    known = Parties(suppliers)
    rows = lines_out(entity_id, None if ids is None else list(ids))
    return [
        row for row in rows
        if row.line is not None and told_by(row.line, suppliers, known).party_ids
    ]  # fmt: skip
