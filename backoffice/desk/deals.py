"""Pages of deals: the blotter and one deal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.desk import listings
from backoffice.desk.base import step_buttons
from backoffice.desk.deal_words import facts, flow_words, sentence, side_words
from backoffice.desk.inputs import said_of
from backoffice.desk.labels import HOW
from backoffice.desk.lists import ListView
from backoffice.desk.suspicions import suspicions_of
from backoffice.desk.things import Thing, ThingStep, proposed, states_then
from backoffice.documents.selectors import documents_about
from backoffice.events.models import Event
from backoffice.events.selectors import history_of
from backoffice.kernel.references import number_in
from backoffice.templatetags import desk
from deals import selectors, services
from deals.confirming.selectors import confirmations
from deals.models import Deal, DealVersion, Inbound
from deals.selectors import ECONOMICS
from deals.state import DEAL_LIFECYCLE
from ledger.selectors import entries_of
from limits.models import Limit
from settlements.selectors import settlements

BY_HAND = (
    "recorded-call",
    "affirmed",
    "signed",
    "manual",
)  # matches and rules confirm by themselves
COMPARED = {
    "side": _("Side"), "quantity": _("Quantity"), "price": _("Price"), "currency": _("Currency"),
    "gross_amount": _("Gross amount"), "net_amount": _("Net amount"), "method": _("Method"),
}  # fmt: skip


class Blotter(ListView):
    permission = "deals.view_deal"
    template_name = "deals/blotter.html"
    listing = listings.DEALS


def breaches(deal: Deal) -> list[tuple[Limit, Decimal]]:
    """The limits that a deal went beyond when it was captured, and by how much."""
    found = {
        number_in(each["limit"], "L", "limit"): Decimal(each["short"])
        for each in selectors.breaches_of([deal.pk]).get(deal.pk, ())
    }
    return [(limit, found[limit.pk]) for limit in Limit.objects.filter(pk__in=found).order_by("pk")]


class ShowDeal(Thing):
    permission = "deals.view_deal"
    template_name = "deals/deal.html"
    page_name = "deal"
    tabs: Mapping[str, Any] = {
        "flows": _("Flows"), "settlements": _("Settlements"), "limits": _("Limits"),
        "entries": _("Entries"), "documents": _("Documents"), "messages": _("Messages"),
        "versions": _("Versions"),
    }  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        deal: Any = selectors.deal(kwargs["reference"], visible_to=self.user)
        events = history_of("deal", deal.pk)
        self.versions = list(deal.versions.select_related("actor").order_by("number"))
        head = self.head(events, [DEAL_LIFECYCLE])
        at = head["slider"].at
        if at is not None:
            self.go_back(deal, head["known"], at)
        steps = [] if at else self.steps(deal)
        due = selectors.due_of(deal)
        next_step, others = proposed("deal", steps, due)
        return {
            **head, "deal": deal, "sentence": sentence(deal), "facts": facts(deal),
            "next_step": next_step, "others": others,
            "deadline": due if deal.state in ("CAPTURED", "PENDING_APPROVAL") and not at else None,
            "breaches": breaches(deal) if deal.breached else (),
            "warnings": [said_of(problem) for problem in selectors.warnings_of(deal.details)],
            "suspicions": () if at else suspicions_of(deal, self.user),
            **self.tab_of(head["tab"], deal, at),
        }  # fmt: skip

    def steps(self, deal: Deal) -> list[Any]:
        buttons = step_buttons(
            deal, [DEAL_LIFECYCLE], user=self.user, permission="deals.{}_deal",
            url=lambda action: reverse("deal-step", args=[str(deal), action]),
            asks_reason=("confirm", "reject", "cancel"),
        )  # fmt: skip
        ways = [(how, HOW[how]) for how in BY_HAND]
        return [replace(b, choices=ways) if b.action == "confirm" else b for b in buttons]

    def go_back(self, deal: Deal, known: list[Event], at: datetime) -> None:
        """Put the state and the economics of that moment in place of those of now."""
        then = [version for version in self.versions if version.recorded_at <= at]
        if not then:
            raise Http404
        deal.state = states_then([DEAL_LIFECYCLE], known)["state"]
        deal.version = then[-1].number
        for name in ECONOMICS:
            setattr(deal, name, getattr(then[-1], name))
        self.versions = then

    def tab_of(self, tab: str, deal: Deal, at: datetime | None) -> dict[str, Any]:
        """What the open tab shows, as it was known then; the others are not read."""
        if tab == "flows":
            flows = selectors.flows_of(deal.pk, deal.version)
            return {"flows": [(flow, flow_words(flow.kind)) for flow in flows]}
        if tab == "limits":
            return {"limits": selectors.limits_of([deal.pk])[deal.pk]}
        if tab == "documents":
            rows = deal.confirmations.select_related("recorded_by").order_by("id")
            issued = documents_about("deal", deal.pk, visible_to=self.user)
            theirs = confirmations(visible_to=self.user).filter(deal=deal).order_by("id")
            return {
                "documents": [d for d in rows if at is None or d.recorded_at <= at],
                "issued": [d for d in issued if at is None or d.issued_at <= at],
                "received": [c for c in theirs if at is None or c.received_at <= at],
            }
        if tab == "messages":
            return {"messages_in": list(Inbound.objects.filter(deal=deal).order_by("id"))}
        if tab == "versions":
            return {"versions": [(v, self.differences(v)) for v in reversed(self.versions)]}
        mine = settlements(visible_to=self.user).filter(source_type="deal", source_id=deal.pk)
        found = [s for s in mine.order_by("id") if at is None or s.prepared_at <= at]
        if tab == "settlements":
            return {"settlements": found}
        sources = [("deal", deal.pk), *(("settlement", s.pk) for s in found)]
        entries = entries_of(deal.entity_id, sources, visible_to=self.user)
        return {"entries": [e for e in entries if at is None or e.recorded_at <= at]}

    def changes(self, event: Event) -> list[tuple[str, str, str]]:
        """The differences that a new version made, at the event that brought it."""
        return [
            change
            for version in self.versions
            if version.number > 1 and version.recorded_at == event.recorded_at
            for change in self.differences(version)
        ]

    def differences(self, version: DealVersion) -> list[tuple[str, str, str]]:
        """What a version changed: what, before and after."""
        before = next((v for v in self.versions if v.number == version.number - 1), None)
        if before is None:
            return []
        return [
            (str(title), _written(before, name), _written(version, name))
            for name, title in COMPARED.items()
            if getattr(before, name) != getattr(version, name)
        ]


def _written(version: DealVersion, name: str) -> str:
    value = getattr(version, name)
    if name.endswith("_amount"):
        return f"{desk.money(value, version.currency)} {version.currency}"
    if name == "side":
        return side_words(value)
    return desk.quantity(value) if name in ("quantity", "price") else str(value)


class DealStep(ThingStep):
    app, subject = "deals", "deal"
    page_class = ShowDeal
    actions = {  # noqa: RUF012
        "confirm": services.confirm_deals,
        "approve": services.approve_deals,
        "reject": services.reject_deals,
        "cancel": services.cancel_deals,
    }

    def id_of(self, reference: str) -> int:
        return selectors.deal_id_of(reference, visible_to=self.user)

    def given(self, action: str) -> dict[str, Any]:
        more = super().given(action)
        if action != "confirm":
            return more
        return {"evidence": more["reason"], "how": self.request.POST.get("how", "manual")}
