"""Pages of the repair queue: what came in and could not be booked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.access.problems import status_of, translated
from backoffice.desk import listings
from backoffice.desk.base import Page
from backoffice.desk.case_page import TakesSteps, own_case
from backoffice.desk.lists import ListView
from backoffice.desk.new_deal import beside_fields
from backoffice.desk.process_words import step_row
from backoffice.desk.things import Refused, Thing, ThingStep, states_then
from backoffice.desk.words import problem_words
from backoffice.events.models import Event
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import FieldProblem, NotFound, Refusal
from deals import selectors
from deals.models import Inbound
from deals.products import PRODUCTS
from deals.repairing.processing import REPAIRING
from deals.repairing.services import FIXED, repair_inbound
from deals.repairing.steps import take_step_inbound
from deals.state import INBOUND_LIFECYCLE

MENDABLE: Mapping[str, Any] = {
    "counterparty": _("Counterparty"), "instrument": _("Instrument"),
    "pair": _("Currency pair"), "book": _("Book"),
    "client": _("Client"), "account": _("Client's account"), "quantity": _("Quantity"),
    "price": _("Price"), "currency": _("Currency"), "rate": _("Rate a year"),
    "far_date": _("Far date"), "tenor": _("Tenor"), "haircut": _("Haircut"),
}  # fmt: skip


def mendable(received: Mapping[str, Any]) -> dict[str, Any]:
    """The members that a clerk may mend, of those its product has, with their titles."""
    terms = PRODUCTS[received.get("product", "equity")].terms
    known = {field.encode_name for field in msgspec.structs.fields(terms)}
    return {name: title for name, title in MENDABLE.items() if name in known}


class RepairQueue(ListView):
    permission = "deals.view_deal"
    listing = listings.INBOUND


class ShowInbound(Thing):
    permission = "deals.view_deal"
    template_name = "deals/inbound.html"
    page_name = "inbound"
    typed: Mapping[str, str] = {}
    problems: Sequence[FieldProblem] = ()

    def changes(self, event: Event) -> list[tuple[str, str, str]]:
        return step_row(event)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        id = selectors.inbound_id_of(kwargs["reference"], visible_to=self.user)
        row = selectors.inbound(visible_to=self.user).get(pk=id)
        received = msgspec.json.decode(row.body)
        head = self.head(history_of("inbound", id), [INBOUND_LIFECYCLE])
        at = head["slider"].at
        if at:
            row.state = states_then([INBOUND_LIFECYCLE], head["known"])["state"]
        wrong = beside_fields(self.problems)
        process = None if at else own_case(
            REPAIRING, row, selectors.repair_due(row), user=self.user,
            url=reverse("inbound-step", args=[str(row), "take_step"]),
        )  # fmt: skip
        return {
            "process": process,
            **head,
            "inbound": row,
            "problems": [{**p, "words": problem_words(p["code"])} for p in row.problems],
            "received": received,
            "fields": [
                {"name": name, "title": title, "value": self.typed.get(name, received.get(name) or ""),
                 "problems": wrong.get(name, ())}
                for name, title in mendable(received).items()
            ],
            "reason": self.typed.get("reason", ""),
            "may_repair": not at and row.state == "REPAIR"
            and self.user.has_perm("deals.repair_inbound"),
        }  # fmt: skip


class InboundStep(TakesSteps, ThingStep):
    """The steps that its process adds to a repair."""

    model = Inbound
    app, subject = "deals", "inbound"
    find = staticmethod(selectors.inbound_of)
    page_class = ShowInbound
    actions = {"take_step": take_step_inbound}  # noqa: RUF012


class RepairInbound(Page):
    permission = "deals.repair_inbound"
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        try:
            id = selectors.inbound_id_of(reference, visible_to=self.user)
        except NotFound as refusal:
            raise Http404(str(refusal)) from None
        received = msgspec.json.decode(selectors.inbound(visible_to=self.user).get(pk=id).body)
        typed = {name: request.POST.get(name, "").strip() for name in mendable(received)}
        changes = {
            name: value
            for name, value in typed.items()
            if value and value != received.get(name) and name not in FIXED
        }
        try:
            deal_id = repair_inbound(
                inbound_id=id, changes=changes, reason=request.POST.get("reason", "")[:500],
                actor=self.user, at=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            return self.refuse(request, refusal, typed, reference)
        return HttpResponseRedirect(reverse("deal", args=[f"D-{deal_id}"]))

    def refuse(
        self, request: HttpRequest, refusal: Refusal, typed: dict[str, str], reference: str
    ) -> HttpResponse:
        """The form comes back as it was typed, each problem beside its field."""
        page = ShowInbound()
        page.typed = {**typed, "reason": request.POST.get("reason", "")}
        page.problems = refusal.problems
        text = translated(refusal.detail, refusal.facts) or translated(refusal.title, refusal.facts)
        hint = translated(refusal.hint, refusal.facts)
        page.refused = Refused("repair", page.typed["reason"], text, hint)
        page.setup(request, reference=reference)
        answer = page.get(request, reference=reference)
        answer.status_code = status_of(refusal)
        return answer
