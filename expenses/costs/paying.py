"""Lines of banks that pay suppliers: each matched to its invoice, and what was paid without one.

A line stands as a break until it is matched. The payment is booked by the word of the bank: the invoice was booked by
other eyes than received it, and the money has left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.references import number_in
from backoffice.workflow.transitions import Outcome, each_by_itself
from expenses.assets.models import FixedAsset
from expenses.assets.state import HELD
from expenses.costs.booking import lock
from expenses.costs.models import CostContract, SupplierInvoice
from expenses.costs.paying_rules import Owed, Paid, paid_invoice
from expenses.costs.payments import (
    book_payment,
    is_ours,
    owed_by,
    owed_of,
    take_back_payments,
)
from expenses.costs.state import IN_REGISTER, LIVE_INVOICES
from reconciliation.breaks.state import WITH_A_PERSON, BreakKind
from reconciliation.matching.parties import Parties
from reconciliation.models import Break, StatementLine

MOST_SHOWN = 200  # lines that are looked at for a person


class LineDoesNotPay(Conflict):
    code = "line-does-not-pay"
    title = gettext_noop("The line does not pay that invoice")
    detail = gettext_noop("%(line)s is no payment of %(invoice)s.")
    hint = gettext_noop(
        "Choose a line without a match, in its currency, of no more than is owed, to its supplier."
    )


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


@transaction.atomic
def pay_invoices(*, entity_id: int, at: datetime) -> int:
    """Book every line that pays an invoice, and match them; how many. Looking twice pays nothing twice.

    A line whose match a person undid is left to people: `pay_by_line`.
    """
    lock(entity_id)
    take_back_payments(entity_id, at=at)
    suppliers = suppliers_of(entity_id)
    if not suppliers:
        return 0
    known, owed, count = Parties(suppliers), owed_by(entity_id), 0
    for row in lines_out(entity_id).filter(held=False):
        assert row.line is not None
        id = paid_invoice(told_by(row.line, suppliers, known), owed)
        if id is not None and is_ours(row):
            book_payment(next(each for each in owed if each.id == id), row, actor=None, at=at)
            owed, count = owed_by(entity_id), count + 1
    return count


@transaction.atomic
def pay_by_line(*, ids: Sequence[int], line: str, actor: User, at: datetime) -> Outcome:
    """Book the line that a person says paid an invoice, and match it. Refused: LineDoesNotPay."""
    invoices = SupplierInvoice.objects.in_bulk(ids)

    def pay(id: int) -> None:
        invoice = invoices[id]
        lock(invoice.entity_id)
        take_back_payments(invoice.entity_id, at=at)
        owed = owed_of(invoice)
        rows = [] if owed is None else _named(owed, invoice.entity_id, line)
        if owed is None or not rows:
            raise LineDoesNotPay(line=line, invoice=str(invoice))
        book_payment(owed, rows[0], actor=actor, at=at)

    return each_by_itself(ids, pay)


def _named(owed: Owed, entity_id: int, line: str) -> Sequence[Break]:
    """The line of this reference, where it fits."""
    with suppress(NotFound):
        line_id = number_in(line, "SL", "line of a statement")
        return lines_that_fit(owed, entity_id, line_id=line_id)
    return []


def lines_that_fit(owed: Owed, entity_id: int, *, line_id: int | None = None) -> Sequence[Break]:
    """The lines that a person may say paid it: of its currency, of no more than is owed, of our own money, and not told
    to have gone to another supplier.
    """
    rows = lines_out(entity_id).filter(line__currency=owed.currency, theirs__gte=-owed.rest)
    rows = rows if line_id is None else rows.filter(line=line_id)
    suppliers = suppliers_of(entity_id)
    known = Parties(suppliers)

    def may_be_theirs(row: Break) -> bool:
        assert row.line is not None
        named = told_by(row.line, suppliers, known).party_ids
        return not named or owed.party_id in named

    return [row for row in rows[:MOST_SHOWN] if may_be_theirs(row) and is_ours(row)]


def without_invoice(entity_id: int, ids: Iterable[int] | None = None) -> Sequence[Break]:
    """The lines that paid a supplier of ours and that no invoice fits."""
    suppliers = suppliers_of(entity_id)
    known = Parties(suppliers)
    rows = lines_out(entity_id, None if ids is None else list(ids))
    return [
        row for row in rows
        if row.line is not None and told_by(row.line, suppliers, known).party_ids
    ]  # fmt: skip
