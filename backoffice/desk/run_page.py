"""The page of a settlement run: what it decided, how good that is, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.desk.base import COUNTED, PAGE_SIZE, ListPage
from backoffice.desk.charts import bars
from backoffice.desk.run_words import last_cycle_words
from backoffice.desk.things import Thing
from backoffice.events.selectors import history_of
from backoffice.templatetags import desk
from settlements import selectors
from settlements.explaining.outcomes import (
    largest_first,
    last_runs,
    left_by_reason,
    waves_of,
)
from settlements.models import RunDecision, RunPlan, SettlementRun
from settlements.releasing.selectors import comparisons_of
from settlements.releasing.state import Release
from settlements.running.selectors import counts_of, left_out_of
from settlements.state import RUN_LIFECYCLE, RunOutcome


class ShowRun(Thing):
    permission = "settlements.view_settlement"
    template_name = "settlements/run.html"
    page_name = "run"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = selectors.run_of(kwargs["reference"], visible_to=self.user)
        outcome = self.request.GET.get("outcome", RunOutcome.LEAVE.value)
        reason = self.request.GET.get("reason")
        if outcome == RunOutcome.LEAVE:
            rows = left_out_of(run, visible_to=self.user)
        else:
            rows = selectors.decisions_of(run, outcome, visible_to=self.user)
        if reason is not None:
            rows = rows.filter(reason=reason)
        rows = rows.select_related(
            "settlement__asset", "settlement__money_asset", "settlement__counterparty"
        )
        page = self.largest(rows)
        _tell_releases(run, page.rows)
        return {
            **self.head(history_of("settlementrun", run.pk), [RUN_LIFECYCLE]),
            **_gains(run.plan),
            "run": run,
            "cycle": last_cycle_words(run),
            "counts": counts_of(run),
            "page": page,
            "reason": reason,
            "left_for": left_by_reason(run, visible_to=self.user),
            "waves": waves_of(run.plan),
            **self.trend(run),
            "outcome": outcome,
            "outcomes": (RunOutcome.LEAVE, RunOutcome.SETTLE, RunOutcome.SEND),
        }

    def largest(self, rows: QuerySet[RunDecision]) -> ListPage:
        """A page of decisions, the largest first; the next one begins below the last."""
        query, before = self.request.GET.copy(), self.number("before")
        query.pop("before", None)
        count = rows.order_by()[: COUNTED + 1].count()
        found = largest_first(rows, before, PAGE_SIZE)
        following = ""
        if len(found) > PAGE_SIZE:
            found.pop()
            last = query.copy()
            last["before"] = str(found[-1].pk)
            following = f"?{last.urlencode()}"
        shown = f"{COUNTED:,}+" if count > COUNTED else f"{count:,}"
        return ListPage(found, shown, following, f"?{query.urlencode()}" if before else "")

    def trend(self, run: SettlementRun) -> dict[str, Any]:
        """The last runs of the same books: how many each left, drawn and as a table."""
        runs = last_runs(run, visible_to=self.user)
        points = [(each.business_date, each.left_out, each == run) for each in runs]
        return {"trend": runs[::-1], "trend_chart": bars(points) if len(points) > 1 else None}


def _tell_releases(run: SettlementRun, rows: Sequence[RunDecision]) -> None:
    """Why each went to its outside place or waits, and what became of it: words beside the row."""
    compared = comparisons_of(run, [row.settlement_id for row in rows])
    words = dict(Release.choices)
    for row in rows:
        found = compared.get(row.settlement_id)
        row.facts["release_words"] = words.get(row.facts.get("release", ""), "")
        row.facts["became_words"] = found.get_became_display() if found else ""


def _gains(plan: RunPlan | None) -> dict[str, Any]:
    if plan is None:
        return {}
    return {
        "netting_gain": plan.netting_value - plan.fifo_value,
        "choosing_gain": plan.value - plan.netting_value,
        "gap_percent": desk.quantity(f"{plan.gap * 100:.2g}"),
        "before_after": before_after(plan),
    }


def before_after(plan: RunPlan) -> list[tuple[Any, Decimal, int, bool]]:
    """What would settle without netting and choosing, and with them, beside the most that could."""
    steps = (
        (_("First in, first out"), plan.fifo_value, False),
        (_("Everything netted"), plan.netting_value, False),
        (_("Chosen"), plan.value, True),
        (_("No set has more"), plan.bound, False),
    )
    most = max((value for _title, value, _own in steps), default=Decimal(0)) or Decimal(1)
    return [(title, value, int(value * 100 / most), own) for title, value, own in steps]
