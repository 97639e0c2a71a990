"""Reading deals: one, many, their versions and flows, and who may see which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import OuterRef, QuerySet, Subquery

from backoffice.access.models import User
from backoffice.access.problems import field_problem
from backoffice.events.models import Event
from backoffice.events.selectors import KnownAt
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import FieldProblem, NotFound
from backoffice.kernel.money import Money
from backoffice.kernel.references import number_in
from backoffice.workflow.processes.deciding import due_at
from backoffice.workflow.selectors import states_as_known_at
from deals.capturing.answers import links_of
from deals.confirming.reading import affirm_by, confirm_by
from deals.models import Deal, DealVersion, Flow, Inbound
from deals.processing.kinds import APPROVE, CONFIRMING, TAKE_STEP
from deals.products import PRODUCTS
from deals.state import DEAL_LIFECYCLE, DealState
from limits.models import Reservation
from refdata.processes.cases import OpenCase, open_cases
from refdata.scopes import visible, visible_or_shared
from refdata.selectors import money_document

ECONOMICS = (
    "side", "quantity", "price", "currency", "gross_amount", "net_amount", "method", "traded_at",
    "details",
)  # fmt: skip
WHO = {"approve": "checker", "reject": "checker", "approve_cancel": "checker"}


def deals(*, visible_to: User) -> QuerySet[Deal]:
    """The deals a person may see, each with the economics of its present version."""
    return visible(with_economics(Deal.objects.all()), visible_to, book="book_id")


def with_economics(rows: QuerySet[Deal]) -> QuerySet[Deal]:
    current = DealVersion.objects.filter(deal=OuterRef("pk"), number=OuterRef("version"))
    rows = rows.select_related("entity", "book", "owner", "counterparty", "instrument__asset")
    return rows.annotate(**{name: Subquery(current.values(name)) for name in ECONOMICS})


def deal_id_of(reference: str, *, visible_to: User) -> int:
    """The key of a deal that the caller may see. Raises NotFound."""
    id = number_in(reference, "D", "deal")
    if not visible(Deal.objects.filter(pk=id), visible_to, book="book_id").exists():
        raise NotFound(what="deal", reference=reference)
    return id


def deal(reference: str, *, visible_to: User) -> Deal:
    row = deals(visible_to=visible_to).filter(pk=number_in(reference, "D", "deal")).first()
    if row is None:
        raise NotFound(what="deal", reference=reference)
    return row


def deal_documents(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Deals as the API returns them, like the answer to their capture; a few queries for all of them."""
    limits = limits_of([row.pk for row in rows])
    waiting = waiting_steps(rows)
    breaches = breaches_of([row.pk for row in rows if row.breached])
    parts = parts_of([row.pk for row in rows])
    return [
        {
            **_document(row, limits[row.pk], breaches.get(row.pk, [])),
            "next_steps": next_steps(row, waiting.get(row.pk)),
            **({"parts": [f"D-{id}" for id in parts[row.pk]]} if row.pk in parts else {}),
        }
        for row in rows
    ]


def _document(row: Any, limits: Sequence[Any], breaches: Sequence[Any]) -> dict[str, Any]:
    return {
        **_terms_of(row),
        "breaches": breaches,
        "warnings": [field_problem(problem) for problem in warnings_of(row.details)],
        "limits": limits,
        "links": links_of(f"D-{row.pk}"),
    }


def warnings_of(details: Mapping[str, Any]) -> list[FieldProblem]:
    """What the checks said of a version when it was recorded."""
    return [FieldProblem(**each) for each in details.get("warnings", ()) if isinstance(each, dict)]


def _terms_of(row: Any) -> dict[str, Any]:
    """Where the deal stands and what was agreed, in the words in which it was posted."""
    details = {k: v for k, v in row.details.items() if k != "warnings"}
    return {
        "reference": f"D-{row.pk}",
        "version": row.version,
        "status": row.state,
        "cancellation": row.cancellation,
        **({"block": f"D-{row.block_id}"} if row.block_id else {}),
        "external_ref": row.external_ref,
        "product": row.product,
        "side": row.side,
        "book": row.book.code,
        "counterparty": row.counterparty.code,
        **({"instrument": row.instrument.asset.code} if row.instrument else {}),
        "quantity": plain(row.quantity),
        **({"price": plain(row.price)} if PRODUCTS[row.product].priced else {}),
        "currency": row.currency,
        "traded_at": row.traded_at.isoformat(),
        "stage": row.stage,
        "capacity": row.capacity,
        **details,
        "trade_date": row.trade_date.isoformat(),
        "settlement": {"method": row.method, "date": row.due_date.isoformat()},
        "gross_amount": money_document(Money(row.gross_amount, row.currency)),
        "net_amount": money_document(Money(row.net_amount, row.currency)),
    }


def posted_terms(row: Any) -> dict[str, Any]:
    """The terms of a deal as they would be posted now: the members of its product, and no others."""
    document = _terms_of(row)
    names = {field.name for field in msgspec.structs.fields(PRODUCTS[row.product].terms)}
    return {name: value for name, value in document.items() if name in names}


def deal_as_known_at(reference: str, known: KnownAt, *, visible_to: User) -> dict[str, Any]:
    """A deal by what had been recorded then: its version and state of that moment, no cache of now.

    Raises NotFound when nothing of it had been recorded.
    """
    row: Any = deal(reference, visible_to=visible_to)
    states = states_as_known_at(DEAL_LIFECYCLE, [row.pk], known, created_by=("capture", "take_on"))
    versions = DealVersion.objects.filter(deal_id=row.pk, recorded_tx__lt=known.horizon)
    version = versions.order_by("-number").first()
    if version is None or row.pk not in states:
        raise NotFound(what="deal", reference=reference)
    row.state = states[row.pk]
    as_of_version(row, version)
    return {**_terms_of(row), "known_at": known.at, "watermark": known.number}


