"""Pages of deals: the blotter and one deal."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from backoffice.desk import listings
from backoffice.desk.base import Page, StepView, step_buttons
from backoffice.desk.lists import ListView
from backoffice.events.selectors import history_of
from deals import selectors, services
from deals.rules import confirm_by
from deals.state import DEAL_LIFECYCLE, DealState
from ledger.selectors import entries_of
from settlements.selectors import settlements

TABS = ("flows", "settlements", "limits", "entries")


class Blotter(ListView):
    permission = "deals.view_deal"
    template_name = "deals/blotter.html"
    listing = listings.DEALS


class ShowDeal(Page):
    permission = "deals.view_deal"
    template_name = "deals/deal.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        deal = selectors.deal(kwargs["reference"], visible_to=self.user)
        tab = self.request.GET.get("tab", TABS[0])
        mine = settlements(visible_to=self.user).filter(source_type="deal", source_id=deal.pk)
        buttons = step_buttons(
            deal, [DEAL_LIFECYCLE], user=self.user, permission="deals.{}_deal",
            url=lambda action: reverse("deal-step", args=[str(deal), action]),
            asks_reason=("confirm", "reject", "cancel"),
        )  # fmt: skip
        return {
            "deal": deal,
            "steps": buttons,
            "events": list(reversed(history_of("deal", deal.pk))),
            "deadline": confirm_by(deal.trade_date) if deal.state == DealState.CAPTURED else None,
            "tab": tab if tab in TABS else TABS[0],
            "flows": selectors.flows_of(deal.pk, deal.version),
            "settlements": list(mine.order_by("id")),
            "limits": selectors.limits_of([deal.pk])[deal.pk],
            "breaches": selectors.breaches_of([deal.pk] if deal.breached else []).get(deal.pk, []),
            "entries": entries_of(
                deal.entity_id, [("deal", deal.pk), *(("settlement", s.pk) for s in mine)]
            ),
        }


class DealStep(StepView):
    app, subject = "deals", "deal"
    actions = {  # noqa: RUF012
        "confirm": services.confirm_deals,
        "approve": services.approve_deals,
        "reject": services.reject_deals,
        "cancel": services.cancel_deals,
    }

    def take(self, reference: str, action: str) -> None:
        reason = self.request.POST.get("reason", "")[:500]
        more = {"confirm": {"evidence": reason}, "approve": {}}.get(action, {"reason": reason})
        id = selectors.deal_id_of(reference, visible_to=self.user)
        outcome = self.actions[action](ids=[id], actor=self.user, at=timezone.now(), **more)
        outcome.raise_single()

    def address(self, reference: str) -> str:
        return reverse("deal", args=[reference])
