"""Pages of limits: what is used of each and for whom, what went beyond, and what risk decides."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from backoffice.access.models import User
from backoffice.desk import limit_listings as listings
from backoffice.desk.base import Page, StepButton, step_buttons
from backoffice.desk.limit_listings import shares
from backoffice.desk.lists import ListView
from backoffice.workflow.models import StatefulModel
from limits import selectors
from limits.models import Limit, Reservation
from limits.state import BREACH_LIFECYCLE, CAP_LIFECYCLE, LIVE_BREACHES, OVERRIDE_LIFECYCLE

SHOWN_CHANGES = 50
ADDRESSES = {"override": "override-step", "cap": "cap-step", "breach": "breach-step"}
LIFECYCLES = {
    "override": OVERRIDE_LIFECYCLE, "cap": CAP_LIFECYCLE, "breach": BREACH_LIFECYCLE,
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
        return {"live": live.count()}


class Breaches(ListView):
    """What went beyond limits, what has been said about it, and the next step."""

    permission = "limits.view_limit"
    listing = listings.BREACHES


class ShowLimit(Page):
    permission = "limits.view_limit"
    template_name = "limits/limit.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.user
        row: Limit = selectors.limit_of(kwargs["reference"], visible_to=user, at=timezone.now())
        live = Reservation.objects.filter(limit=row, state__in=("HELD", "COMMITTED"))

        def of_limit(rows: QuerySet[Any]) -> QuerySet[Any]:
            return rows.filter(limit=row)

        return {
            **shares(row),
            "days": selectors.days_of(row.pk),
            "page": self.page_of(live),
            "breaches": with_steps(of_limit(selectors.breaches(visible_to=user)), "breach", user),
            "overrides": with_steps(
                of_limit(selectors.overrides(visible_to=user)), "override", user
            ),
            "caps": with_steps(of_limit(selectors.caps(visible_to=user)), "cap", user),
            "may_override": user.has_perm("limits.propose_override"),
            "may_cap": user.has_perm("limits.propose_cap"),
            "events": list(reversed(selectors.story_of(row.pk)))[:100],
        }
