"""Pages of what owners elect: the list, one with its steps, and the form of a choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from backoffice.connectors.models import OutboundMessage
from backoffice.desk.inputs import Input, StepPage
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from refdata.firm_days import firm_day
from settlements.actions import electing, elections_api, selectors
from settlements.actions.blocking import blocked_by
from settlements.actions.filters import ElectionFilter
from settlements.actions.models import Election, Entitlement, EventOption
from settlements.actions.state import ELECTION_LIFECYCLE

VIEW = "settlements.view_settlement"

ELECTIONS = Listing(
    name="elections",
    title=_("Elections"),
    empty=_("Nobody may choose anything. Who holds on the record date of an action with options is asked here."),
    rows=lambda user: selectors.elections(visible_to=user),
    filters=ElectionFilter,
    fields={"status": _("State"), "owner": _("Owner"), "place": _("Place")},
    opens=lambda row: reverse("election", args=[str(row)]),
    columns=(
        Column(_("Election"), "reference", write=lambda e: link("election", e)),
        Column(_("State"), "state", "state"),
        Column(_("Event"), "event", write=lambda e: link("record-event", e.event)),
        Column(_("Owner"), "owner", "name"),
        Column(_("Place"), "place", "name"),
        Column(_("Quantity"), "quantity", "quantity"),
        Column(_("Deadline"), "event.deadline_at", "moment"),
        Column(_("Evidence"), "evidence", usual=False),
    ),
)  # fmt: skip


class Elections(ListView):
    permission = VIEW
    listing = ELECTIONS


def options_of(row: Election) -> list[EventOption]:
    rows = EventOption.objects.filter(event=row.event_id)
    return list(rows.select_related("money_asset", "outturn").order_by("number"))


class ShowElection(Thing):
    permission = VIEW
    template_name = "settlements/election.html"
    page_name = "election"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.election(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, ELECTION_LIFECYCLE, permission="settlements.{}_election", asks_reason=("decline",),
            leads=("choose",),
        )  # fmt: skip
        chosen = dict(electing.chosen_of(row))
        entitled = Entitlement.objects.filter(
            event=row.event, entity=row.entity_id, owner=row.owner_id, place=row.place_id
        )
        return {
            **shown, "election": row, "deadline": row.event.deadline_at,
            "options": [(option, chosen.get(option.pk)) for option in options_of(row)],
            "messages_out": OutboundMessage.objects.filter(choice__election=row)
            .select_related("choice__option").order_by("id"),
            "blocked": blocked_by(row, on=firm_day(timezone.now())),
            "entitled": entitled.select_related("option", "money_asset", "outturn").order_by("pk"),
        }  # fmt: skip


class ElectionStep(ThingStep):
    model = Election
    app, subject = "settlements", "election"
    page_class = ShowElection
    find = staticmethod(selectors.election)
    actions = {"instruct": electing.instruct_elections, "decline": electing.decline_elections}  # noqa: RUF012
    without_reason = ("instruct",)


class ChooseElection(StepPage):
    permission = "settlements.choose_election"
    heading = _("What the owner chooses")
    explanation = _(
        "So many units by each option, by the owner's word; what is not named goes by the default. Another person"
        " instructs the place."
    )
    form_id, button = "choose-election", _("Record the choice")
    find = staticmethod(selectors.election)

    def inputs(self) -> Sequence[Input]:
        units = [
            Input(
                name=f"option-{option.number}", kind="number",
                title=format_lazy("{number}. {kind}", number=option.number, kind=option.get_kind_display()),
            )
            for option in options_of(self.row)
        ]  # fmt: skip
        return (*units, Input(name="evidence", title=_("Evidence: letter, call or order")))

    def propose(self, typed: Mapping[str, str]) -> str:
        told = {
            "quantities": {
                name.removeprefix("option-"): text
                for name, text in typed.items() if name.startswith("option-") and text.strip()
            },
            "evidence": typed.get("evidence", ""),
        }  # fmt: skip
        given = elections_api.ChooseElection.Input(data=told)
        given.is_valid(raise_exception=True)
        electing.choose(
            election_id=self.row.pk, actor=self.user, at=timezone.now(), **given.validated_data
        )
        return reverse("election", args=[str(self.row)])


urlpatterns = [
    path("elections/", Elections.as_view(), name="elections"),
    path("elections/<str:reference>/", ShowElection.as_view(), name="election"),
    path("elections/<str:reference>/choose/", ChooseElection.as_view(), name="election-choose"),
    path("elections/<str:reference>/<str:action>/", ElectionStep.as_view(), name="election-step"),
]  # fmt: skip
