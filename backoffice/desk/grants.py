"""The page *Roles*: who holds which, what is proposed, and the steps of both."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.generic import View

from backoffice.access.models import User
from backoffice.access.permissions import PermissionRequired
from backoffice.access.roles import ROLES
from backoffice.desk.base import Page, StepView, step_buttons, tell_refusal
from backoffice.events.selectors import history_of
from backoffice.grants import api, selectors, services
from backoffice.grants.models import RoleGrant
from backoffice.grants.state import GRANT_LIFECYCLE, GrantState
from backoffice.kernel.errors import Refusal


class Grants(Page):
    permission = "grants.view_rolegrant"
    template_name = "access/grants.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            "holders": selectors.holders(),
            "waiting": selectors.grants().filter(state=GrantState.PROPOSED).order_by("-pk")[:100],
            "page": self.page_of(selectors.grants()),
            "roles": list(ROLES),
            "may_propose": self.user.has_perm("grants.propose_rolegrant"),
            "typed": self.request.GET,
        }


class ShowGrant(Page):
    permission = "grants.view_rolegrant"
    template_name = "access/grant.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.grant(kwargs["reference"])
        buttons = step_buttons(
            row, [GRANT_LIFECYCLE], user=self.user, permission="grants.{}_rolegrant",
            url=lambda action: reverse("rolegrant-step", args=[str(row), action]),
            asks_reason=("decline", "withdraw", "end"),
        )  # fmt: skip
        return {
            "grant": row,
            "steps": buttons,
            "permissions": ROLES.get(row.role, ()),
            "events": list(reversed(history_of("rolegrant", row.pk))),
        }


class ProposeGrant(PermissionRequired, View):
    """Asked for in the form of the page; refused, what was typed comes back in it."""

    permission = "grants.propose_rolegrant"

    def post(self, request: HttpRequest) -> HttpResponse:
        assert isinstance(request.user, User)
        names = ("user", "role", "valid_until", "reason")
        typed = {name: value for name in names if (value := request.POST.get(name, ""))}
        back = request.POST.copy()
        back.pop("csrfmiddlewaretoken", None)
        again = HttpResponseRedirect(f"{reverse('rolegrants')}?{back.urlencode()}#propose")
        given = api.RoleGrants.Input(data=typed)
        if not given.is_valid():
            for name, errors in given.errors.items():
                messages.error(request, f"{name}: {' '.join(map(str, errors))}")
            return again
        values = dict(given.validated_data)
        try:
            values["user"] = api.person(values["user"])
            row = services.propose_grant(actor=request.user, at=timezone.now(), **values)
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return again
        messages.success(request, gettext("Proposed. Another person approves it."))
        return HttpResponseRedirect(reverse("rolegrant", args=[str(row)]))


class GrantStep(StepView):
    model = RoleGrant
    app, subject = "grants", "rolegrant"
    page, find = "rolegrant", staticmethod(lambda reference, visible_to: selectors.grant(reference))
    actions = {  # noqa: RUF012
        "approve": services.approve_grants,
        "decline": services.decline_grants,
        "withdraw": services.withdraw_grants,
        "end": services.end_grants,
    }
