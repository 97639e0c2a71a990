"""Invoices of suppliers: received by one, explained by a contract or not, booked by another as costs by month."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.rounding import allocate
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from expenses.costs.accruing import take_back_accruals
from expenses.costs.booking import NewCost, book_costs, lock, recovers_vat
from expenses.costs.contracts import centre_of, entity_for
from expenses.costs.expecting import month_of
from expenses.costs.explaining import SUBJECT, explain_invoice, explained_event, noted
from expenses.costs.models import (
    Cost,
    SupplierInvoice,
    SupplierInvoiceLine,
    SupplierInvoiceShare,
)
from expenses.costs.reading import months_between
from expenses.costs.state import LIVE_INVOICES, Source, SupplierInvoiceState
from refdata.firm_days import firm_day
from refdata.models import Entity, Party
from refdata.selectors import reference_data
from settlements.naming import asset_named, named, require_amount

MOST_LINES, MOST_MONTHS = 100, 60


class InvoiceTwice(Conflict):
    code = "supplier-invoice-twice"
    title = gettext_noop("That invoice is here already")
    detail = gettext_noop("%(invoice)s is number %(number)s of %(party)s.")
    hint = gettext_noop("Decline that one first, if it was typed wrongly.")


class InvoiceUnsound(Invalid):
    code = "supplier-invoice-unsound"
    title = gettext_noop("The invoice does not say what is billed")
    detail = gettext_noop("It has %(lines)s lines of %(months)s months that come to %(total)s.")
    hint = gettext_noop(
        "It has one line at least, whole months in their order, and a total above zero."
    )


class SharesDoNotFit(Invalid):
    code = "cost-shares-do-not-fit"
    title = gettext_noop("The shares of the centres cannot be used")
    detail = gettext_noop("Each centre is named once, with a weight above zero.")
    hint = gettext_noop(
        "Give whole numbers or per cents: they count by what they come to together."
    )


class ReasonToBook(Conflict):
    code = "invoice-not-explained"
    title = gettext_noop("No contract explains the invoice")
    detail = gettext_noop("%(invoice)s: %(reason)s")
    hint = gettext_noop("Say in words why it is a cost all the same, or decline it.")


class BilledLine(NamedTuple):
    kind: str
    net: Decimal
    vat: Decimal
    service: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvoice:
    """What a supplier bills, by codes; `shares` are weights by the codes of centres."""

    entity: str
    party: str
    number: str
    dated: date
    month_from: date
    month_until: date
    currency: str
    lines: Sequence[BilledLine]
    contract: str = ""
    shares: Sequence[tuple[str, Decimal]] = ()


@transaction.atomic
def receive_invoice(*, new: NewInvoice, actor: User, at: datetime) -> SupplierInvoice:
    """Keep what a supplier bills and hold it against the contracts; other eyes book it.

    Raises NotFound, OutOfScope, UnknownCode, NotSoDivisible, InvoiceUnsound, SharesDoNotFit, CentreUnknown,
    InvoiceTwice, NoRuleInForce.
    """
    entity, party = entity_for(actor, new.entity), named(Party, "party", new.party)
    lock(entity.pk)
    _require_new(entity, party, new.number)
    row = _row_of(entity, party, new, actor, at)
    lines = [
        SupplierInvoiceLine(invoice=row, number=number, **line._asdict())
        for number, line in enumerate(new.lines, 1)
    ]
    shares = _shares(row, entity, new)
    noted(row, explain_invoice(row, lines))
    row.save()
    SupplierInvoiceLine.objects.bulk_create(lines)
    SupplierInvoiceShare.objects.bulk_create(shares)
    event = NewEvent(
        kind=f"{SUBJECT}.receive", subject_type=SUBJECT, subject_id=row.pk, entity_id=entity.pk,
        target=row.state,
        facts={"number": row.number, "total": plain(row.total), "currency": row.currency},
    )  # fmt: skip
    record_events([event, explained_event(row)], actor_id=actor.pk, at=at)
    return row


def _row_of(
    entity: Entity, party: Party, new: NewInvoice, actor: User, at: datetime
) -> SupplierInvoice:
    net = sum((line.net for line in new.lines), Decimal(0))
    vat = sum((line.vat for line in new.lines), Decimal(0))
    first, last = month_of(new.month_from), month_of(new.month_until)
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    sound = 0 < len(new.lines) <= MOST_LINES and 0 < count <= MOST_MONTHS and net + vat > 0
    if not sound or vat < 0 or any(line.vat < 0 or not line.net for line in new.lines):
        raise InvoiceUnsound(lines=len(new.lines), months=count, total=plain(net + vat))
    asset = asset_named(new.currency)
    for line in new.lines:
        require_amount(asset, line.net)
        require_amount(asset, line.vat)
    return SupplierInvoice(
        entity=entity, party=party, number=new.number, dated=new.dated, contract_number=new.contract,
        month_from=first, month_until=last, currency=new.currency, net=net, vat=vat, total=net + vat,
        received_by=actor, received_at=at, makers=[actor.pk],
    )  # fmt: skip


def _require_new(entity: Entity, party: Party, number: str) -> None:
    rows = SupplierInvoice.objects.filter(
        entity=entity, party=party, number=number, state__in=LIVE_INVOICES
    )
    known = rows.first()
    if known is not None:
        raise InvoiceTwice(invoice=str(known), number=number, party=party.code)


def _shares(row: SupplierInvoice, entity: Entity, new: NewInvoice) -> list[SupplierInvoiceShare]:
    codes = [code for code, _weight in new.shares]
    if len(set(codes)) < len(codes) or any(weight <= 0 for _code, weight in new.shares):
        raise SharesDoNotFit
    return [
        SupplierInvoiceShare(
            invoice=row, centre=centre_of(entity, code, row.month_from), weight=weight
        )
        for code, weight in new.shares
    ]


def book_invoices(*, ids: Sequence[int], actor: User, at: datetime, reason: str = "") -> Outcome:
    """A cost, as other eyes than received it say; what no contract explains only with a reason (ReasonToBook).

    Months that have not begun are booked when they do (`book_due`). What was accrued for these months is taken back.
    """

    def book(row: SupplierInvoice) -> None:
        if row.unexplained and not reason.strip():
            raise ReasonToBook(invoice=str(row), reason=row.get_unexplained_display())
        advance(SupplierInvoice, "book", [Step(row.pk, reason)], actor=actor, at=at).raise_single()
        take_back_accruals(row, at=at)
        book_months(row, day=firm_day(at), at=at)

    return _each(ids, book)


def decline_invoices(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """It is not ours, or was typed wrongly: it counts nowhere."""

    def decline(row: SupplierInvoice) -> None:
        step = Step(row.pk, reason)
        advance(SupplierInvoice, "decline", [step], actor=actor, at=at).raise_single()

    return _each(ids, decline)


@transaction.atomic
def book_due(*, entity_id: int, day: date, at: datetime) -> int:
    """Book the months of invoices that have begun since they were booked; how many costs. May run twice."""
    lock(entity_id)
    rows = SupplierInvoice.objects.select_related("entity").filter(
        entity_id=entity_id, state__in=(SupplierInvoiceState.BOOKED, SupplierInvoiceState.PAID),
        month_until__gte=month_of(day),
    )  # fmt: skip
    return sum(book_months(row, day=day, at=at) for row in rows.order_by("pk"))


def book_months(row: SupplierInvoice, *, day: date, at: datetime) -> int:
    """Book what of an invoice is of months that have begun by a day and is not booked; how many costs."""
    known = Cost.objects.filter(source=Source.INVOICE, source_id=row.pk)
    booked = set(known.values_list("month", flat=True))
    wanted = [
        cost for cost in costs_of(row) if cost.month <= day and cost.month not in booked
    ]  # fmt: skip
    return len(book_costs(row.entity, wanted, day=day, at=at))


def costs_of(row: SupplierInvoice) -> Iterator[NewCost]:
    """Every line by month and centre: equal months, centres by their weights, the largest remainders get the rest.

    VAT that is not recovered is part of the cost.
    """
    months = months_between(row.month_from, row.month_until)
    centres: dict[int | None, Decimal] = {
        share.centre_id: share.weight for share in row.shares.order_by("centre_id")
    }
    if not centres:
        centres = {row.contract.centre_id if row.contract is not None else None: Decimal(1)}
    parts = [(month, centre) for month in months for centre in centres]
    each = [centres[centre] for _month, centre in parts]
    unit = reference_data().currencies[row.currency].minor_unit
    recovered = recovers_vat(row.entity, row.dated)
    for line in row.lines.order_by("number"):
        vat = line.vat if recovered else Decimal(0)
        amounts = allocate(line.net + line.vat - vat, each, unit)
        vats = allocate(vat, each, unit)
        for number, ((month, centre), amount, of_vat) in enumerate(
            zip(parts, amounts, vats, strict=True)
        ):
            if amount or of_vat:
                yield NewCost(
                    month, line.kind, centre, row.party_id, row.contract_id, Source.INVOICE, row.pk,
                    line.number * 1_000 + number % len(centres), amount, of_vat, row.currency,
                )  # fmt: skip


def _each(ids: Sequence[int], take: Callable[[SupplierInvoice], None]) -> Outcome:
    @transaction.atomic
    def all_of_them() -> Outcome:
        rows = SupplierInvoice.objects.select_related("entity", "contract").in_bulk(ids)
        for entity_id in sorted({row.entity_id for row in rows.values()}):
            lock(entity_id)

        def decide(id: int) -> None:
            if id not in rows:
                raise NotFound(what="invoice of a supplier", reference=f"SI-{id}")
            take(rows[id])

        return each_by_itself(ids, decide)

    return all_of_them()
