"""Pages of limits: what is used of each and for whom, what went beyond, and what risk decides."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import get_language

from backoffice.access.models import User
from backoffice.desk import limit_listings as listings
from backoffice.desk.base import Page, StepButton, step_buttons
from backoffice.desk.charts import Chart, bars
from backoffice.desk.limit_listings import shares
from backoffice.desk.lists import ListView
from backoffice.workflow.models import StatefulModel
from limits import selectors
from limits.breach_days import Group, breach_days, breach_groups
from limits.models import Breach, Limit, Reservation
from limits.state import (
    BREACH_LIFECYCLE,
    CAP_LIFECYCLE,
    CLOSING_LIFECYCLE,
    LIVE_BREACHES,
    OVERRIDE_LIFECYCLE,
    POSITIONS,
    ChangeState,
)
from refdata.firm_days import firm_day

SHOWN_CHANGES = 50
HEADROOM_IN = ("RUB", "USD", "EUR", "CNY", "GBP", "JPY")  # that a page offers; any may be asked for
ADDRESSES = {
    "override": "override-step", "cap": "cap-step", "breach": "breach-step",
    "closing": "closing-step",
}  # fmt: skip
LIFECYCLES = {
    "override": OVERRIDE_LIFECYCLE, "cap": CAP_LIFECYCLE, "breach": BREACH_LIFECYCLE,
    "closing": CLOSING_LIFECYCLE,
}  # fmt: skip


def buttons_of(row: StatefulModel, subject: str, user: User) -> list[StepButton]:
    """The steps of an override, a change of a cap or a breach that this person may take."""
    return step_buttons(
        row, [LIFECYCLES[subject]], user=user, permission=f"limits.{{}}_{subject}",
        url=partial(_step_url, ADDRESSES[subject], str(row)),
        asks_reason=("decline", "withdraw", "explain"),
    )  # fmt: skip


def _step_url(name: str, reference: str, action: str) -> str:
    return reverse(name, args=[reference, action])


def with_steps(rows: QuerySet[Any], subject: str, user: User) -> list[tuple[Any, Sequence[Any]]]:
    """Rows, newest first, each with its steps."""
    newest = rows.order_by("-id")[:SHOWN_CHANGES]
    return [(row, buttons_of(row, subject, user)) for row in newest]


class Limits(ListView):
    permission = "limits.view_limit"
    template_name = "limits/limits.html"
    listing = listings.LIMITS

    def more(self) -> dict[str, Any]:
        live = selectors.breaches(visible_to=self.user).filter(state__in=LIVE_BREACHES)
        waiting = selectors.openings(visible_to=self.user).filter(state=ChangeState.PROPOSED)
        return {
            "live": live.count(), "may_try": self.user.has_perm("limits.try_limit"),
            "waiting": waiting.count(), "may_open": self.user.has_perm("limits.propose_opening"),
        }  # fmt: skip


class Breaches(ListView):
    """What went beyond limits, what has been said about it, and the next step."""

    permission = "limits.view_limit"
    template_name = "limits/breaches.html"
    listing = listings.BREACHES

    def more(self) -> dict[str, Any]:
        rows = selectors.breaches(visible_to=self.user)
        return {"chart": chart_of(rows), "groups": [GroupRow.of(g) for g in breach_groups(rows)]}


def chart_of(rows: QuerySet[Breach]) -> Chart:
    """How many of these breaches stood open, day by day."""
    days = breach_days(rows, until=firm_day(timezone.now()))
    return bars([(each.day, each.live, each.opened > 0) for each in days])


class GroupRow(NamedTuple):
    """Breaches that belong together, and the page on which they are explained together."""

    url: str
    name: str
    cause: str
    breaches: int
    amount: Decimal
    currency: str
    since: datetime

    @classmethod
    def of(cls, group: Group) -> GroupRow:
        url = f"{reverse('limit', args=[f'L-{group.limit_id}'])}#explain-{group.cause}"
        return cls(
            url, group.name, group.cause, group.breaches, group.amount, group.currency, group.since
        )


class ShowLimit(Page):
    permission = "limits.view_limit"
    template_name = "limits/limit.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.user
        row: Limit = selectors.limit_of(kwargs["reference"], visible_to=user, at=timezone.now())
        live = Reservation.objects.filter(limit=row, state__in=("HELD", "COMMITTED"))
        live = live.exclude(amount=0)

        of_this = selectors.breaches(visible_to=user).filter(limit=row)

        def of_limit(rows: QuerySet[Any]) -> QuerySet[Any]:
            return rows.filter(limit=row)

        return {
            **standing_of(row, self.request.GET.get("currency", "")),
            "about": selectors.about(row),
            "currencies": HEADROOM_IN,
            "chart": chart_of(of_this),
            "groups": breach_groups(of_this),
            "may_explain": user.has_perm("limits.explain_breach"),
            "may_try": user.has_perm("limits.try_limit"),
            "days": selectors.days_of(row.pk),
            "page": self.page_of(live),
            "breaches": with_steps(of_limit(selectors.breaches(visible_to=user)), "breach", user),
            "overrides": with_steps(
                of_limit(selectors.overrides(visible_to=user)), "override", user
            ),
            "caps": with_steps(of_limit(selectors.caps(visible_to=user)), "cap", user),
            "closings": with_steps(of_limit(selectors.closings(visible_to=user)), "closing", user),
            **{
                f"may_{what}": row.closed_at is None and user.has_perm(f"limits.propose_{what}")
                for what in ("override", "cap", "closing")
            },
            "events": list(reversed(selectors.story_of(row.pk)))[:100],
        }


class Standing(Page):
    """How a limit stands just now, asked again every few seconds: 304 while nothing has changed."""

    permission = "limits.view_limit"
    template_name = "limits/standing.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        row = selectors.limit_of(kwargs["reference"], visible_to=self.user, at=timezone.now())
        asked = request.GET.get("currency", "")
        seen = (
            row.cap,
            row.in_force,
            row.used,
            row.net,
            row.reserved,
            row.excess,
            get_language(),
            asked,
        )
        etag = quote_etag(hashlib.sha256(repr(seen).encode()).hexdigest()[:24])
        answer = get_conditional_response(request, etag=etag)
        if answer is None:
            answer = self.render_to_response(standing_of(row, asked))
            answer["ETag"] = etag
        answer["Cache-Control"] = "private, no-cache"
        return answer


def standing_of(row: Limit, currency: str) -> dict[str, Any]:
    """The numbers of a limit, and what is available in another currency at the rate of the day."""
    return {
        **shares(row),
        "net": row.net if row.kind in POSITIONS else None,
        "headroom": selectors.headroom_in(row, currency, on=firm_day(timezone.now())),
        "seen_at": timezone.now(),
    }
