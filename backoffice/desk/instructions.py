"""Pages of standing instructions: one with its calls, a new one, and the steps of two people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access.personal import note_read
from backoffice.desk.base import Page, StepView, tell_refusal
from backoffice.desk.things import Thing, ThingStep
from backoffice.events.models import Event
from backoffice.kernel.errors import Invalid, Refusal
from backoffice.kernel.i18n import gettext_noop
from refdata import services
from refdata.api import CallBackInput, SsiInput, recorded
from refdata.instructions import instruction, is_own, whom_to_call
from refdata.models import Entity, Party, Place, StandingInstruction
from refdata.models.assets import InstrumentKind
from refdata.state import SSI_LIFECYCLE, Said, SsiStatus


class ShowSsi(Thing):
    permission = "refdata.view_refdata"
    template_name = "refdata/ssi.html"
    page_name = "ssi"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = instruction(kwargs["reference"], visible_to=self.user)
        head = self.decided(
            row, SSI_LIFECYCLE, permission="refdata.{}_ssi", asks_reason=("revoke",)
        )
        at, own = head["slider"].at, is_own(row)
        calls = row.call_backs.select_related("contact", "called_by").order_by("-called_at", "-id")
        open_for_calls = not at and not own and row.status == SsiStatus.PROPOSED
        contacts = whom_to_call(row) if open_for_calls else ()
        note_read([*calls, *contacts, row.party])
        may_call = open_for_calls and self.user.pk not in row.makers
        return {
            **head, "ssi": row, "own": own,
            "calls": [call for call in calls if at is None or call.recorded_at <= at],
            "may_call": may_call and self.user.has_perm("refdata.call_back_ssi"),
            "contacts": contacts,
            "answers": Said.choices,
        }  # fmt: skip

    def changes(self, event: Event) -> list[tuple[str, str, str]]:
        if event.kind != "ssi.call_back":
            return []
        facts = event.facts
        called = f"{facts['contact']}, {facts['phone']}"
        return [(gettext("Call"), called, str(Said(facts["said"]).label))]


class SsiStep(ThingStep):
    """Approving takes other eyes and a call-back; revoking, which only stops money, one person."""

    app, subject = "refdata", "ssi"
    find = staticmethod(instruction)
    page_class = ShowSsi
    actions = {"approve": services.approve_ssi, "revoke": services.revoke_ssi}  # noqa: RUF012


class CallIncomplete(Invalid):
    code = "call-incomplete"
    title = gettext_noop("The call is not told in full")
    detail = gettext_noop("%(members)s: missing or unreadable.")
    hint = gettext_noop("Say whom you called, when, and what was said.")


class CallBackSsi(StepView):
    """A call is recorded on the page of its instruction."""

    page, permission = "ssi", "refdata.call_back_ssi"
    actions: Mapping[str, Any] = {"call_back": recorded}

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return super().post(request, action="call_back", **kwargs)

    def take(self, reference: str, action: str) -> None:
        instruction(reference, visible_to=self.user)
        given = CallBackInput(data=self.request.POST)
        if not given.is_valid():
            raise CallIncomplete(members=", ".join(given.errors))
        recorded(reference, given.validated_data, user=self.user, at=timezone.now())


# name, title, kind of input; in the order in which a counterparty writes it
FIELDS: tuple[tuple[str, Any, str], ...] = (
    ("party", _("Party"), "parties"),
    ("entity", _("Entity (empty: all)"), "entities"),
    ("place", _("Place"), "places"),
    ("currency", _("Currency (empty: all)"), "text"),
    ("instrument_kind", _("Kind of instrument (empty: all)"), "kinds"),
    ("market", _("Market (MIC, empty: all)"), "text"),
    ("depository_account", _("Depository account"), "text"),
    ("cash_account", _("Cash account"), "text"),
    ("valid_from", _("Valid from"), "date"),
    ("valid_until", _("Valid until"), "date"),
)


class NewSsi(Page):
    permission = "refdata.propose_ssi"
    template_name = "refdata/ssi_new.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        typed, problems = kwargs.get("typed", {}), kwargs.get("problems", {})
        return {
            "fields": [
                {"name": name, "title": title, "kind": kind, "value": typed.get(name, ""),
                 "problems": problems.get(name, ())}
                for name, title, kind in FIELDS
            ],
            "lists": {
                "parties": Party.objects.order_by("code").values_list("code", "name"),
                "entities": Entity.objects.order_by("code").values_list("code", "name"),
                "places": Place.objects.order_by("code").values_list("code", "name"),
                "kinds": [*InstrumentKind.choices, ("CURRENCY", _("Currency"))],
            },
        }  # fmt: skip

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        typed = {name: value for name, *_ in FIELDS if (value := request.POST.get(name, ""))}
        given = SsiInput(data=typed)
        if given.is_valid():
            row = StandingInstruction(**given.validated_data)
            try:
                (id,) = services.propose_ssi([row], actor=self.user, at=timezone.now())
                return HttpResponseRedirect(reverse("ssi", args=[f"SSI-{id}"]))
            except Refusal as refusal:
                tell_refusal(request, refusal)
        context = self.get_context_data(typed=typed, problems=given.errors)
        return self.render_to_response(context, status=422)
