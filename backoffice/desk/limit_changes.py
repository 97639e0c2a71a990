"""Overrides, caps and breaches from the pages: proposed in a form, decided with a button."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.desk.base import Page, StepView, tell_refusal
from backoffice.desk.limits import ShowLimit
from backoffice.kernel.errors import NotFound, Refusal
from limits import breaches, changes, changes_api, selectors
from limits.breach_days import explain_together
from limits.defining import api as defining_api
from limits.defining import closings
from limits.models import Breach, CapChange, Closing, Override


class ProposeChange(ShowLimit):
    """The page of a limit with a form that was sent: stored, or shown again with what is wrong."""

    form = ""
    Input: Any = None

    def propose(self, limit_id: int, given: dict[str, Any]) -> None:
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            id = selectors.limit_of(kwargs["reference"], visible_to=self.user, at=timezone.now()).pk
        except NotFound as refusal:
            raise Http404(str(refusal)) from None
        typed = {name: value for name, value in request.POST.items() if value}
        given = self.Input(data=typed)
        if given.is_valid():
            try:
                self.propose(id, given.validated_data)
                return HttpResponseRedirect(reverse("limit", args=[kwargs["reference"]]))
            except Refusal as refusal:
                tell_refusal(request, refusal)
        context = self.get_context_data(**kwargs)
        context |= {f"{self.form}_typed": typed, f"{self.form}_problems": given.errors}
        return self.render_to_response(context, status=422)


class ProposeOverride(ProposeChange):
    permission = "limits.propose_override"
    form = "override"
    Input = changes_api.ProposeOverride.Input

    def propose(self, limit_id: int, given: dict[str, Any]) -> None:
        changes.propose_override(limit_id=limit_id, actor=self.user, at=timezone.now(), **given)


class ProposeCap(ProposeChange):
    permission = "limits.propose_cap"
    form = "cap"
    Input = changes_api.ProposeCap.Input

    def propose(self, limit_id: int, given: dict[str, Any]) -> None:
        changes.propose_cap(limit_id=limit_id, actor=self.user, at=timezone.now(), **given)


class ProposeClosing(ProposeChange):
    permission = "limits.propose_closing"
    form = "closing"
    Input = defining_api.ClosingInput

    def propose(self, limit_id: int, given: dict[str, Any]) -> None:
        closings.propose_closing(limit_id=limit_id, actor=self.user, at=timezone.now(), **given)


class ExplainTogether(ShowLimit):
    """One reason for all live breaches of a limit by one cause."""

    permission = "limits.explain_breach"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        row = selectors.limit_of(kwargs["reference"], visible_to=self.user, at=timezone.now())
        given = changes_api.ExplainTogether.Input(data=request.POST)
        if given.is_valid():
            explain_together(
                limit_id=row.pk, actor=self.user, at=timezone.now(), **given.validated_data
            )
        else:
            messages.error(request, gettext("Say why, for all of them."))
        return HttpResponseRedirect(f"{reverse('limit', args=[kwargs['reference']])}#breaches")


class ShowOnLimit(Page):
    """An override, a cap, a closing or a breach is shown on the page of its limit."""

    permission = "limits.view_limit"
    find: Any = None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            row = type(self).find(kwargs["reference"], visible_to=self.user)
        except NotFound as refusal:
            raise Http404(str(refusal)) from None
        return HttpResponseRedirect(f"{reverse('limit', args=[f'L-{row.limit_id}'])}#{row}")


class ShowOverride(ShowOnLimit):
    find = staticmethod(selectors.override_of)


class ShowCap(ShowOnLimit):
    find = staticmethod(selectors.cap_of)


class ShowClosing(ShowOnLimit):
    find = staticmethod(selectors.closing_of)


class ShowBreach(ShowOnLimit):
    find = staticmethod(selectors.breach_of)


class OverrideStep(StepView):
    model = Override
    app, subject, page = "limits", "override", "override"
    find = staticmethod(selectors.override_of)
    actions = {  # noqa: RUF012
        "approve": changes.approve_overrides,
        "decline": changes.decline_overrides,
        "withdraw": changes.withdraw_overrides,
    }


class CapStep(StepView):
    model = CapChange
    app, subject, page = "limits", "cap", "cap"
    find = staticmethod(selectors.cap_of)
    actions = {  # noqa: RUF012
        "approve": changes.approve_caps,
        "decline": changes.decline_caps,
        "withdraw": changes.withdraw_caps,
    }


class ClosingStep(StepView):
    model = Closing
    app, subject, page = "limits", "closing", "closing"
    find = staticmethod(selectors.closing_of)
    actions = {  # noqa: RUF012
        "approve": closings.approve_closings,
        "decline": closings.decline_closings,
        "withdraw": closings.withdraw_closings,
    }


class BreachStep(StepView):
    model = Breach
    app, subject, page = "limits", "breach", "breach"
    find = staticmethod(selectors.breach_of)
    actions = {"explain": breaches.explain_breaches}  # noqa: RUF012
