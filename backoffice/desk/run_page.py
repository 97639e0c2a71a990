"""The page of a settlement run: what it decided, how good that is, and what became of each."""

from __future__ import annotations

from typing import Any

from backoffice.desk.things import Thing
from backoffice.events.selectors import history_of
from settlements import selectors
from settlements.models import RunPlan
from settlements.run_reading import counts_of, left_out_of
from settlements.state import RUN_LIFECYCLE, RunOutcome


class ShowRun(Thing):
    permission = "settlements.view_settlement"
    template_name = "settlements/run.html"
    page_name = "run"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = selectors.run_of(kwargs["reference"], visible_to=self.user)
        outcome = self.request.GET.get("outcome", RunOutcome.LEAVE.value)
        if outcome == RunOutcome.LEAVE:
            rows = left_out_of(run, visible_to=self.user)
        else:
            rows = selectors.decisions_of(run, outcome, visible_to=self.user)
        rows = rows.select_related(
            "settlement__asset", "settlement__money_asset", "settlement__counterparty"
        )
        return {
            **self.head(history_of("settlementrun", run.pk), [RUN_LIFECYCLE]),
            **_gains(run.plan),
            "run": run,
            "counts": counts_of(run),
            "page": self.page_of(rows),
            "outcome": outcome,
            "outcomes": (RunOutcome.LEAVE, RunOutcome.SETTLE, RunOutcome.SEND),
        }


def _gains(plan: RunPlan | None) -> dict[str, Any]:
    if plan is None:
        return {}
    return {
        "netting_gain": plan.netting_value - plan.fifo_value,
        "choosing_gain": plan.value - plan.netting_value,
        "gap_percent": f"{plan.gap * 100:.2g}",
    }
