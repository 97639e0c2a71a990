"""Pages of record-date events: what was announced, what it replaced, and who is owed what."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.connectors.actions.selectors import messages_of
from backoffice.desk.event_messages import change_lines
from backoffice.desk.inputs import Input, ProposePage, StepPage
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.naming import ENTITY, PLACE, names_of
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop
from ledger.selectors import entries_of_all
from refdata.firm_days import FIRM_ZONE
from refdata.scopes import scope_of
from refdata.selectors import reference_data
from settlements.actions.selectors import (
    by_place,
    differences,
    elections,
    entitlements_of,
    payments,
)
from settlements.actions.state import Fractions, Participation
from settlements.models import RecordEvent
from settlements.transforming import proposing, selectors
from settlements.transforming.api import event_document
from settlements.transforming.filters import RecordEventFilter
from settlements.transforming.state import IN_FORCE, RECORD_EVENT_LIFECYCLE, Action

MAY_PROPOSE, SHOWN = "settlements.propose_recordevent", 200

OPTIONS = (
    '[{"kind": "CASH", "rate": "330.00", "currency": "RUB", "takes": true},'
    ' {"kind": "LAPSE", "default": true}]'
)

EVENTS = Listing(
    name="record-events",
    title=_("Corporate actions"),
    empty=_("No event fits. What an issuer announces is proposed here, and applied to what is pending then."),
    rows=lambda user: selectors.record_events(),
    filters=RecordEventFilter,
    fields={
        "status": _("State"), "action": _("What"), "instrument": _("Instrument"), "record_date": _("Record date"),
    },
    opens=lambda row: reverse("record-event", args=[str(row)]),
    columns=(
        Column(_("Event"), "event", value=str, write=lambda n: link("record-event", n)),
        Column(_("State"), "state", "state"),
        Column(_("What"), "action", write=lambda n: n.get_action_display()),
        Column(_("What it does"), "kind", write=lambda n: n.get_kind_display(), usual=False),
        Column(_("Instrument"), "instrument.code", "code"),
        Column(_("Ex-date"), "ex_date", "day"),
        Column(_("Record date"), "record_date", "day"),
        Column(_("Payment date"), "payment_date", "day"),
        Column(_("Chosen by"), "deadline_at", "moment", usual=False),
        Column(_("Reference"), "reference", "code", usual=False, value=lambda n: n.reference),
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
            asks_reason=("decline", "cancel"),
        )  # fmt: skip
        scope = scope_of(self.user)
        may_pay = self.user.has_perm("settlements.propose_incomepayment")
        entitled = entitlements_of(row, visible_to=self.user)
        sources = [("entitlement", id) for id in entitled.values_list("pk", flat=True)[:SHOWN]]
        places = by_place(row, entity_ids=scope.entities)
        names = names_of(
            pair for each in places for pair in ((PLACE, each.place), (ENTITY, each.entity))
        )
        claims = list(selectors.claims_of(row, visible_to=self.user)[:SHOWN])
        by = selectors.settled_by(claims)
        return {
            **shown, "event": row, "deadline": row.deadline_at,
            "places": [(each, names[PLACE, each.place], names[ENTITY, each.entity]) for each in places],
            "entitlements": entitled[:SHOWN], "entitled": entitled.count(),
            "payments": payments(visible_to=self.user).filter(event=row)[:SHOWN],
            "differences": differences(visible_to=self.user).filter(event=row)[:SHOWN],
            "told": [
                (each, change_lines(each.changes))
                for each in messages_of(row, visible_to=self.user)[:SHOWN]
            ],
            "elections": elections(visible_to=self.user).filter(event=row)[:SHOWN],
            "entries": entries_of_all(sources, visible_to=self.user)[:SHOWN],
            "may_pay": may_pay and any(place.expected or place.given for place in places),
            "may_amend": self.user.has_perm(MAY_PROPOSE) and row.state in IN_FORCE,
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
        "cancel": proposing.cancel_events,
    }  # fmt: skip


class NewRecordEvent(ProposePage):
    """What an issuer or a depository announced, typed from its notice."""

    permission = MAY_PROPOSE
    heading = _("Corporate action")
    explanation = _(
        "Money for one unit where money is distributed or it is redeemed; so many new units for so many old ones"
        " where securities are distributed or it becomes another. Money with new units is what a fraction of one"
        " is paid by."
        " Without an ex-date it follows from the settlement cycle. What may be chosen has a deadline and options."
        " Another person approves it."
    )
    form_id = "record-event"
    button = _("Propose")

    def inputs(self) -> Sequence[Input]:
        return (
            Input(name="action", title=_("What"), choices=Action.choices),
            Input(name="instrument", title=_("Instrument"), offers="instruments"),
            Input(name="record_date", title=_("Record date"), kind="date"),
            Input(name="payment_date", title=_("Payment date"), kind="date"),
            Input(name="ex_date", title=_("Ex-date"), kind="date"),
            Input(name="rate", title=_("Money for one unit")),
            Input(name="currency", title=_("Currency"), offers="currencies"),
            Input(name="outturn", title=_("Resulting instrument"), offers="instruments"),
            Input(name="new", title=_("New units")),
            Input(name="old", title=_("For old units")),
            Input(name="fractions", title=_("Fractions"), choices=Fractions.choices),
            Input(name="cost_share", title=_("Share of the cost that goes, as 0.2"), kind="number"),
            Input(name="participation", title=_("For whom"), choices=Participation.choices),
            Input(name="elect_from", title=_("May be chosen from"), kind="date"),
            Input(name="deadline_at", title=_("To be chosen by"), kind="datetime-local"),
            Input(name="options", title=_("Options, as JSON"), kind="json", example=OPTIONS),
            Input(name="reference", title=_("Reference of the issuer or the place")),
            Input(name="document", title=_("Document")),
        )

    def start(self) -> Mapping[str, str]:
        """An example of options, in the order in which they are numbered, for what has any."""
        return {
            "action": Action.DIVIDEND,
            "participation": Participation.MANDATORY,
            "fractions": Fractions.CASH,
        }

    def lists(self) -> Mapping[str, Iterable[tuple[str, Any]]]:
        reference = reference_data()
        return {
            "instruments": sorted({i.code: i.name for i in reference.instruments.values()}.items()),
            "currencies": [(code, "") for code in sorted(reference.currencies)],
        }

    def propose(self, typed: Mapping[str, str]) -> str:
        row = proposing.propose_event(told=told_of(typed), actor=self.user, at=timezone.now())
        return reverse("record-event", args=[str(row)])


class ProposeInCsv(ProposePage):
    """Many at once, as they stand in a file."""

    permission = MAY_PROPOSE
    heading = _("Corporate actions from a file")
    explanation = _(
        "The text of a CSV whose columns are named as in the interface: action, instrument, record_date, payment_date,"
        " rate, currency, outturn, new, old, document and so on. All of them are proposed, or none."
    )
    form_id = "record-events-file"

    def inputs(self) -> Sequence[Input]:
        return (Input(name="csv", title=_("CSV"), kind="json"),)

    def propose(self, typed: Mapping[str, str]) -> str:
        proposing.propose_events(text=typed.get("csv", ""), actor=self.user, at=timezone.now())
        return f"{reverse('record-events')}?status=PROPOSED"


def told_of(typed: Mapping[str, str]) -> proposing.Told:
    """What was typed as what is told: moments are the firm's, options a list. Raises WrongShape, InvalidEvent."""
    told: dict[str, Any] = {name: text.strip() for name, text in typed.items() if text.strip()}
    if "deadline_at" in told:
        told["deadline_at"] = moment_of(told["deadline_at"])
    if "options" in told:
        try:
            told["options"] = json.loads(told["options"])
        except ValueError:
            raise OptionsUnreadable() from None
    return proposing.event_of(told)


