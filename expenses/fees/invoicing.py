"""What we charge for a month: invoices proposed by one person, issued and numbered by another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.documents.issuing import Order, issue_documents
from backoffice.documents.kinds import DocumentKind, Language
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from expenses.fees.accruing import lock
from expenses.fees.models import FeeInvoice, FeeInvoiceLine
from refdata.firm_days import firm_day
from refdata.models import Entity
from refdata.selectors import reference_data

SUBJECT = "feeinvoice"


class NothingToInvoice(Conflict):
    code = "nothing-to-invoice"
    title = gettext_noop("Nothing is to be invoiced")
    detail = gettext_noop("No fees of %(entity)s until %(month)s wait for an invoice.")
    hint = gettext_noop("The night accrues them; what is invoiced already is not invoiced again.")


# Everything that we charge until the end of a month and that stands in no live invoice; what comes to nothing,
# or is to be given back, waits for the next month.
_WAITING = """
SELECT a.party_id, a.currency, array_agg(a.id ORDER BY a.id), sum(a.net), sum(a.vat), sum(a.amount)
  FROM expenses_feeaccrual a
 WHERE a.entity_id = %(entity)s AND a.side = 'CHARGED' AND a.due_month <= %(month)s
   AND (%(party)s::bigint IS NULL OR a.party_id = %(party)s)
   AND NOT EXISTS (SELECT 1 FROM expenses_feeinvoiceline l WHERE l.accrual_id = a.id AND NOT l.given_up)
 GROUP BY a.party_id, a.currency HAVING sum(a.amount) > 0 ORDER BY a.party_id, a.currency
"""


@transaction.atomic
def propose_invoices(
    *, entity_id: int, month: date, party_id: int | None, actor: User, at: datetime
) -> list[FeeInvoice]:
    """An invoice for each party and currency of what is charged until the end of a month. Raises NothingToInvoice."""
    lock(entity_id)
    month = month.replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"entity": entity_id, "month": month, "party": party_id})
        waiting = cursor.fetchall()
    if not waiting:
        code = Entity.objects.values_list("code", flat=True).get(pk=entity_id)
        raise NothingToInvoice(entity=code, month=f"{month:%Y-%m}")
    rows = [
        FeeInvoice.objects.create(
            entity_id=entity_id, party_id=party, month=month, currency=currency, net=net, vat=vat,
            total=total, proposed_by=actor, proposed_at=at, makers=[actor.pk],
        )
        for party, currency, _ids, net, vat, total in waiting
    ]  # fmt: skip
    FeeInvoiceLine.objects.bulk_create(
        FeeInvoiceLine(invoice=row, accrual_id=id)
        for row, (_party, _currency, ids, *_sums) in zip(rows, waiting, strict=True)
        for id in ids
    )
    record_events([_event(row) for row in rows], actor_id=actor.pk, at=at)
    return rows


def _event(row: FeeInvoice) -> NewEvent:
    return NewEvent(
        kind="feeinvoice.propose", subject_type=SUBJECT, subject_id=row.pk, entity_id=row.entity_id,
        target=row.state, facts={"total": plain(row.total), "currency": row.currency},
    )  # fmt: skip


@transaction.atomic
def issue_invoices(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Number them, as other eyes than proposed them; each is a document in both languages."""
    rows = FeeInvoice.objects.select_related("entity__own_party", "party").in_bulk(ids)
    orders = {id: _orders(row, firm_day(at)) for id, row in rows.items()}

    def issue_one(id: int) -> None:
        if id not in rows:
            raise NotFound(what="invoice of fees", reference=f"FI-{id}")
        documents = issue_documents(orders=orders[id], actor=actor, at=at)
        step = Step(
            id, facts={"number": documents[0].number}, columns={"number": documents[0].number}
        )
        advance(FeeInvoice, "issue", [step], actor=actor, at=at).raise_single()

    return each_by_itself(ids, issue_one)


# What an invoice says line by line: by the service, how many and what they come to.
_LINES = """
SELECT a.kind, count(*), sum(a.net), sum(a.vat), sum(a.amount), min(a.accrued_on), max(a.accrued_on)
  FROM expenses_feeinvoiceline l JOIN expenses_feeaccrual a ON a.id = l.accrual_id
 WHERE l.invoice_id = %s GROUP BY a.kind ORDER BY a.kind
"""


def _orders(row: FeeInvoice, on: date) -> list[Order]:
    unit = reference_data().currencies[row.currency].minor_unit
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [row.pk])
        lines = [
            {
                "kind": kind, "count": str(count), "net": f"{net:.{unit}f}", "vat": f"{vat:.{unit}f}",
                "total": f"{total:.{unit}f}", "from": first.isoformat(), "until": last.isoformat(),
            }
            for kind, count, net, vat, total, first, last in cursor.fetchall()
        ]  # fmt: skip
    data: Mapping[str, Any] = {
        "us": _party(row.entity.own_party), "them": _party(row.party), "month": row.month.isoformat(),
        "currency": row.currency, "lines": lines, "net": f"{row.net:.{unit}f}",
        "vat": f"{row.vat:.{unit}f}", "total": f"{row.total:.{unit}f}",
    }  # fmt: skip
    return [
        Order(
            kind=DocumentKind.INVOICE, language=language, subject_type=SUBJECT, subject_id=row.pk,
            version=1, entity_id=row.entity_id, book_id=None, party_id=row.party_id, on=on, data=data,
        )
        for language in Language.values
    ]  # fmt: skip


def _party(party: Any) -> dict[str, Any]:
    return {"name": {"en": party.name, "ru": party.name_ru or party.name}, "code": party.code}


@transaction.atomic
def decline_invoices(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """It is not sent: what stands in it waits for another invoice."""
    outcome = advance(FeeInvoice, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)
    FeeInvoiceLine.objects.filter(invoice_id__in=outcome.done).update(given_up=True)
    return outcome
