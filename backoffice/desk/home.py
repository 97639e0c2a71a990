"""My work: what waits for whom, why, by when; and finding things by their reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.access.permissions import SIGNED_IN
from backoffice.desk.base import COUNTED, Page
from backoffice.workflow.models import WorkItem
from deals.models import Deal, Inbound
from deals.selectors import deals
from refdata.selectors import visible_entity_ids
from settlements.models import Settlement

SHOWN_ITEMS = 50
ITEM_TITLES = {
    "ssi-missing": _("No valid standing instruction"),
    "breach": _("An executed deal went beyond a limit"),
    "repair": _("An executed deal could not be booked"),
    "failing": _("Not settled in time"),
    "parked-event": _("An event could not be digested"),
    "evidence": _("A document waits for other eyes"),
    "broken-run": _("A run was broken off"),
}


@dataclass(frozen=True, slots=True)
class Pile:
    """Things of one kind that wait for the same step."""

    title: Any
    why: Any
    url: str
    count: str


def piles(user: User) -> Iterator[Pile]:
    """What waits for this person's roles, by state; counted up to a bound."""
    entities = visible_entity_ids(user)

    def seen(rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows if entities is None else rows.filter(entity_id__in=entities)

    waiting: tuple[tuple[str, Any, Any, str, QuerySet[Any]], ...] = (
        ("deals.confirm_deal", _("Deals to confirm"), _("Until 19:00 of their trade date"),
         f"{reverse('deals')}?status=CAPTURED", seen(Deal.objects.filter(state="CAPTURED"))),
        ("deals.approve_deal", _("Confirmations to approve"), _("By other eyes than the clerk's"),
         f"{reverse('deals')}?status=PENDING_APPROVAL",
         seen(Deal.objects.filter(state="PENDING_APPROVAL").exclude(makers__contains=[user.pk]))),
        ("settlements.release_settlement", _("Settlements to release"), _("Nothing leaves before it"),
         f"{reverse('settlements')}?status=PREPARED",
         seen(Settlement.objects.filter(status="PREPARED").exclude(makers__contains=[user.pk]))),
        ("settlements.view_settlement", _("Failing settlements"), _("Their due date has passed"),
         f"{reverse('settlements')}?status=FAILED", seen(Settlement.objects.filter(status="FAILED"))),
        ("deals.repair_inbound", _("To repair"), _("Executed deals that could not be booked"),
         reverse("inbounds"), Inbound.objects.filter(state="REPAIR")),
    )  # fmt: skip
    for permission, title, why, url, rows in waiting:
        if user.has_perm(permission):
            count = rows.order_by()[: COUNTED + 1].count()
            yield Pile(title, why, url, f"{COUNTED:,}+" if count > COUNTED else f"{count:,}")


class Home(Page):
    template_name = "backoffice/home.html"
    permission = SIGNED_IN

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        queues = list(self.user.groups.values_list("name", flat=True))
        items = WorkItem.objects.filter(queue__in=queues, closed_at__isnull=True)
        entities = visible_entity_ids(self.user)
        if entities is not None:
            items = items.filter(entity_id__in=entities)
        return {
            "piles": list(piles(self.user)),
            "items": list(items.order_by("due_at", "id")[:SHOWN_ITEMS]),
            "item_titles": ITEM_TITLES,
            "queues": queues,
        }


PREFIXES = {
    "D": "deal", "S": "settlement", "R": "run", "RR": "report-run", "I": "inbound", "L": "limit",
}  # fmt: skip


class Find(Page):
    """A reference or an external reference, to the page of what it names."""

    permission = "deals.view_deal"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = request.GET.get("q", "").strip()
        prefix, dash, number = asked.upper().partition("-")
        if dash and prefix in PREFIXES and number.isascii() and number.isdigit():
            return HttpResponseRedirect(reverse(PREFIXES[prefix], args=[f"{prefix}-{number}"]))
        found = deals(visible_to=self.user).filter(external_ref=asked).first()
        if found is not None:
            return HttpResponseRedirect(reverse("deal", args=[str(found)]))
        text = gettext("Nothing is called %(asked)s.") % {"asked": asked}
        hint = gettext("Type a reference such as D-12 or S-7, or a whole external reference.")
        messages.warning(request, text, extra_tags=hint)
        return HttpResponseRedirect(reverse("home"))
