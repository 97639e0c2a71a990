"""Deals that may be one captured twice: what is suspected stands on the page of the later one."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from backoffice.access.models import User
from backoffice.desk.base import Page, StepButton, StepView, step_buttons
from backoffice.kernel.errors import NotFound
from deals.checks import duplicates, selectors
from deals.checks.models import Suspicion
from deals.checks.state import SUSPICION_LIFECYCLE, SuspicionState
from deals.models import Deal


def suspicions_of(deal: Deal, user: User) -> list[tuple[Suspicion, list[StepButton]]]:
    """What is still suspected of a deal, each with the steps that this person may take."""
    rows = deal.suspicions.filter(state=SuspicionState.OPEN).select_related("earlier")
    return [(row, _steps(row, user)) for row in rows.order_by("pk")]


def _steps(row: Suspicion, user: User) -> list[StepButton]:
    return step_buttons(
        row, [SUSPICION_LIFECYCLE], user=user, permission="deals.{}_suspicion",
        url=lambda action: reverse("suspicion-step", args=[str(row), action]),
        asks_reason=("dismiss",),
    )  # fmt: skip


class ShowSuspicion(Page):
    """What is suspected is shown on the page of the later deal."""

    permission = "deals.view_deal"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            row = selectors.suspicion(kwargs["reference"], visible_to=self.user)
        except NotFound as refusal:
            raise Http404(str(refusal)) from None
        return HttpResponseRedirect(reverse("deal", args=[f"D-{row.deal_id}"]))


class SuspicionStep(StepView):
    model = Suspicion
    app, subject = "deals", "suspicion"
    page, find = "suspicion", staticmethod(selectors.suspicion)
    actions = {"dismiss": duplicates.dismiss_suspicions}  # noqa: RUF012
