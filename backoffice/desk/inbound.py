"""Pages of the repair queue: what came in and could not be booked."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from backoffice.desk import listings
from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.lists import ListView
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import NotFound, Refusal
from deals import selectors
from deals.repair import FIXED, repair_inbound

MENDABLE = (
    "counterparty",
    "instrument",
    "book",
    "client",
    "account",
    "quantity",
    "price",
    "currency",
)


class RepairQueue(ListView):
    permission = "deals.view_deal"
    listing = listings.INBOUND


class ShowInbound(Page):
    permission = "deals.view_deal"
    template_name = "deals/inbound.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        id = selectors.inbound_id_of(kwargs["reference"], visible_to=self.user)
        row = selectors.inbound(visible_to=self.user).get(pk=id)
        received = msgspec.json.decode(row.body)
        return {
            "inbound": row,
            "received": received,
            "fields": [(name, received.get(name) or "") for name in MENDABLE],
            "events": list(reversed(history_of("inbound", id))),
            "may_repair": row.state == "REPAIR" and self.user.has_perm("deals.repair_inbound"),
        }


class RepairInbound(Page):
    permission = "deals.repair_inbound"
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        try:
            id = selectors.inbound_id_of(reference, visible_to=self.user)
        except NotFound as refusal:
            raise Http404(str(refusal)) from None
        received = msgspec.json.decode(selectors.inbound(visible_to=self.user).get(pk=id).body)
        typed = {name: request.POST.get(name, "").strip() for name in MENDABLE}
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
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("inbound", args=[reference]))
        return HttpResponseRedirect(reverse("deal", args=[f"D-{deal_id}"]))