def moment_of(text: str) -> str:
    """A moment that was typed without a zone, with that of the firm."""
    try:
        typed = datetime.fromisoformat(text)
    except ValueError:
        return text  # refused as it stands
    return (typed if typed.tzinfo else typed.replace(tzinfo=FIRM_ZONE)).isoformat()


class OptionsUnreadable(Invalid):
    code = "options-unreadable"
    title = gettext_noop("The options cannot be read")
    detail = gettext_noop("They are no list in JSON.")
    hint = gettext_noop("Write them as the description of the interface shows it.")


class AmendRecordEvent(StepPage, NewRecordEvent):
    """What was announced anew: it stands in the inputs as it was, and another person puts it in force."""

    heading = _("Announced anew")
    explanation = _(
        "What the issuer or the place says now. Once another person approves it, it replaces what was announced before:"
        " what was paid stays paid, the rest is worked out anew."
    )
    find = staticmethod(selectors.record_event)

    def start(self) -> Mapping[str, str]:
        document = event_document(self.row)
        names = [each.name for each in self.inputs()]
        found = {name: str(document[name]) for name in names if document.get(name)}
        if self.row.deadline_at:
            found["deadline_at"] = f"{self.row.deadline_at.astimezone(FIRM_ZONE):%Y-%m-%dT%H:%M}"
        found["options"] = (
            json.dumps([_typed(option) for option in document["options"]])
            if document["options"]
            else ""
        )
        return found | {"reference": self.row.reference}

    def propose(self, typed: Mapping[str, str]) -> str:
        row = proposing.amend_event(
            event_id=self.row.pk, told=told_of(typed), actor=self.user, at=timezone.now()
        )
        return reverse("record-event", args=[str(row)])


def _typed(option: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in option.items() if value is not None}
