"""Pages of standing instructions: one with its calls, a new one, and the steps of two people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access.personal import note_read
from backoffice.desk.base import StepView
from backoffice.desk.inputs import Input, ProposePage
from backoffice.desk.things import Thing, ThingStep
from backoffice.events.models import Event
from backoffice.kernel.errors import Invalid
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

    model = StandingInstruction
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

    model = StandingInstruction
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


class NewSsi(ProposePage):
    permission = "refdata.propose_ssi"
    form_id = "new-ssi"
    heading = _("New standing instruction")
    explanation = _(
        "A counterparty's details are used once it has confirmed them on a call to a contact "
        "known before, and another person has approved them."
    )

    def inputs(self) -> Sequence[Input]:
        """In the order in which a counterparty writes it."""
        kinds = [("", ""), *InstrumentKind.choices, ("CURRENCY", _("Currency"))]
        return (
            Input(name="party", title=_("Party"), offers="parties"),
            Input(name="entity", title=_("Entity (empty: all)"), offers="entities"),
            Input(name="place", title=_("Place"), offers="places"),
            Input(name="currency", title=_("Currency (empty: all)")),
            Input(
                name="instrument_kind", title=_("Kind of instrument (empty: all)"), choices=kinds
            ),
            Input(name="market", title=_("Market (MIC, empty: all)")),
            Input(name="depository_account", title=_("Depository account")),
            Input(name="cash_account", title=_("Cash account")),
            Input(name="valid_from", title=_("Valid from"), kind="date"),
            Input(name="valid_until", title=_("Valid until"), kind="date"),
        )

    def lists(self) -> Mapping[str, Any]:
        return {
            "parties": Party.objects.order_by("code").values_list("code", "name"),
            "entities": Entity.objects.order_by("code").values_list("code", "name"),
            "places": Place.objects.order_by("code").values_list("code", "name"),
        }

    def propose(self, typed: Mapping[str, str]) -> str:
        given = SsiInput(data=typed)
        given.is_valid(raise_exception=True)
        row = StandingInstruction(**given.validated_data)
        (id,) = services.propose_ssi([row], actor=self.user, at=timezone.now())
        return reverse("ssi", args=[f"SSI-{id}"])