def parts_of(deal_ids: Sequence[int]) -> dict[int, list[int]]:
    """The parts of those deals that are blocks."""
    found: dict[int, list[int]] = {}
    rows = Deal.objects.filter(block_id__in=deal_ids).order_by("pk")
    for block, part in rows.values_list("block_id", "pk"):
        found.setdefault(block, []).append(part)
    return found


HEAD = ("book", "owner", "counterparty", "instrument", "capacity", "trade_date", "due_date")


def head_of(row: Any) -> dict[str, Any]:
    """Who, what and when a deal has, by the names of its columns; kept with the version that changes it."""
    columns = {f.name: f.attname for f in Deal._meta.concrete_fields}
    return {columns[name]: getattr(row, columns[name]) for name in HEAD}


def as_of_version(row: Any, version: DealVersion) -> None:
    """Put the terms of one of its versions in place of those of now."""
    later = DealVersion.objects.filter(deal_id=row.pk, number__gt=version.number)
    changed = later.exclude(head_before=None).order_by("number").first()
    before: dict[str, Any] = (changed.head_before if changed else None) or {}
    for field in Deal._meta.concrete_fields:
        if field.attname in before:
            setattr(row, field.attname, field.to_python(before[field.attname]))
    row.version = version.number
    for name in ECONOMICS:
        setattr(row, name, getattr(version, name))


def breaches_of(deal_ids: Sequence[int]) -> dict[int, list[dict[str, str]]]:
    """What deals took beyond their limits, from the events of their capture or last amendment."""
    if not deal_ids:
        return {}
    rows = Event.objects.filter(
        subject_type="deal", subject_id__in=deal_ids, kind__in=("deal.capture", "deal.amend")
    )
    events = rows.order_by("id").values_list("subject_id", "facts")
    return {
        id: [{"limit": limit, "short": short} for limit, short in facts.get("breaches", {}).items()]
        for id, facts in events
    }


def limits_of(deal_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """What deals hold, or held, of their limits."""
    found: dict[int, list[dict[str, Any]]] = {id: [] for id in deal_ids}
    rows = Reservation.objects.filter(source_type="deal", source_id__in=deal_ids)
    for row in rows.select_related("limit").order_by("source_id", "limit_id"):
        found[row.source_id].append(
            {
                "limit": f"L-{row.limit_id}",
                "kind": row.limit.kind,
                "name": row.limit.name,
                "reserved": money_document(Money(row.amount, row.limit.currency)),
                "status": row.state,
            }
        )
    return found


def due_of(row: Deal) -> datetime | None:
    """By when the next step of a deal is due: agreed to, then approved by other eyes, by its market's clock."""
    if row.state == DealState.CAPTURED:
        return confirm_by(row)
    return affirm_by(row) if row.state == DealState.PENDING_APPROVAL else None


def repair_due(row: Inbound) -> datetime | None:
    """By when what was repaired is looked at: the next cut-off of the deal that it became."""
    if row.deal_id is None:
        return None
    deals: Any = with_economics(Deal.objects.filter(pk=row.deal_id))
    return due_of(deals.get())


def waiting_steps(rows: Sequence[Deal]) -> dict[int, OpenCase]:
    """What the processes of deals that wait for approval ask for besides, where they ask for more."""
    pending = [row.pk for row in rows if row.state == DealState.PENDING_APPROVAL]
    return open_cases(CONFIRMING.name, "deal", pending) if pending else {}


def next_steps(row: Deal, case: OpenCase | None = None) -> list[dict[str, Any]]:
    """The steps that a person may take from here, and by when the first is due; of a process only its next one."""
    due = due_of(row)
    by = due.isoformat() if due else None
    found = [
        {"action": t.name, "by": by, "who": WHO.get(t.name, "clerk"), "reason": ""}
        for t in DEAL_LIFECYCLE.available_from(row.state)
        if not t.by_rule and t.name not in (APPROVE, TAKE_STEP)
    ]
    if row.state != DealState.PENDING_APPROVAL:
        return found
    if case is None:
        return [{"action": APPROVE, "by": by, "who": WHO[APPROVE], "reason": ""}, *found]
    step, own = case.next, due_at(case.next, due)
    action = APPROVE if step.key == APPROVE else TAKE_STEP
    by = own.isoformat() if own else None
    return [{"action": action, "by": by, "who": step.role, "reason": step.name.en}, *found]


def flows_of(deal_id: int, version: int) -> list[Flow]:
    rows = Flow.objects.filter(deal_id=deal_id, version=version).select_related("asset")
    return list(rows.order_by("id"))


def inbound_id_of(reference: str, *, visible_to: User) -> int:
    id = number_in(reference, "I", "inbound deal")
    if not inbound(visible_to=visible_to).filter(pk=id).exists():
        raise NotFound(what="inbound deal", reference=reference)
    return id


def inbound_of(reference: str, *, visible_to: User) -> Inbound:
    """The row of a reference such as `I-3`. Raises NotFound."""
    return inbound(visible_to=visible_to).get(pk=inbound_id_of(reference, visible_to=visible_to))


def inbound(*, visible_to: User) -> QuerySet[Inbound]:
    """What came in and could not be booked; where no book is known it is everybody's to repair."""
    rows = Inbound.objects.select_related("received_by", "deal").order_by("-id")
    return visible_or_shared(rows, visible_to, book="book_id")
