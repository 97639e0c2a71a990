"""The page of what places say of corporate actions, and their changes in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import path
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from backoffice.connectors.actions import selectors
from backoffice.connectors.actions.filters import EventMessageFilter
from backoffice.connectors.actions.models import EventMessage
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column

VIEW = "settlements.view_settlement"
MEMBERS: Mapping[str, Any] = {
    "action": _("What"), "participation": _("For whom"), "ex_date": _("Ex-date"), "record_date": _("Record date"),
    "payment_date": _("Payment date"), "rate": _("Money for one unit"), "currency": _("Currency"),
    "outturn": _("Resulting instrument"), "new": _("New units"), "old": _("For old units"),
    "fractions": _("Fractions"), "elect_from": _("May be chosen from"), "deadline_at": _("To be chosen by"),
    "kind": _("What it does"), "is_default": _("default"), "takes": _("Units go"), "price": _("Price"),
}  # fmt: skip


def change_lines(changes: Iterable[Mapping[str, str]]) -> list[tuple[Any, str, str]]:
    """What changed, what it was and is."""
    return [(_member(each["what"]), each["was"] or "–", each["now"] or "–") for each in changes]


def _member(what: str) -> Any:
    of, _space, member = what.rpartition(" ")
    name = MEMBERS.get(member, member)
    if not of:
        return name
    number = of.removeprefix("option ")
    return format_lazy("{option} {number}, {name}", option=_("Option"), number=number, name=name)


def _event(row: EventMessage) -> Any:
    return link("record-event", row.event) if row.event else "–"


MESSAGES = Listing(
    name="event-messages",
    title=_("What places say of corporate actions"),
    empty=_("No messages fit. What a place announces, books and answers about corporate actions is kept here."),
    rows=lambda user: selectors.event_messages(visible_to=user),
    filters=EventMessageFilter,
    fields={"kind": _("Kind"), "did": _("What followed"), "place": _("Place"), "called": _("Called")},
    columns=(
        Column(_("Message"), "message", "code"),
        Column(_("Kind"), "kind", write=lambda m: m.get_kind_display()),
        Column(_("What followed"), "did", write=lambda m: m.get_did_display()),
        Column(_("Event"), "event", write=_event),
        Column(_("Called"), "called", "code"),
        Column(_("Place"), "place", "name"),
        Column(_("Account"), "account", "code", usual=False),
        Column(_("Text"), "text"),
        Column(_("Told"), "told_at", "moment"),
        Column(_("File"), "file", "code", usual=False),
    ),
)  # fmt: skip


class EventMessages(ListView):
    permission = VIEW
    listing = MESSAGES


urlpatterns = [path("event-messages/", EventMessages.as_view(), name="event-messages")]
