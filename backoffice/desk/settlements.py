"""Pages of settlements and their runs."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from backoffice.desk import listings
from backoffice.desk.base import Page, StepView, step_buttons, tell_refusal
from backoffice.desk.evidence import claims_of
from backoffice.desk.lists import ListView
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import Invalid, Refusal
from ledger.selectors import entries_of
from settlements import runs, selectors, services
from settlements.models import RunDecision, SettlementRun
from settlements.state import LIFECYCLES, RunOutcome

AXES = tuple((each.column, each) for each in LIFECYCLES)


class Settlements(ListView):
    permission = "settlements.view_settlement"
    listing = listings.SETTLEMENTS


class ShowSettlement(Page):
    permission = "settlements.view_settlement"
    template_name = "settlements/settlement.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.settlement(kwargs["reference"], visible_to=self.user)
        id = row.pk
        done = row.settlement == "SETTLED" or row.cancellation == "AGREED"
        buttons = step_buttons(
            row, [] if done else LIFECYCLES, user=self.user, permission="settlements.{}_settlement",
            url=lambda action: reverse("settlement-step", args=[str(row), action]),
            asks_reason=("reject", "hold"),
        )  # fmt: skip
        return {
            "settlement": row,
            "steps": [b for b in buttons if b.action in SettlementStep.actions],
            "axes": [(name, getattr(row, name)) for name, _ in AXES],
            "events": list(reversed(history_of("settlement", id))),
            "obligations": row.obligations.select_related("asset").order_by("id"),
            "entries": entries_of(row.entity_id, [("settlement", id)]),
            **claims_of(row, self.user),
            "decisions": RunDecision.objects.filter(settlement_id=id).order_by("-run_id")[:20],
        }


class SettlementStep(StepView):
    app, subject = "settlements", "settlement"
    actions = {  # noqa: RUF012
        "release": services.release_settlements,
        "reject": services.reject_settlements,
        "repair": services.repair_settlements,
        "match": services.match_settlements,
        "hold": services.hold_settlements,
        "unhold": services.unhold_settlements,
    }

    def take(self, reference: str, action: str) -> None:
        reason = self.request.POST.get("reason", "")[:500]
        more = {"reason": reason} if action in ("reject", "hold") else {}
        id = selectors.settlement_id_of(reference, visible_to=self.user)
        outcome = self.actions[action](ids=[id], actor=self.user, at=timezone.now(), **more)
        outcome.raise_single()

    def address(self, reference: str) -> str:
        return reverse("settlement", args=[reference])


class BusinessDateMissing(Invalid):
    code = "business-date-missing"
    title = gettext_noop("A run needs a business date")
    detail = gettext_noop("%(value)s is not a date.")
    hint = gettext_noop("Choose the day for which the run settles.")


class Runs(ListView):
    permission = "settlements.run_settlement"
    template_name = "settlements/runs.html"
    listing = listings.RUNS

    def more(self) -> dict[str, Any]:
        return {"today": timezone.localdate().isoformat()}

    def post(self, request: HttpRequest) -> HttpResponse:
        """Ask for a run of a business date; a worker takes it up."""
        typed = request.POST.get("business_date", "")
        try:
            run = self.ask(typed)
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("runs"))
        return HttpResponseRedirect(reverse("run", args=[str(run)]))

    def ask(self, typed: str) -> SettlementRun:
        try:
            business_date = date.fromisoformat(typed)
        except ValueError:
            raise BusinessDateMissing(value=typed or "-") from None
        return runs.request_run(
            business_date=business_date, objective="FIFO", entity_id=None, actor=self.user,
            at=timezone.now(),
        )  # fmt: skip


class ShowRun(Page):
    permission = "settlements.view_settlement"
    template_name = "settlements/run.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = selectors.run_of(kwargs["reference"])
        outcome = self.request.GET.get("outcome", RunOutcome.LEAVE.value)
        rows = selectors.decisions_of(run, outcome, visible_to=self.user).select_related(
            "settlement__asset", "settlement__money_asset", "settlement__counterparty"
        )
        return {
            "run": run,
            "page": self.page_of(rows),
            "outcome": outcome,
            "outcomes": (RunOutcome.LEAVE, RunOutcome.SETTLE, RunOutcome.SEND),
            "events": list(reversed(history_of("settlementrun", run.pk))),
        }
