"""Holding invoices against the contracts of the register: which explains each, else why none does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from expenses.costs.matching import Billed, Explained, explain
from expenses.costs.models import SupplierInvoice, SupplierInvoiceLine
from expenses.costs.reading import months_between, offers_for, vat_rate_of
from expenses.costs.state import SupplierInvoiceState, Unexplained
from refdata.fees import parted
from refdata.selectors import reference_data

SUBJECT = "supplierinvoice"


def explain_invoice(row: SupplierInvoice, lines: Iterable[SupplierInvoiceLine]) -> Explained:
    """By its contract, and its VAT by the rules of its services. Raises NoRuleInForce."""
    months = tuple(months_between(row.month_from, row.month_until))
    found = explain(Billed(row.contract_number, months, row.currency, row.total), offers_for(row))
    if found.reason is None and not all(_vat_by_rule(row, line) for line in lines):
        return found._replace(reason=Unexplained.VAT)
    return found


def _vat_by_rule(row: SupplierInvoice, line: SupplierInvoiceLine) -> bool:
    """Whether a line has the VAT that its service has at the end of what is billed, added to its net or within."""
    reference = reference_data()
    unit = reference.currencies[row.currency].minor_unit
    rate = vat_rate_of(line.service, reference)(row.month_until)
    whole = line.net + line.vat
    on_top = parted(line.net, rate, on_top=True, minor_unit=unit).vat
    within = parted(whole, rate, on_top=False, minor_unit=unit).vat
    return line.vat in (on_top, within)


def noted(row: SupplierInvoice, found: Explained) -> SupplierInvoice:
    """The invoice with what explains it in its columns."""
    row.contract_id = found.contract_id
    row.found_by = found.rule.value if found.rule else ""
    row.unexplained = found.reason.value if found.reason else ""
    row.difference = found.difference
    return row


def explain_waiting(entity_id: int, party_id: int, *, at: datetime) -> int:
    """Look again at what waits of a supplier; how many stand otherwise now. In the caller's transaction."""
    rows = SupplierInvoice.objects.filter(
        entity_id=entity_id, party_id=party_id, state=SupplierInvoiceState.RECEIVED
    )
    changed = []
    for row in rows.order_by("pk"):
        before = (row.contract_id, row.unexplained)
        noted(row, explain_invoice(row, row.lines.all()))
        if (row.contract_id, row.unexplained) != before:
            row.save(update_fields=["contract", "found_by", "unexplained", "difference"])
            changed.append(row)
    record_events([explained_event(row) for row in changed], actor_id=None, at=at)
    return len(changed)


def explained_event(row: SupplierInvoice) -> NewEvent:
    facts = {
        "contract": f"CT-{row.contract_id}" if row.contract_id else "", "reason": row.unexplained,
        "difference": plain(Decimal(row.difference)),
    }  # fmt: skip
    return NewEvent(
        kind=f"{SUBJECT}.explain", subject_type=SUBJECT, subject_id=row.pk, entity_id=row.entity_id,
        facts=facts,
    )  # fmt: skip
