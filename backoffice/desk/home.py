"""My work: what waits for whom, why, by when, and what it costs to leave it; and everybody's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from backoffice.access.models import User
from backoffice.access.permissions import PUBLIC, SIGNED_IN
from backoffice.access.roles import ROLES
from backoffice.desk.base import COUNTED, Page
from backoffice.desk.filters import ItemFilter
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.words import ITEM_TITLES
from backoffice.desk.work import queue_of
from backoffice.templatetags import desk
from backoffice.work.selectors import colleagues_of, mentions_of, queues_of, work_items
from backoffice.workflow.models import WorkItem
from deals.models import Deal
from deals.selectors import inbound
from refdata.scopes import visible_by_entity
from settlements.models import Settlement

SHOWN_MENTIONS = 10


@dataclass(frozen=True, slots=True)
class Pile:
    """Things of one kind that wait for the same step."""

    title: Any
    why: Any
    url: str
    count: str


def piles(user: User) -> Iterator[Pile]:
    """What waits for this person's roles, by state; counted up to a bound."""

    def seen(rows: QuerySet[Any]) -> QuerySet[Any]:
        return visible_by_entity(rows, user, book="book_id")

    waiting: tuple[tuple[str, Any, Any, str, QuerySet[Any]], ...] = (
        ("deals.confirm_deal", _("Deals to confirm"), _("Until the cut-off of their market"),
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
         reverse("inbounds"), inbound(visible_to=user).filter(state="REPAIR")),
    )  # fmt: skip
    for permission, title, why, url, rows in waiting:
        if user.has_perm(permission):
            count = rows.order_by()[: COUNTED + 1].count()
            yield Pile(title, why, url, f"{COUNTED:,}+" if count > COUNTED else f"{count:,}")


def open_items(user: User) -> QuerySet[WorkItem]:
    """What is open in the books this person may see, whoever's queue it stands in."""
    return work_items(visible_to=user).filter(closed_at__isnull=True)


class Home(Page):
    template_name = "backoffice/home.html"
    permission = SIGNED_IN

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        team = self.request.GET.get("of") == "team"
        return {
            "piles": list(piles(self.user)),
            "queue": queue_of(self.user, team=team, now=timezone.now()),
            "queues": queues_of(self.user), "team": team,
            "mentions": list(mentions_of(self.user)[:SHOWN_MENTIONS]),
            "targets": [*(f"@{name}" for name in colleagues_of(self.user)), *sorted(ROLES)],
        }  # fmt: skip


WORK = Listing(
    name="work",
    title=_("Workload"),
    empty=_("Nothing waits for anybody. Breaches, fails and deals without instructions would appear here."),
    rows=open_items,
    filters=ItemFilter,
    fields={"queue": _("Queue"), "kind": _("What")},
    opens=lambda item: reverse("work-item", args=[str(item)]),
    subject="workitem",
    actions=("claim",),
    total=("amount", "currency"),
    columns=(
        Column(_("What"), "kind", write=lambda i: ITEM_TITLES.get(i.kind, i.kind)),
        Column(_("About"), "subject_id", write=lambda i: desk.ref(i.subject_type, i.subject_id)),
        Column(_("Why"), "reason", "why", write=desk.item_reason),
        Column(_("At stake"), "amount", "money", "currency"),
        Column(_("Currency"), "currency"),
        Column(_("Queue"), "queue"),
        Column(_("Owner"), "owner.username"),
        Column(_("Since"), "opened_at", "moment"),
        Column(_("By when"), "due_at", "deadline"),
    ),
)  # fmt: skip


class Workload(ListView):
    permission = "workflow.view_workitem"
    listing = WORK
    template_name = "backoffice/workload.html"


class ChooseTheme(View):
    """Light, dark, or as the system has it: kept in a cookie, so that the first paint is right."""

    permission = PUBLIC  # the page that asks to sign in has it too

    def post(self, request: HttpRequest) -> HttpResponse:
        chosen = request.POST.get("theme", "")
        back = request.POST.get("next", "")
        safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
        answer = HttpResponseRedirect(back if safe else reverse("home"))
        if chosen in ("light", "dark"):
            answer.set_cookie("theme", chosen, max_age=365 * 24 * 3600, samesite="Lax")
        else:
            answer.delete_cookie("theme")
        return answer
