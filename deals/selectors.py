"""Reading deals: one, many, their versions and flows, and who may see which."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from backoffice.access.models import User
from backoffice.events.selectors import history_of
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import NotFound
from deals.answers import links_of, money
from deals.models import Deal, DealVersion, Flow, Inbound
from deals.rules import confirm_by
from deals.state import DEAL_LIFECYCLE, DealState
from limits.models import Reservation
from refdata.selectors import reference_data, visible_entity_ids

WHO = {"confirm": "clerk", "approve": "checker", "reject": "checker", "cancel": "checker"}


def deals(*, visible_to: User) -> QuerySet[Deal]:
    """The deals a person may see, each with the economics of its present version."""
    current = DealVersion.objects.filter(deal=OuterRef("pk"), number=OuterRef("version"))
    rows = Deal.objects.select_related(
        "entity", "book", "owner", "counterparty", "instrument__asset"
    )
    rows = rows.annotate(
        side=Subquery(current.values("side")),
        quantity=Subquery(current.values("quantity")),
        price=Subquery(current.values("price")),
        currency=Subquery(current.values("currency")),
        gross_amount=Subquery(current.values("gross_amount")),
        net_amount=Subquery(current.values("net_amount")),
        method=Subquery(current.values("method")),
        traded_at=Subquery(current.values("traded_at")),
        details=Subquery(current.values("details")),
    )
    entities = visible_entity_ids(visible_to)
    return rows if entities is None else rows.filter(entity_id__in=entities)


def key_in(reference: str, prefix: str, what: str) -> int:
    """The key inside a reference such as `D-12`. Raises NotFound for anything else."""
    number = reference.removeprefix(f"{prefix}-")
    if number == reference or not (number.isascii() and number.isdigit()) or len(number) > 18:
        raise NotFound(what=what, reference=reference)
    return int(number)


def deal_id_of(reference: str, *, visible_to: User) -> int:
    """The key of a deal that the caller may see. Raises NotFound."""
    id = key_in(reference, "D", "deal")
    rows = Deal.objects.filter(pk=id)
    entities = visible_entity_ids(visible_to)
    if entities is not None:
        rows = rows.filter(entity_id__in=entities)
    if not rows.exists():
        raise NotFound(what="deal", reference=reference)
    return id


def deal(reference: str, *, visible_to: User) -> Deal:
    row = deals(visible_to=visible_to).filter(pk=key_in(reference, "D", "deal")).first()
    if row is None:
        raise NotFound(what="deal", reference=reference)
    return row


def deal_document(row: Any) -> dict[str, Any]:
    """A deal as the API returns it; the same members as the answer to its capture."""
    reference = f"D-{row.pk}"
    currency = reference_data().currencies[row.currency]
    unit = currency.minor_unit
    details = {k: v for k, v in row.details.items() if k != "warnings"}
    return {
        "reference": reference,
        "version": row.version,
        "status": row.state,
        "external_ref": row.external_ref,
        "product": row.product,
        "side": row.side,
        "book": row.book.code,
        "counterparty": row.counterparty.code,
        "instrument": row.instrument.asset.code,
        "quantity": plain(row.quantity),
        "price": plain(row.price),
        "currency": row.currency,
        "traded_at": row.traded_at.isoformat(),
        "stage": row.stage,
        "capacity": row.capacity,
        **details,
        "trade_date": row.trade_date.isoformat(),
        "settlement": {"method": row.method, "date": row.due_date.isoformat()},
        "gross_amount": money(row.gross_amount, row.currency, unit),
        "net_amount": money(row.net_amount, row.currency, unit),
        "breaches": breaches_of(row.pk) if row.breached else [],
        "warnings": row.details.get("warnings", []),
        "limits": limits_of(row.pk),
        "next_steps": next_steps(row),
        "links": links_of(reference),
    }


def breaches_of(deal_id: int) -> list[dict[str, str]]:
    """What the deal took beyond its limits, from the event of its capture."""
    facts = history_of("deal", deal_id)[0].facts
    return [{"limit": limit, "short": short} for limit, short in facts.get("breaches", {}).items()]


def limits_of(deal_id: int) -> list[dict[str, Any]]:
    """What the deal holds, or held, of its limits."""
    rows = Reservation.objects.filter(source_type="deal", source_id=deal_id).select_related("limit")
    return [
        {
            "limit": f"L-{row.limit_id}",
            "kind": row.limit.kind,
            "name": row.limit.name,
            "reserved": money(row.amount, row.limit.currency, 2),
            "status": row.state,
        }
        for row in rows.order_by("limit_id")
    ]


def next_steps(row: Deal) -> list[dict[str, Any]]:
    """The steps that a person may take from here, and by when the first is due."""
    due = confirm_by(row.trade_date).isoformat() if row.state == DealState.CAPTURED else None
    return [
        {"action": t.name, "by": due, "who": WHO.get(t.name, "clerk"), "reason": ""}
        for t in DEAL_LIFECYCLE.available_from(row.state)
        if not t.by_rule
    ]


def flows_of(deal_id: int, version: int) -> list[Flow]:
    rows = Flow.objects.filter(deal_id=deal_id, version=version).select_related("asset")
    return list(rows.order_by("id"))


def inbound_id_of(reference: str, *, visible_to: User) -> int:
    id = key_in(reference, "I", "inbound deal")
    if not inbound(visible_to=visible_to).filter(pk=id).exists():
        raise NotFound(what="inbound deal", reference=reference)
    return id


def inbound(*, visible_to: User) -> QuerySet[Inbound]:
    """What came in and could not be booked; without an entity it is everybody's to repair."""
    return Inbound.objects.select_related("received_by", "deal").order_by("-id")
