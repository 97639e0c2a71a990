"""Pages of purchases from individuals: the list, and the checklist of one with its documents and steps."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from backoffice.access.personal import note_read
from backoffice.access.problems import translated
from backoffice.desk.base import Page, step_buttons, tell_refusal
from backoffice.desk.case_page import TakesSteps, own_case
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.process_words import step_row
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep, proposed, states_then
from backoffice.documents.kinds import Language
from backoffice.documents.selectors import documents_about
from backoffice.events.models import Event
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import Refusal
from backoffice.templatetags import desk
from settlements.purchases import selectors, services
from settlements.purchases.models import Purchase
from settlements.purchases.papers import DUE_FROM, delivery_of, issue_papers, payment_of
from settlements.purchases.processing.kinds import BUYING
from settlements.purchases.processing.steps import due_of, take_step_purchases
from settlements.purchases.state import ADVANCE_LIFECYCLE, PURCHASE_LIFECYCLE, STEPS

LIFECYCLES = (PURCHASE_LIFECYCLE, ADVANCE_LIFECYCLE)
ASKS_REASON = ("ask_advance", "refuse_advance")


def link(row: Purchase) -> Any:
    return format_html(
        '<a class="mono" href="{}">{}</a>', reverse("purchase", args=[str(row)]), row
    )


PURCHASES = Listing(
    name="purchases",
    title=_("Purchases from individuals"),
    empty=_("Nothing was bought from an individual yet. A checklist begins with each such deal."),
    rows=lambda user: selectors.purchases(visible_to=user),
    opens=lambda row: reverse("purchase", args=[str(row)]),
    columns=(
        Column(_("Purchase"), "reference", write=link),
        Column(_("State"), "state", "state"),
        Column(_("Deal"), "deal_id", write=lambda row: desk.ref("deal", row.deal_id)),
        Column(_("Seller"), "deal.counterparty", "name"),
        Column(_("Instrument"), "deal.instrument.asset", "name"),
        Column(_("Trade date"), "deal.trade_date", "day"),
        Column(_("Due"), "deal.due_date", "day"),
        Column(_("Payment ahead"), "advance", "label"),
        Column(_("Opened"), "opened_at", "moment"),
    ),
)  # fmt: skip


class Purchases(ListView):
    permission = "settlements.view_settlement"
    listing = PURCHASES

    def more(self) -> dict[str, Any]:
        return {}


class ShowPurchase(Thing):
    permission = "settlements.view_settlement"
    template_name = "settlements/purchase.html"
    page_name = "purchase"

    def changes(self, event: Event) -> list[tuple[str, str, str]]:
        return step_row(event)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.purchase(kwargs["reference"], visible_to=self.user)
        note_read([row.deal.counterparty])
        head = self.head(history_of("purchase", row.pk), LIFECYCLES)
        then = head["slider"].at
        points = selectors.checklist(row, at=timezone.now())
        waits = [point.step for point in points if point.lacks is not None]
        steps = [] if then else step_buttons(
            row, LIFECYCLES, user=self.user, permission="settlements.{}_purchase",
            url=lambda action: reverse("purchase-step", args=[str(row), action]),
            asks_reason=ASKS_REASON, without=waits,
        )  # fmt: skip
        next_step, others = proposed(
            "purchase", [step for step in steps if step.action in STEPS], None
        )
        others = [*others, *(step for step in steps if step.action not in STEPS)]
        return {
            **head, "purchase": row, "deal": row.deal, "points": [_shown(each) for each in points],
            "state": states_then(LIFECYCLES, head["known"])["state"] if then else row.state,
            "since_state": head["since"]["state"], "next_step": next_step, "others": others,
            "papers": documents_about("deal", row.deal_id, visible_to=self.user),
            "may_issue": not then and self.user.has_perm("settlements.issue_purchase"),
            "process": None if then else own_case(
                BUYING, row, due_of(row), user=self.user,
                url=reverse("purchase-step", args=[str(row), "take_step"]),
            ),
            "languages": Language.choices, "delivery": delivery_of(row), "payment": payment_of(row),
        }  # fmt: skip


def _shown(point: selectors.Point) -> dict[str, Any]:
    lacks = point.lacks
    return {
        "point": point, "title": point.wanted.title, "needs": point.wanted.needs,
        "lacks": translated(lacks.detail, lacks.facts) if lacks else "",
        "hint": translated(lacks.hint, lacks.facts) if lacks else "",
    }  # fmt: skip


class IssuePaper(Page):
    permission = "settlements.issue_purchase"
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        """Issue a document of the pack and show it."""
        row = selectors.purchase(reference, visible_to=self.user)
        kind = next((kind for kind in DUE_FROM if kind == request.POST.get("kind")), None)
        language = request.POST.get("language", "")
        back = HttpResponseRedirect(reverse("purchase", args=[reference]))
        if kind is None or language not in Language.values:
            return back
        try:
            document = issue_papers(
                purchase=row, kind=kind, language=language, actor=self.user, at=timezone.now()
            )
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return back
        return HttpResponseRedirect(reverse("document", args=[str(document)]))


class PurchaseStep(TakesSteps, ThingStep):
    model = Purchase
    app, subject = "settlements", "purchase"
    find = staticmethod(selectors.purchase)
    page_class = ShowPurchase
    without_reason = (*STEPS, "allow_advance")
    actions = {  # noqa: RUF012
        "identify": services.identify_purchases,
        "screen": services.screen_purchases,
        "contract": services.contract_purchases,
        "order": services.order_purchases,
        "credit": services.credit_purchases,
        "act": services.act_purchases,
        "pay": services.pay_purchases,
        "ask_advance": services.ask_advances,
        "allow_advance": services.allow_advances,
        "refuse_advance": services.refuse_advances,
        "take_step": take_step_purchases,
    }
