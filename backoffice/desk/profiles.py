"""Pages of firm profiles: what an entity is from a day on, proposed by one person, approved by another."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import ValidationError

from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.things import Thing, ThingStep
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
        head = self.decided(
            row, PROFILE_LIFECYCLE, permission="refdata.{}_profile",
            asks_reason=("decline", "withdraw"),
        )  # fmt: skip
        return {**head, "profile": row}


class ProfileStep(ThingStep):
    app, subject = "refdata", "profile"
    find = staticmethod(profile)
    page_class = ShowProfile
    actions = {  # noqa: RUF012
        "approve": services.approve_profiles,
        "decline": services.decline_profiles,
        "withdraw": services.withdraw_profiles,
    }


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
