"""Pages of record-date events: what was announced, what it replaced, and who is owed what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.desk.inputs import Input, ProposePage
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from refdata.selectors import reference_data
from settlements.models import RecordEvent
from settlements.transforming import proposing, selectors
from settlements.transforming.filters import RecordEventFilter
from settlements.transforming.state import RECORD_EVENT_LIFECYCLE, EventKind

MAY_PROPOSE, SHOWN = "settlements.propose_recordevent", 200

EVENTS = Listing(
    name="record-events",
    title=_("Record dates"),
    empty=_("No event fits. What an issuer announces is proposed here, and applied to what is pending then."),
    rows=lambda user: selectors.record_events(),
    filters=RecordEventFilter,
    fields={
        "status": _("State"), "kind": _("Kind"), "instrument": _("Instrument"), "record_date": _("Record date"),
    },
    opens=lambda row: reverse("record-event", args=[str(row)]),
    columns=(
        Column(_("Event"), "reference", write=lambda n: link("record-event", n)),
        Column(_("State"), "state", "state"),
        Column(_("Kind"), "kind", write=lambda n: n.get_kind_display()),
        Column(_("Instrument"), "instrument.code", "code"),
        Column(_("Ex-date"), "ex_date", "day"),
        Column(_("Record date"), "record_date", "day"),
        Column(_("Payment date"), "payment_date", "day"),
        Column(_("Document"), "document", usual=False),
        Column(_("Proposed"), "proposed_at", "moment", usual=False),
    ),
)  # fmt: skip


class RecordEvents(ListView):
    permission = "settlements.view_settlement"
    template_name = "settlements/record_events.html"
    listing = EVENTS
    page_name = "record-events"

    def more(self) -> dict[str, Any]:
        return {"may_propose": self.user.has_perm(MAY_PROPOSE)}


class ShowRecordEvent(Thing):
    permission = "settlements.view_settlement"
    template_name = "settlements/record_event.html"
    page_name = "record-event"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.record_event(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, RECORD_EVENT_LIFECYCLE, permission="settlements.{}_recordevent",
            asks_reason=("decline",),
        )  # fmt: skip
        claims = list(selectors.claims_of(row, visible_to=self.user)[:SHOWN])
        by = selectors.settled_by(claims)
        return {
            **shown, "event": row,
            "transformations": selectors.transformations_of(row, visible_to=self.user)[:SHOWN],
            "claims": [(claim, by.get(claim.pk)) for claim in claims],
        }  # fmt: skip


class EventStep(ThingStep):
    model = RecordEvent
    app, subject = "settlements", "recordevent"
    find = staticmethod(selectors.record_event)
    page_class = ShowRecordEvent
    without_reason = ("approve",)
    actions = {  # noqa: RUF012
        "approve": proposing.approve_events, "decline": proposing.decline_events,
    }  # fmt: skip


class NewRecordEvent(ProposePage):
    """What an issuer or a depository announced, typed from its notice."""

    permission = MAY_PROPOSE
    heading = _("Event of a record date")
    explanation = _(
        "Money for one unit where money is distributed or it is redeemed; so many new units for so many old ones"
        " where securities are distributed or it becomes another. Money with new units is what a fraction of one"
        " is paid by."
        " Without an ex-date it follows from the settlement cycle. Another person approves it."
    )
    form_id = "record-event"
    button = _("Propose")

    def inputs(self) -> Sequence[Input]:
        return (
            Input(name="kind", title=_("Kind"), choices=EventKind.choices),
            Input(name="instrument", title=_("Instrument"), offers="instruments"),
            Input(name="record_date", title=_("Record date"), kind="date"),
            Input(name="payment_date", title=_("Payment date"), kind="date"),
            Input(name="ex_date", title=_("Ex-date"), kind="date"),
            Input(name="rate", title=_("Money for one unit")),
            Input(name="currency", title=_("Currency"), offers="currencies"),
            Input(name="outturn", title=_("Resulting instrument"), offers="instruments"),
            Input(name="new", title=_("New units")),
            Input(name="old", title=_("For old units")),
            Input(name="document", title=_("Document")),
        )

    def lists(self) -> Mapping[str, Iterable[tuple[str, Any]]]:
        reference = reference_data()
        return {
            "instruments": sorted({i.code: i.name for i in reference.instruments.values()}.items()),
            "currencies": [(code, "") for code in sorted(reference.currencies)],
        }

    def propose(self, typed: Mapping[str, str]) -> str:
        told = {name: text.strip() for name, text in typed.items() if text.strip()}
        row = proposing.propose_event(
            told=proposing.event_of(told), actor=self.user, at=timezone.now()
        )
        return reverse("record-event", args=[str(row)])
