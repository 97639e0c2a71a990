"""Pages of firm profiles: what an entity is from a day on, proposed by one person, approved by another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.desk.inputs import Input, ProposePage
from backoffice.desk.things import Thing, ThingStep
from refdata.firm_profiles import services
from refdata.firm_profiles.api import proposed_by_form
from refdata.firm_profiles.selectors import profile
from refdata.firm_profiles.state import PROFILE_LIFECYCLE, Jurisdiction, Licence, SwiftAccess
from refdata.models import Entity, FirmProfile
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
    model = FirmProfile
    app, subject = "refdata", "profile"
    find = staticmethod(profile)
    page_class = ShowProfile
    actions = {  # noqa: RUF012
        "approve": services.approve_profiles,
        "decline": services.decline_profiles,
        "withdraw": services.withdraw_profiles,
    }


class NewProfile(ProposePage):
    permission = "refdata.propose_profile"
    form_id = "new-profile"
    heading = _("New firm profile")
    explanation = _(
        "It holds from its day until the next one, once another person has approved it; one from "
        "the same day takes the place of the other."
    )

    def inputs(self) -> Sequence[Input]:
        entities = visible(Entity.objects.order_by("code"), self.user, entity="pk")
        named = list(entities.values_list("code", "name"))
        yes_or_no = (("true", _("Yes")), ("false", _("No")))
        return (
            Input(name="entity", title=_("Entity"), choices=named),
            Input(name="valid_from", title=_("Valid from"), kind="date"),
            Input(name="jurisdiction", title=_("Jurisdiction"), choices=Jurisdiction.choices),
            Input(name="licence", title=_("Licence"), choices=Licence.choices),
            Input(name="tax_agent", title=_("Tax agent"), choices=yes_or_no),
            Input(name="swift", title=_("Payments"), choices=SwiftAccess.choices),
            Input(name="reason", title=_("Reason")),
        )

    def propose(self, typed: Mapping[str, str]) -> str:
        terms = proposed_by_form(typed, user=self.user)
        row = services.propose_profile(terms=terms, actor=self.user, at=timezone.now())
        return reverse("profile", args=[str(row)])
