"""Pages of channels, of messages that go out, and of what others instructed against us."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from backoffice.connectors.channels import selectors, services
from backoffice.connectors.channels.filters import MessageFilter
from backoffice.connectors.channels.forms import issue_forms
from backoffice.connectors.channels.lines import line_of
from backoffice.connectors.channels.models import ChannelLine
from backoffice.connectors.channels.selectors import ChannelView
from backoffice.connectors.channels.state import MESSAGE_LIFECYCLE, LineState
from backoffice.connectors.letters.queueing import MAIL
from backoffice.connectors.models import OutboundMessage
from backoffice.connectors.places import allegements as alleging
from backoffice.connectors.places import selectors as places
from backoffice.connectors.places.filters import AllegementFilter
from backoffice.connectors.places.models import Allegement
from backoffice.connectors.places.state import ALLEGEMENT_LIFECYCLE
from backoffice.desk.base import Page, StepButton, StepView, tell_refusal
from backoffice.desk.channel_words import ALLEGED, meaning, problem_lines, shown
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.events.models import Event
from backoffice.kernel.errors import Refusal
from backoffice.kernel.lifecycle import Lifecycle
from backoffice.templatetags import desk

VIEW = "settlements.view_settlement"
SEE_CHANNELS = "connectors.view_channel"


def _about(message: OutboundMessage) -> Any:
    """A link to the settlement or the election that it is about."""
    if message.choice is not None:
        return link("election", message.choice.election)
    return link("settlement", message.settlement)


MESSAGES = Listing(
    name="outbound-messages",
    title=_("Messages to places"),
    empty=_("No messages fit. One is queued when a place with a channel is sent a settlement or an election."),
    rows=lambda user: selectors.messages(visible_to=user).exclude(channel=""),
    filters=MessageFilter,
    fields={"state": _("State"), "channel": _("Channel")},
    opens=lambda row: reverse("message", args=[str(row)]),
    columns=(
        Column(_("Message"), "message", value=str, write=lambda m: link("message", m)),
        Column(_("State"), "state", "state"),
        Column(_("Channel"), "channel", "code"),
        Column(_("Number"), "sequence"),
        Column(_("Reference in the message"), "reference", "code", value=lambda m: m.reference),
        Column(_("Format"), "format", "code"),
        Column(_("About"), "settlement", write=_about),
        Column(_("Queued"), "created_at", "moment"),
        Column(_("Left"), "sent_at", "moment"),
        Column(_("Answered"), "answered_at", "moment"),
        Column(_("Answer"), "answer", usual=False),
    ),
)  # fmt: skip
ALLEGEMENTS = Listing(
    name="allegements",
    title=_("Instructed against us"),
    empty=_("Nothing fits. Places tell what others instructed against our accounts and we did not."),
    rows=lambda user: places.allegements(visible_to=user),
    filters=AllegementFilter,
    fields={"state": _("State")},
    opens=lambda row: reverse("allegement", args=[str(row)]),
    total=("amount", "currency"),
    columns=(
        Column(_("Allegement"), "reference", write=lambda a: link("allegement", a)),
        Column(_("State"), "state", "state"),
        Column(_("Place"), "place", "name"),
        Column(_("Counterparty"), "counterparty"),
        Column(_("ISIN"), "isin", "code"),
        Column(_("Quantity"), "quantity", "quantity"),
        Column(_("Amount"), "amount", "money", "currency"),
        Column(_("Currency"), "currency"),
        Column(_("Due"), "settlement_date", "day"),
        Column(_("Ours"), "settlement",
               write=lambda a: link("settlement", a.settlement) if a.settlement else "–"),
        Column(_("Told"), "told_at", "moment", usual=False),
        Column(_("Entity"), "entity", "name", usual=False),
    ),
)  # fmt: skip


def letters_line() -> ChannelLine | None:
    """The channel of letters to counterparties, once one was looked at."""
    return ChannelLine.objects.filter(code=MAIL).first()


class Channels(Page):
    permission = SEE_CHANNELS
    template_name = "connectors/channels.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = selectors.channels(visible_to=self.user, at=timezone.now())
        return {
            "channels": [(view, self.steps(view)) for view in rows],
            "letters": (line := letters_line()),
            "letter_steps": self.letter_steps(line),
            "may_propose": self.user.is_staff and self.user.has_perm("refdata.file_proposal"),
        }

    def steps(self, view: ChannelView) -> list[StepButton]:
        if view.channel.way != "OUT":
            return []
        return self.stopping(view.channel.code, view.state, view.etag)

    def letter_steps(self, line: ChannelLine | None) -> list[StepButton]:
        """Letters leave for no place: their channel is there once one was asked for."""
        return self.stopping(line.code, line.state, line.etag) if line else []

    def stopping(self, code: str, state: str, seen: str) -> list[StepButton]:
        frozen = state == LineState.FROZEN
        action = "thaw" if frozen else "freeze"
        if not self.user.has_perm(f"connectors.{action}_channel"):
            return []
        url = reverse("channel-step", args=[code, action])
        return [StepButton(action, url, asks_reason=not frozen, seen=seen)]


class ChannelStep(StepView):
    """A channel is stopped by one person, and goes on by another: by its code, whatever it has done yet."""

    model = ChannelLine
    app, subject = "connectors", "channel"
    without_reason = ("thaw",)
    actions: Mapping[str, Any] = {
        "freeze": services.freeze_channels, "thaw": services.thaw_channels,
    }  # fmt: skip

    def id_of(self, reference: str) -> int:
        if reference != MAIL:
            selectors.channel_view(reference, visible_to=self.user, at=timezone.now())
        return line_of(reference).pk

    def take(self, reference: str, action: str) -> None:
        self.id_of(reference)
        given, at = self.given(action), timezone.now()
        self.actions[action](codes=[reference], actor=self.user, at=at, **given).raise_single()

    def address(self, reference: str) -> str:
        return reverse("channels")


class Messages(ListView):
    permission = VIEW
    listing = MESSAGES


class ShowMessage(Thing):
    permission = VIEW
    template_name = "connectors/message.html"
    page_name = "message"

    row: OutboundMessage

    def head(self, events: Sequence[Event], lifecycles: Iterable[Lifecycle]) -> dict[str, Any]:
        """It begins with its row: thousands are queued at once, and none of them has an event for that."""
        queued = Event(
            kind="message.queue", subject_type="message", subject_id=self.row.pk,
            entity_id=self.row.entity_id, recorded_at=self.row.created_at, facts={}, source="", target="",
            reason="",
        )  # fmt: skip
        return super().head([queued, *events], lifecycles)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.row = row = selectors.message(kwargs["reference"], visible_to=self.user)
        head = self.decided(
            row, MESSAGE_LIFECYCLE, permission="connectors.{}_message",
            asks_reason=("resend", "mark_outside", "miss"),
        )  # fmt: skip
        may_issue = self.user.has_perm("connectors.issue_form_message")
        return {**head, "message": row, "may_issue": may_issue, **said_by(row)}


def said_by(row: OutboundMessage) -> dict[str, Any]:
    """A message raw and read, and what was missing."""
    content = bytes(row.content) if row.content is not None else b""
    return {
        "raw": shown(content, row.format), "meaning": meaning(content, row.format),
        "problems": problem_lines(row.problems),
    }  # fmt: skip


class IssueForm(Page):
    """Issue the form in the language of the page, and open it."""

    permission = "connectors.issue_form_message"
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        row = selectors.message(reference, visible_to=self.user)
        language = "ru" if (get_language() or "").startswith("ru") else "en"
        try:
            (made,) = issue_forms(
                ids=[row.pk], language=language, actor=self.user, at=timezone.now()
            )
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("message", args=[reference]))
        return HttpResponseRedirect(reverse("document", args=[str(made)]))


class MessageStep(ThingStep):
    model = OutboundMessage
    app, subject = "connectors", "message"
    find = staticmethod(selectors.message)
    page_class = ShowMessage
    without_reason = ("retry", "take_back", "confirm_outside")
    actions: Mapping[str, Any] = {
        "retry": services.retry_messages, "resend": services.resend_messages,
        "mark_outside": services.mark_outside_messages, "take_back": services.take_back_messages,
        "confirm_outside": services.confirm_outside_messages, "miss": services.miss_messages,
    }  # fmt: skip


class Allegements(ListView):
    permission = "connectors.view_allegement"
    listing = ALLEGEMENTS


class ShowAllegement(Thing):
    permission = "connectors.view_allegement"
    template_name = "connectors/allegement.html"
    page_name = "allegement"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = places.allegement(kwargs["reference"], visible_to=self.user)
        head = self.decided(
            row, ALLEGEMENT_LIFECYCLE, permission="connectors.{}_allegement",
            asks_reason=("dismiss",),
        )  # fmt: skip
        differs = [
            (ALLEGED.get(what, what), _alleged(what, each["ours"]), _alleged(what, each["theirs"]))
            for each in row.differs
            for what in [each["what"]]
        ]
        return {**head, "allegement": row, "differs": differs}


class AllegementStep(ThingStep):
    model = Allegement
    app, subject = "connectors", "allegement"
    find = staticmethod(places.allegement)
    page_class = ShowAllegement
    actions: Mapping[str, Any] = {"dismiss": alleging.dismiss_allegements}


def _alleged(what: str, said: str) -> str:
    """One side of what differs, as a page writes it."""
    if what == "date":
        return str(desk.day(date.fromisoformat(said)))
    if what == "quantity":
        return str(desk.quantity(Decimal(said)))
    if what == "money":
        currency, _, amount = said.partition(" ")
        return f"{desk.money(Decimal(amount), currency)} {currency}"
    return gettext("yes") if said == "True" else gettext("no")
