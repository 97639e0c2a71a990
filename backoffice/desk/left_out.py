"""Why the last run left a settlement out, on its page: at once what is known, then what is worked out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.desk.base import Page
from backoffice.desk.explanations import best_words, edges_of, sentences
from backoffice.desk.waiting import waiting_of
from settlements import selectors
from settlements.explaining.deadlines import settles_by
from settlements.explaining.services import Latest, latest, latest_worked_out
from settlements.models import Settlement

TITLES = {
    "STOPPED": _("What stops it"), "DROPPED": _("Dropped"),
    "SHORTAGE": _("What is short"), "NEVER": _("It cannot settle"), "CHAIN": _("Whom it waits for"),
    "REMEDY": _("What would let it settle"),
    "DISPLACEMENT": _("What it would push out"), "MARGINAL": _("What one unit more is worth"),
}  # fmt: skip


def around_of(
    row: Settlement, user: User, *, then: datetime | None, is_linked: bool
) -> dict[str, Any]:
    """The graph around an open settlement, and why the last run by then left it out."""
    over = row.settlement == "SETTLED" or row.cancellation == "AGREED"
    found = None if over else latest(row.pk, visible_to=user, before=then)
    shown = told(found, row) if found else {}
    edges = edges_of(found.known) if found else []
    graph = waiting_of(row, user, edges) if not then and (is_linked or edges) else {}
    more = reverse("settlement-why", args=[str(row)]) if found and found.may_say_more else ""
    return {**graph, **shown, "work_out": "" if then else more}


def told(found: Latest, row: Settlement) -> dict[str, Any]:
    """What is said of it, by kind, each with its title."""
    by = settles_by(row.place.code, row.method, row.money_asset.code, found.plan.run.business_date)
    by_kind: list[tuple[Any, list[Any]]] = []
    for each in sentences(found.known, found.plan, by):
        title = TITLES[each.kind]
        if not by_kind or by_kind[-1][0] is not title:
            by_kind.append((title, []))
        by_kind[-1][1].append(each.text)
    return {
        "why": by_kind,
        "why_run": found.run,
        "why_day": found.plan.run.business_date,
        "why_best": best_words(found.plan),
    }


class ExplainSettlement(Page):
    """The same as a piece of a page, with what has to be worked out first: asked for when a page is open."""

    permission = "settlements.view_settlement"
    template_name = "settlements/why.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.settlement(kwargs["reference"], visible_to=self.user)
        found = latest_worked_out(row.pk, visible_to=self.user, at=timezone.now())
        return {"settlement": row, **(told(found, row) if found else {})}
