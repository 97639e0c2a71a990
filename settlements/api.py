"""The operations on settlements and runs. Each parses, calls one service or selector, serialises."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.models import User
from backoffice.access.paging import paged
from backoffice.kernel.decimals import plain
from backoffice.kernel.money import Money
from backoffice.kernel.references import number_in
from backoffice.workflow.api import StepOnSubject, WithReason, user_of
from backoffice.workflow.transitions import Outcome
from limits.services import LimitExceeded
from refdata.firm_days import firm_day
from refdata.selectors import money_document
from settlements import room, selectors, services
from settlements.advising.reasons import WHO_ACTS, known
from settlements.enriching import enrich_settlements
from settlements.filters import SettlementFilter
from settlements.late import LateDelivery, late_deliveries
from settlements.models import Settlement, SettlementPart
from settlements.state import Approval

AXES = ("approval", "transmission", "matching", "hold", "settlement", "cancellation")


def settlement_documents(rows: Sequence[Settlement]) -> list[dict[str, Any]]:
    """Settlements as the API returns them: roll-up, axes, reason, evidence, and what they hang on."""
    ids = [row.pk for row in rows]
    links, stops = selectors.linked_with(ids), selectors.stop_by_of(ids)
    at = timezone.now()
    uses, late = room.limit_uses(ids, at=at), late_deliveries(ids, on=firm_day(at))
    return [
        {
            **_document(row),
            "linked": [{"settlement": f"S-{id}", "kind": kind} for id, kind in links[row.pk]],
            "stop_by": stops.get(row.pk),
            "limits": [_use(each) for each in uses[row.pk]],
            "late": _late(late.get(row.pk)),
        }
        for row in rows
    ]


def _use(use: room.LimitUse) -> dict[str, Any]:
    """A settlement-day limit that it concerns: taken by now, needed in all, and what is left."""

    def money(amount: Decimal | None) -> dict[str, str] | None:
        return None if amount is None else money_document(Money(amount, use.currency))

    return {
        "limit": f"L-{use.limit_id}", "taken": money(use.taken), "needs": money(use.needs),
        "available": money(use.available),
    }  # fmt: skip


def _late(row: LateDelivery | None) -> dict[str, Any] | None:
    """How late a delivery against payment is, and what of its price move counts for it."""
    if row is None:
        return None
    return {
        "working_days": row.working_days,
        "price_move": money_document(Money(row.price_move, row.currency)),
        "exposure": money_document(Money(row.exposure, row.currency)),
    }


def _set_of(row: Settlement) -> str | None:
    """The netting set that it is bound in, or that it settles."""
    id = row.source_id if row.source_type == "set" else row.netted_by_id
    return f"NT-{id}" if id else None


def _document(row: Settlement) -> dict[str, Any]:
    return {
        "reference": f"S-{row.pk}",
        "status": row.status,
        "axes": {axis: getattr(row, axis) for axis in AXES},
        "reason": row.reason,
        "reasons": [
            _reason(code) for code in dict.fromkeys([*filter(None, [row.reason]), *row.reasons])
        ],
        "market": _market(row),
        "matched_date": row.matched_date,
        "deal": f"D-{row.source_id}" if row.source_type == "deal" else None,
        "net": f"NO-{row.source_id}" if row.source_type == "net" else None,
        "netting_set": _set_of(row),
        "method": row.method,
        "delivers": row.delivers,
        "owner": row.owner.code,
        "counterparty": row.counterparty.code,
        "place": row.place.code,
        "instrument": row.asset.code if row.asset_id != row.money_asset_id else None,
        "quantity": f"{row.quantity.normalize():f}",
        "amount": money_document(Money(row.amount, row.money_asset.code)),
        "settled": {
            "quantity": plain(row.settled_quantity),
            "amount": money_document(Money(row.settled_amount, row.money_asset.code)),
        },
        "partial": {
            "allowed": row.partial_allowed,
            "minimum": None if row.minimum is None else plain(row.minimum),
            "lot": plain(row.lot),
        },
        "parts": [_part(each, row.money_asset.code) for each in row.parts.all()],
        "priority": row.priority,
        "due_date": row.due_date,
        "settled_date": row.settled_date,
        "ssi": {"reference": f"SSI-{row.ssi_id}", **row.ssi_snapshot},
        "evidence": [
            {"kind": e.kind, "reference": e.reference, "settled_at": e.settled_at}
            for e in row.evidence.all()
        ],
    }


def _reason(code: str) -> dict[str, Any]:
    """A reason with what it means and who acts; of a code that we do not know the code alone."""
    found = known(code)
    return {
        "code": code,
        "meaning": str(found.label) if found else None,
        "who": WHO_ACTS[found].value if found else None,
    }


def _market(row: Settlement) -> dict[str, Any] | None:
    """What the market said last, on its own four axes."""
    said = row.advice.all()[:1]
    if not said:
        return None
    (last,) = said
    return {
        "processing": last.processing, "inferred_matching": last.inferred, "matching": last.matching,
        "settlement": last.settling, "reasons": last.reasons, "message": last.message,
        "told_at": last.told_at,
    }  # fmt: skip


def _part(part: SettlementPart, currency: str) -> dict[str, Any]:
    return {
        "number": part.number,
        "quantity": plain(part.quantity),
        "amount": money_document(Money(part.amount, currency)),
        "settled_date": part.settled_date,
        "evidence": f"{part.evidence.kind}:{part.evidence.reference}",
    }


class ListSettlements(APIView):
    permission = "settlements.view_settlement"
    filters = SettlementFilter
    paged = True

    def get(self, request: Request) -> Response:
        """The settlements the caller may see, newest first."""
        rows = selectors.settlements(visible_to=user_of(request)).prefetch_related(
            *selectors.PROOFS
        )
        chosen = chosen_of(self, request, rows)
        return paged(chosen, request, self, settlement_documents)


class ShowSettlement(APIView):
    permission = "settlements.view_settlement"

    def get(self, request: Request, reference: str) -> Response:
        """One settlement as it is now."""
        row = selectors.settlement(reference, visible_to=user_of(request))
        (document,) = settlement_documents([row])
        return Response(document, headers={"ETag": row.etag})


class StepOnSettlement(StepOnSubject):
    """A step of one settlement."""

    model = Settlement

    def id_of(self, reference: str, user: User) -> int:
        return selectors.settlement_id_of(reference, visible_to=user)

    def document(self, reference: str, user: User) -> dict[str, Any]:
        (document,) = settlement_documents([selectors.settlement(reference, visible_to=user)])
        return document


class ReleaseSettlement(StepOnSettlement):
    """Before sending it approves; after that it lets a held one go."""

    permission = "settlements.release_settlement"

    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        try:
            return super().post(request, **kwargs)
        except LimitExceeded as refusal:  # what refused it was undone: risk is told apart from that
            user = user_of(request)
            id = number_in(refusal.facts["settlement"], "S", "settlement")
            room.tell_of_limits({id: refusal}, actor=user, at=timezone.now())
            raise

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        approved = Settlement.objects.filter(pk__in=ids, approval=Approval.APPROVED).exists()
        service = services.unhold_settlements if approved else services.release_settlements
        return service(ids=ids, actor=user, at=at)


class RejectSettlement(StepOnSettlement):
    """Send a prepared settlement back to be repaired."""

    permission = "settlements.reject_settlement"
    Input = WithReason
    service = staticmethod(services.reject_settlements)


class RepairSettlement(StepOnSettlement):
    """Put a rejected settlement before other eyes again."""

    permission = "settlements.repair_settlement"
    service = staticmethod(services.repair_settlements)


class EnrichSettlement(StepOnSettlement):
    """Take the standing instruction that is good now; other eyes release it."""

    permission = "settlements.enrich_settlement"
    service = staticmethod(enrich_settlements)


class HoldSettlement(StepOnSettlement):
    """Keep a settlement from settling until other eyes let it go."""

    permission = "settlements.hold_settlement"
    Input = WithReason
    service = staticmethod(services.hold_settlements)


class MatchSettlement(StepOnSettlement):
    """Record that both sides have instructed the same."""

    permission = "settlements.match_settlement"
    service = staticmethod(services.match_settlements)
