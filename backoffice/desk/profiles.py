"""Pages of firm profiles: what an entity is from a day on, proposed by one person, approved by another."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import ValidationError

from backoffice.desk.base import Page, step_buttons, tell_refusal
from backoffice.desk.things import Thing, ThingStep, proposed, states_then
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import Refusal
from refdata.firm_profiles import services
from refdata.firm_profiles.api import proposed_by_form
from refdata.firm_profiles.selectors import profile
from refdata.firm_profiles.state import PROFILE_LIFECYCLE, Jurisdiction, Licence, SwiftAccess
from refdata.models import Entity
from refdata.scopes import visible


class ShowProfile(Thing):
    permission = "refdata.view_refdata"
    template_name = "refdata/profile.html"
    page_name = "profile"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = profile(kwargs["reference"], visible_to=self.user)
        head = self.head(history_of("profile", row.pk), [PROFILE_LIFECYCLE])
        at = head["slider"].at
        state = states_then([PROFILE_LIFECYCLE], head["known"])["state"] if at else row.state
        steps = [] if at else step_buttons(
            row, [PROFILE_LIFECYCLE], user=self.user, permission="refdata.{}_profile",
            url=lambda action: reverse("profile-step", args=[str(row), action]),
            asks_reason=("decline", "withdraw"),
        )  # fmt: skip
        next_step, others = proposed("profile", steps, None)
        return {
            **head, "profile": row, "state": state, "since_state": head["since"]["state"],
            "next_step": next_step, "others": others,
        }  # fmt: skip


class ProfileStep(ThingStep):
    app, subject = "refdata", "profile"
    page_class = ShowProfile
    actions = {  # noqa: RUF012
        "approve": services.approve_profiles,
        "decline": services.decline_profiles,
        "withdraw": services.withdraw_profiles,
    }

    def take(self, reference: str, action: str) -> None:
        id = profile(reference, visible_to=self.user).pk
        reason = self.request.POST.get("reason", "")[:500]
        more = {} if action == "approve" else {"reason": reason}
        self.actions[action](ids=[id], actor=self.user, at=timezone.now(), **more).raise_single()

    def address(self, reference: str) -> str:
        return reverse("profile", args=[reference])


class NewProfile(Page):
    permission = "refdata.propose_profile"
    template_name = "refdata/profile_new.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        typed, problems = kwargs.get("typed", {}), kwargs.get("problems", {})
        entities = visible(Entity.objects.order_by("code"), self.user, entity="pk")
        fields: tuple[tuple[str, Any, Any], ...] = (
            ("entity", _("Entity"), entities.values_list("code", "name")),
            ("valid_from", _("Valid from"), ()),
            ("jurisdiction", _("Jurisdiction"), Jurisdiction.choices),
            ("licence", _("Licence"), Licence.choices),
            ("tax_agent", _("Tax agent"), (("true", _("Yes")), ("false", _("No")))),
            ("swift", _("Payments"), SwiftAccess.choices),
            ("reason", _("Reason"), ()),
        )
        return {
            "fields": [
                {"name": name, "title": title, "choices": choices, "value": typed.get(name, ""),
                 "problems": problems.get(name, ())}
                for name, title, choices in fields
            ],
        }  # fmt: skip

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        typed = {name: text for name, text in request.POST.items() if text}
        problems: Any = {}
        try:
            terms = proposed_by_form(typed, user=self.user)
            row = services.propose_profile(terms=terms, actor=self.user, at=timezone.now())
            return HttpResponseRedirect(reverse("profile", args=[str(row)]))
        except ValidationError as error:
            problems = error.detail
        except Refusal as refusal:
            tell_refusal(request, refusal)
        context = self.get_context_data(typed=typed, problems=problems)
        return self.render_to_response(context, status=422)
