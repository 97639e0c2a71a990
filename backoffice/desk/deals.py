"""Pages of deals: the blotter and one deal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.desk import listings
from backoffice.desk.base import StepButton, step_buttons
from backoffice.desk.case_page import last_case, on_page
from backoffice.desk.changing import doors, member_rows
from backoffice.desk.deal_process import in_turn
from backoffice.desk.deal_words import facts, flow_words, sentence
from backoffice.desk.inputs import said_of
from backoffice.desk.labels import HOW
from backoffice.desk.lists import ListView
from backoffice.desk.process_words import step_row
from backoffice.desk.suspicions import suspicions_of
from backoffice.desk.things import Thing, ThingStep, proposed, states_then
from backoffice.documents.selectors import documents_about
from backoffice.events.models import Event
from backoffice.events.selectors import history_of
from backoffice.kernel.references import number_in
from backoffice.workflow.models import StatefulModel
from deals import selectors, services
from deals.confirming.selectors import confirmations
from deals.models import Deal, Inbound
from deals.processing.kinds import CONFIRMING
from deals.processing.steps import take_step_deals
from deals.repairing.steps import repairs_under_way
from deals.state import CANCEL_LIFECYCLE, DEAL_LIFECYCLE
from ledger.selectors import entries_of
from limits.models import Limit
from refdata.processes.cases import OpenCase
from settlements.changing import services as changing
from settlements.changing.rest import reinstruct_rests
from settlements.changing.situations import locked_standings
from settlements.changing.unallocating import undo_allocations
from settlements.clearing.leaving import hold_nets_of
from settlements.selectors import settlements

BY_HAND = (
    "recorded-call",
    "affirmed",
    "signed",
    "manual",
)  # matches and rules confirm by themselves


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
        self.made_by = {
            e.facts["version"]: e for e in events if e.kind in ("deal.amend", "deal.annotate")
        }
        head = self.head(events, [DEAL_LIFECYCLE, CANCEL_LIFECYCLE])
        at = head["slider"].at
        if at is not None:
            self.go_back(deal, head["known"], at)
        held = repairs_under_way([deal.pk]) if deal.state == "CAPTURED" and not at else {}
        case = None if at else last_case(CONFIRMING, deal.pk)
        steps = [] if at else in_turn(self.steps(deal, held), case, self.user)
        due = selectors.due_of(deal)
        next_step, others = proposed("deal", steps, due)
        return {
            **head, "deal": deal, "sentence": sentence(deal), "facts": facts(deal),
            "next_step": next_step, "others": others,
            "changed": self.changed(deal) if deal.state in ("CAPTURED", "PENDING_APPROVAL") else (),
            "held": held.get(deal.pk), "process": on_page(case, due) if case else None,
            "parts": list(self.parts(deal)),
            "cancellation": deal.cancellation if deal.cancellation != "NONE" else "",
            "deadline": due if deal.state in ("CAPTURED", "PENDING_APPROVAL") and not at else None,
            "breaches": breaches(deal) if deal.breached else (),
            "warnings": [said_of(problem) for problem in selectors.warnings_of(deal.details)],
            "suspicions": () if at else suspicions_of(deal, self.user),
            **self.tab_of(head["tab"], deal, at),
        }  # fmt: skip

    def parts(self, deal: Deal) -> QuerySet[Deal]:
        """The parts of a block, of those that this person may see."""
        return selectors.deals(visible_to=self.user).filter(block_id=deal.pk).order_by("pk")

    def steps(self, deal: Deal, held: Mapping[int, OpenCase]) -> list[StepButton]:
        """What may be done with it; while others are to look at its repair, nobody confirms it."""
        leads, without = doors(deal, self.user)
        without = [*without, *(("confirm",) if held else ())]
        buttons = [
            *step_buttons(
                deal, [CANCEL_LIFECYCLE, DEAL_LIFECYCLE], user=self.user, permission="deals.{}_deal",
                url=lambda action: reverse("deal-step", args=[str(deal), action]),
                asks_reason=("confirm", "take_step", "reject", "agree_cancel", "deny_cancel", "withdraw_cancel",
                             "reinstruct", "undo_allocation"),
                without=("amend", "cancel", "allocate", "group", *without),
            ),
            *leads,
        ]  # fmt: skip
        ways = [(how, HOW[how]) for how in BY_HAND]
        return [replace(b, choices=ways) if b.action == "confirm" else b for b in buttons]

    def go_back(self, deal: Deal, known: list[Event], at: datetime) -> None:
        """Put the state and the economics of that moment in place of those of now."""
        then = [version for version in self.versions if version.recorded_at <= at]
        if not then:
            raise Http404
        states = states_then([DEAL_LIFECYCLE, CANCEL_LIFECYCLE], known)
        deal.state, deal.cancellation = states["state"], states["cancellation"]
        selectors.as_of_version(deal, then[-1])
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
            return {"versions": [(v, self.differences(v.number)) for v in reversed(self.versions)]}
        mine = settlements(visible_to=self.user).filter(source_type="deal", source_id=deal.pk)
        found = [s for s in mine.order_by("id") if at is None or s.prepared_at <= at]
        if tab == "settlements":
            return {"settlements": found}
        sources = [("deal", deal.pk), *(("settlement", s.pk) for s in found)]
        entries = entries_of(deal.entity_id, sources, visible_to=self.user)
        return {"entries": [e for e in entries if at is None or e.recorded_at <= at]}

    def changes(self, event: Event) -> list[tuple[str, str, str]]:
        """The differences that a new version made, at the event that brought it; of a process, its step."""
        if step := step_row(event):
            return step
        return member_rows(event.facts) if event.kind in ("deal.amend", "deal.annotate") else []

    def changed(self, deal: Deal) -> list[tuple[str, str, str]]:
        """What the present version changed: whoever confirms or approves it looks at that."""
        return self.differences(deal.version)

    def differences(self, number: int) -> list[tuple[str, str, str]]:
        """What a version changed: what, before and after."""
        event = self.made_by.get(number)
        return member_rows(event.facts) if event else []


class DealStep(ThingStep):
    model = Deal
    app, subject = "deals", "deal"
    page_class = ShowDeal
    actions = {  # noqa: RUF012
        "confirm": services.confirm_deals,
        "approve": services.approve_deals,
        "take_step": take_step_deals,
        "reject": services.reject_deals,
        "agree_cancel": changing.agree_cancels,
        "deny_cancel": changing.deny_cancels,
        "withdraw_cancel": changing.withdraw_cancels,
        "approve_cancel": changing.approve_cancels,
        "reinstruct": reinstruct_rests,
        "undo_allocation": undo_allocations,
    }
    without_reason = ("approve", "approve_cancel")

    def id_of(self, reference: str) -> int:
        return selectors.deal_id_of(reference, visible_to=self.user)

    def locked(self, id: int) -> StatefulModel:
        """Its nets and settlements first, as the services that cancel lock them."""
        hold_nets_of([id])
        locked_standings([id])
        return super().locked(id)

    def given(self, action: str) -> dict[str, Any]:
        more = super().given(action)
        if action == "confirm":
            return {"evidence": more["reason"], "how": self.request.POST.get("how", "manual")}
        by_evidence = ("agree_cancel", "deny_cancel", "take_step")
        return {"evidence": more["reason"]} if action in by_evidence else more
