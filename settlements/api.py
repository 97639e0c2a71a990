"""The operations on settlements and runs. Each parses, calls one service or selector, serialises."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.idempotency import OncePerKey
from backoffice.access.models import User
from backoffice.workflow.transitions import Outcome
from deals.api import Pages, WithReason
from settlements import runs, selectors, services
from settlements.filters import SettlementFilter
from settlements.models import RunDecision, Settlement, SettlementRun
from settlements.state import Approval, RunState

AXES = ("approval", "transmission", "matching", "hold", "settlement", "cancellation")


def _user(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user


def settlement_document(row: Settlement) -> dict[str, Any]:
    """A settlement as the API returns it: its roll-up, its axes, its reason and its evidence."""
    return {
        "reference": f"S-{row.pk}",
        "status": row.status,
        "axes": {axis: getattr(row, axis) for axis in AXES},
        "reason": row.reason,
        "deal": f"D-{row.source_id}" if row.source_type == "deal" else None,
        "method": row.method,
        "delivers": row.delivers,
        "owner": row.owner.code,
        "counterparty": row.counterparty.code,
        "place": row.place.code,
        "instrument": row.asset.code,
        "quantity": f"{row.quantity.normalize():f}",
        "amount": {
            "amount": f"{row.amount:.{row.money_asset.decimals}f}",
            "currency": row.money_asset.code,
        },
        "due_date": row.due_date,
        "settled_date": row.settled_date,
        "ssi": {"reference": f"SSI-{row.ssi_id}", **row.ssi_snapshot},
        "evidence": [
            {"kind": e.kind, "reference": e.reference, "settled_at": e.settled_at}
            for e in row.evidence.all()
        ],
    }


class ListSettlements(APIView):
    permission = "settlements.view_settlement"
    filters = SettlementFilter
    paged = True

    def get(self, request: Request) -> Response:
        """The settlements the caller may see, newest first."""
        rows = selectors.settlements(visible_to=_user(request)).prefetch_related("evidence")
        chosen = self.filters(request.query_params, queryset=rows).qs
        pages: Pages = Pages()
        page: list[Any] | None = pages.paginate_queryset(chosen, request, view=self)
        return pages.get_paginated_response([settlement_document(row) for row in page or ()])


class ShowSettlement(APIView):
    permission = "settlements.view_settlement"

    def get(self, request: Request, reference: str) -> Response:
        """One settlement as it is now."""
        return Response(_show(reference, _user(request)))


def _show(reference: str, user: User) -> dict[str, Any]:
    id = selectors.settlement_id_of(reference, visible_to=user)
    return settlement_document(selectors.settlements(visible_to=user).get(pk=id))


class StepOnSettlement(OncePerKey):
    """A step of one settlement: subclasses say which service takes it."""

    def perform(self, request: Request, **kwargs: Any) -> Response:
        user = _user(request)
        id = selectors.settlement_id_of(kwargs["reference"], visible_to=user)
        self.step(request, [id], user, timezone.now()).raise_single()
        return Response(_show(kwargs["reference"], user))

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        raise NotImplementedError


class ReleaseSettlement(StepOnSettlement):
    """Before sending it approves; after that it lets a held one go."""

    permission = "settlements.release_settlement"

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        approved = Settlement.objects.filter(pk__in=ids, approval=Approval.APPROVED).exists()
        service = services.unhold_settlements if approved else services.release_settlements
        return service(ids=ids, actor=user, at=at)


class RejectSettlement(StepOnSettlement):
    """Send a prepared settlement back to be repaired."""

    permission = "settlements.reject_settlement"
    Input = WithReason

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        given = WithReason(data=request.data)
        given.is_valid(raise_exception=True)
        return services.reject_settlements(ids=ids, actor=user, at=at, **given.validated_data)


class RepairSettlement(StepOnSettlement):
    """Put a rejected settlement before other eyes again."""

    permission = "settlements.repair_settlement"

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        return services.repair_settlements(ids=ids, actor=user, at=at)


class HoldSettlement(StepOnSettlement):
    """Keep a settlement from settling until other eyes let it go."""

    permission = "settlements.hold_settlement"
    Input = WithReason

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        given = WithReason(data=request.data)
        given.is_valid(raise_exception=True)
        return services.hold_settlements(ids=ids, actor=user, at=at, **given.validated_data)


class MatchSettlement(StepOnSettlement):
    """Record that both sides have instructed the same."""

    permission = "settlements.match_settlement"

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        return services.match_settlements(ids=ids, actor=user, at=at)


class RequestRun(OncePerKey):
    permission = "settlements.run_settlement"
    gives: ClassVar = {"POST": 202}

    class Input(serializers.Serializer[Any]):
        business_date = serializers.DateField()
        objective = serializers.ChoiceField(choices=["FIFO"], default="FIFO")

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Ask for a settlement run; a worker takes it up."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        run = runs.request_run(
            entity_id=None, actor=_user(request), at=timezone.now(), **given.validated_data
        )
        location = f"/api/v1/settlement-runs/R-{run.pk}/"
        return Response(run_document(run), 202, headers={"Location": location})


def run_document(run: SettlementRun) -> dict[str, Any]:
    shards = list(run.shards.values_list("done_at", flat=True))
    done = sum(at is not None for at in shards)
    finished = run.state in (RunState.COMPLETED, RunState.FAILED)
    return {
        "reference": f"R-{run.pk}",
        "status": run.state,
        "progress": 1 if finished else (done / len(shards) if shards else 0),
        "business_date": run.business_date,
        "objective": run.objective,
        "counts": {
            "decided": run.decided,
            "settled": run.settled,
            "sent": run.sent,
            "left_out": run.left_out,
        },
    }


class ShowRun(APIView):
    permission = "settlements.view_settlement"

    def get(self, request: Request, reference: str) -> Response:
        """A run, how far it is, and its outcome."""
        return Response(run_document(selectors.run_of(reference)))


class ExplainRun(APIView):
    permission = "settlements.view_settlement"
    paged = True

    def get(self, request: Request, reference: str) -> Response:
        """Why each settlement that did not settle was left out."""
        run = selectors.run_of(reference)
        rows = RunDecision.objects.filter(run=run, outcome=runs.LEAVE).order_by("-id")
        pages: Pages = Pages()
        page: list[Any] | None = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response(
            [
                {"settlement": f"S-{d.settlement_id}", "reason": d.reason, **d.facts}
                for d in page or ()
            ]
        )
