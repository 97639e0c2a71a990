"""The operations on settlement runs: ask for one, follow it, and why what it left out was left out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.kernel.decimals import plain
from backoffice.kernel.money import Money
from backoffice.workflow.api import user_of
from refdata.selectors import money_document
from settlements import selectors
from settlements.models import RunDecision, RunPlan, SettlementRun
from settlements.running import services as runs
from settlements.running.selectors import counts_of, explanations_of, left_out_of
from settlements.running.state import RunMode, RunObjective
from settlements.state import RunState


class RequestRun(OncePerKey):
    permission = "settlements.run_settlement"
    gives: ClassVar = {"POST": 202}

    class Input(serializers.Serializer[Any]):
        business_date = serializers.DateField()
        objective = serializers.ChoiceField(choices=RunObjective.choices, default="")
        mode = serializers.ChoiceField(choices=RunMode.choices, default=RunMode.BOTH.value)
        is_last = serializers.BooleanField(default=False)
        entity = serializers.CharField(max_length=20, default="", allow_blank=True)
        place = serializers.CharField(max_length=20, default="", allow_blank=True)

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Ask for a settlement run; a worker takes it up. Without an entity: of all that are seen.

        Without an objective it wants what the dated rule of that day says; FIFO chooses nothing.
        With a place: only what settles there, and what is linked with that. `is_last` says that outside places
        have no cycle after it today: nothing is kept back there. Those with a schedule of cycles know it themselves.
        """
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        user, asked = user_of(request), dict(given.validated_data)
        entity_id = runs.entity_to_run(asked.pop("entity"), actor=user)
        asked["place_id"] = runs.place_to_run(asked.pop("place"))
        run = runs.request_run(entity_id=entity_id, actor=user, at=timezone.now(), **asked)
        location = f"/api/v1/settlement-runs/R-{run.pk}/"
        return Response(run_document(run), 202, headers={"Location": location})


def run_document(run: SettlementRun) -> dict[str, Any]:
    counts = counts_of(run)
    finished = run.state in (RunState.COMPLETED, RunState.FAILED)
    return {
        "reference": f"R-{run.pk}",
        "status": run.state,
        "progress": 1 if finished else counts.progress,
        "business_date": run.business_date,
        "objective": run.objective,
        "mode": run.mode,
        "place": run.place.code if run.place else None,
        "is_last": run.is_last,
        "cycle": cycle_document(run),
        "counts": {
            "decided": run.decided,
            "settled": counts.settled,
            "sent": counts.sent,
            "left_out": run.left_out,
        },
        "plan": plan_document(run.plan) if run.plan else None,
    }


def cycle_document(run: SettlementRun) -> dict[str, Any] | None:
    row = run.cycle
    return {"reference": str(row), "due_at": row.due_at, "rule": row.rule} if row else None


def plan_document(plan: RunPlan) -> dict[str, Any]:
    """What was decided, held against first in, first out, and against the most that is possible."""

    def money(amount: Decimal) -> dict[str, str]:
        return money_document(Money(amount, plan.currency))

    return {
        "attempt": plan.attempt,
        "rule": plan.rule or None,
        "objective": plan.objective,
        "candidates": plan.candidates,
        "chosen": plan.chosen,
        "value": money(plan.value),
        "fifo": {"chosen": plan.fifo_chosen, "value": money(plan.fifo_value)},
        "gain_of_netting": money(plan.netting_value - plan.fifo_value),
        "gain_of_choosing": money(plan.value - plan.netting_value),
        "bound": money(plan.bound),
        "gap": plan.gap,
        "is_best": plan.gap == 0,
        "unvalued": plan.unvalued,
        "borrow": plan.borrow,
        "last_places": plan.last_places,
        "input_sha256": plan.input_sha256,
        "found_sha256": plan.found_sha256,
        "seconds": plan.seconds,
    }


class ShowRun(APIView):
    permission = "settlements.view_settlement"

    def get(self, request: Request, reference: str) -> Response:
        """A run, how far it is, its plan and its outcome."""
        return Response(run_document(selectors.run_of(reference, visible_to=user_of(request))))


class ExplainRun(APIView):
    permission = "settlements.view_settlement"
    paged = True

    def get(self, request: Request, reference: str) -> Response:
        """Why each settlement that did not settle was left out."""
        user = user_of(request)
        run = selectors.run_of(reference, visible_to=user)
        rows = left_out_of(run, visible_to=user)
        return paged(rows, request, self, lambda page: explanation_documents(run, page))


def explanation_documents(run: SettlementRun, rows: Sequence[RunDecision]) -> list[dict[str, Any]]:
    """The market's reason and how much is short; then what was worked out about it, by kind."""
    said = explanations_of(run, [row.settlement_id for row in rows])
    return [_explanation(row, said.get(row.settlement_id, {})) for row in rows]


def _explanation(row: RunDecision, said: dict[str, Any]) -> dict[str, Any]:
    dropped = said.get("DROPPED", {}).get("facts", {})
    document = {
        "settlement": f"S-{row.settlement_id}", "reason": dropped.get("reason", row.reason), **row.facts,
    }  # fmt: skip
    if row.value is not None:
        document["value"] = plain(row.value)
    if said:
        document["explanations"] = said
    return document
