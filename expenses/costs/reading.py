"""Contracts as the pure rules take them: their terms, what is expected of them, which of their months are billed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from expenses.costs.expecting import Share, Terms, expected_of, months_after
from expenses.costs.matching import Offer
from expenses.costs.models import CostContract, SupplierInvoice
from expenses.costs.state import IN_REGISTER, LIVE_INVOICES, SupplierInvoiceState
from expenses.fees.kinds import VAT
from refdata.selectors import ReferenceData, reference_data

NO_VAT = Decimal(0)


def terms_of(row: CostContract, reference: ReferenceData) -> Terms:
    return Terms(
        row.amount, row.per_months, row.valid_from, row.valid_until, row.vat_on_top, row.due_day,
        row.in_advance, row.index, row.indexed_from, reference.currencies[row.currency].minor_unit,
    )  # fmt: skip


def vat_rate_of(service: str, reference: ReferenceData) -> Callable[[date], Decimal]:
    """The rate of a service by the rule of a day; of none there is no VAT. Raises NoRuleInForce when asked."""

    def rate(day: date) -> Decimal:
        return Decimal(reference.rules.in_force(VAT, day, service).rate) if service else NO_VAT

    return rate


def expected_months(row: CostContract, first: date, last: date) -> dict[date, Share]:
    """What a contract makes us expect of each month from one until another. Raises NoRuleInForce."""
    reference = reference_data()
    return expected_of(terms_of(row, reference), first, last, vat_rate_of(row.service, reference))


def months_between(first: date, last: date) -> list[date]:
    found = [first]
    while found[-1] < last:
        found.append(months_after(found[-1], 1))
    return found


def in_register(entity_id: int) -> QuerySet[CostContract]:
    """The contracts of an entity that count: signed, and those that ended by now."""
    rows = CostContract.objects.filter(entity_id=entity_id, state__in=IN_REGISTER)
    return rows.select_related("agreement", "party", "centre").order_by("pk")


def billed_months(
    contract_ids: Iterable[int], *, without: int | None = None
) -> Mapping[int, frozenset[date]]:
    """By contract, the months that an invoice bills which it explains, or that was booked all the same."""
    rows = SupplierInvoice.objects.filter(
        Q(unexplained="") | ~Q(state=SupplierInvoiceState.RECEIVED),
        contract__in=list(contract_ids), state__in=LIVE_INVOICES,
    )  # fmt: skip
    rows = rows.exclude(pk=without) if without else rows
    found: defaultdict[int, set[date]] = defaultdict(set)
    for contract_id, first, last in rows.values_list("contract_id", "month_from", "month_until"):
        found[contract_id] |= set(months_between(first, last))
    return {id: frozenset(months) for id, months in found.items()}


def offers_for(row: SupplierInvoice) -> list[Offer]:
    """The contracts with the supplier of an invoice, as far as its months go."""
    contracts: Sequence[CostContract] = list(in_register(row.entity_id).filter(party=row.party_id))
    taken = billed_months([each.pk for each in contracts], without=row.pk)
    found = []
    for each in contracts:
        months = expected_months(each, row.month_from, row.month_until)
        totals = {month: share.total for month, share in months.items()}
        found.append(Offer(
            each.pk, each.agreement.number, each.currency, each.valid_until, each.tolerance, totals,
            taken.get(each.pk, frozenset()),
        ))  # fmt: skip
    return found
