"""My work: what waits for whom, why, by when, and what it costs to leave it; and everybody's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
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
from backoffice.desk.base import COUNTED, Page
from backoffice.desk.filters import ItemFilter
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.words import ITEM_TITLES, NEXT_STEPS
from backoffice.seen import about_seen
from backoffice.templatetags import desk
from backoffice.workflow.models import WorkItem
from deals.models import Deal
from deals.selectors import inbound
from refdata.firm_days import firm_day
from refdata.quotes import rate_on
from refdata.scopes import visible_by_entity
from settlements.models import Settlement

SHOWN_ITEMS = 50
RANKED_ITEMS = 500  # by due time; those are put in order by what they put at risk
COMPARED_IN = "RUB"


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
    return WorkItem.objects.filter(about_seen(user), closed_at__isnull=True)


def at_risk(items: Sequence[WorkItem], now: datetime) -> list[WorkItem]:
    """Late before not yet late, then by day, then by money: what costs most to leave comes first."""
    worth = {item.currency: _rate(item.currency, now) for item in items}

    def rank(item: WorkItem) -> tuple[Any, ...]:
        due = item.due_at or datetime.max.replace(tzinfo=UTC)
        money = (item.amount or Decimal(0)) * worth[item.currency]
        return (due > now, due.date(), -money, due, item.pk)

    return sorted(items, key=rank)


def _rate(currency: str, now: datetime) -> Decimal:
    """What one unit is worth in the currency that all are compared in; unknown ones count as it."""
    if not currency:
        return Decimal(0)
    rate = rate_on(currency, COMPARED_IN, firm_day(now))
    return rate.value if rate else Decimal(1)


class Home(Page):
    template_name = "backoffice/home.html"
    permission = SIGNED_IN

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        queues = list(self.user.groups.values_list("name", flat=True))
        rows = open_items(self.user).filter(queue__in=queues)
        items = at_risk(list(rows.order_by("due_at", "id")[:RANKED_ITEMS]), timezone.now())
        return {
            "piles": list(piles(self.user)),
            "items": [(item, next_step_of(item)) for item in items[:SHOWN_ITEMS]],
            "waiting": len(items),
            "queues": queues,
        }


def next_step_of(item: WorkItem) -> Any:
    """What to do about it, as the text of the link that leads there."""
    return NEXT_STEPS.get(item.kind, _("Open"))


WORK = Listing(
    name="work",
    title=_("Workload"),
    empty=_("Nothing waits for anybody. Breaches, fails and deals without instructions would appear here."),
    rows=open_items,
    filters=ItemFilter,
    fields={"queue": _("Queue"), "kind": _("What")},
    opens=lambda item: desk.subject_url(item.subject_type, item.subject_id),
    total=("amount", "currency"),
    columns=(
        Column(_("What"), "kind", write=lambda i: ITEM_TITLES.get(i.kind, i.kind)),
        Column(_("About"), "subject_id", write=lambda i: desk.ref(i.subject_type, i.subject_id)),
        Column(_("Why"), "reason", "why", write=desk.item_reason),
        Column(_("At stake"), "amount", "money", "currency"),
        Column(_("Currency"), "currency"),
        Column(_("Queue"), "queue"),
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
