"""Pages of files that came in: what became of each, what is wrong with it, its bytes, and taking it in again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.connectors.formats.decoding import decode
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.models import InboundFile
from backoffice.connectors.receiving import selectors
from backoffice.connectors.receiving.api import content_response, problem_words
from backoffice.connectors.receiving.filters import InboundFileFilter
from backoffice.connectors.receiving.services import ContentNotKept, retake_file, set_aside_file
from backoffice.connectors.state import LEFT_OPEN
from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Happening, Thing
from backoffice.events.models import Event
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import Refusal
from reconciliation.selectors import statements_of_file

VIEW_FILE = "connectors.view_inboundfile"
MAY_RETAKE = "connectors.retake_inboundfile"
MAY_SET_ASIDE = "connectors.set_aside_inboundfile"
SHOWN_BYTES = 64 * 1024  # of a file, to be read on a page
SHOWN = 200  # problems, and statements

# How a file came where no channel of its place brought it.
CAME: Mapping[str, Any] = {
    "page": _("Brought on a page"), "REST": _("Over the interface"), "exchange": _("Exchange folder"),
}  # fmt: skip


def came_by(row: InboundFile) -> Any:
    return CAME.get(row.channel, row.channel)


FILES = Listing(
    name="inbound-files",
    title=_("Files received"),
    empty=_("No files fit. What banks and places send is kept here as it came."),
    rows=lambda user: selectors.inbound_files(visible_to=user),
    filters=InboundFileFilter,
    fields={"outcome": _("Outcome"), "read_as": _("Format"), "name": _("Name"), "channel": _("Channel")},
    opens=lambda row: reverse("inbound-file", args=[str(row)]),
    columns=(
        Column(_("File"), "reference", write=lambda f: link("inbound-file", f)),
        Column(_("Outcome"), "outcome", "state"),
        Column(_("Name"), "name"),
        Column(_("Format"), "format"),
        Column(_("Statements"), "statements", "number"),
        Column(_("Lines"), "lines", "number"),
        Column(_("Of them new"), "added", "number"),
        Column(_("Known before"), "duplicates", "number"),
        Column(_("Problems"), "problems", "number", write=lambda f: len(f.problems) or ""),
        Column(_("Channel"), "channel", write=came_by),
        Column(_("Received"), "received_at", "moment"),
        Column(_("Brought by"), "received_by.username"),
        Column(_("Entity"), "entity", "name", usual=False),
        Column(_("SHA-256"), "sha256", "code", usual=False),
    ),
)  # fmt: skip


PLACES: Mapping[str, Any] = {
    "line": _("line %(number)s"), "statement": _("statement %(number)s"),
}  # fmt: skip


def problem_shown(problem: Mapping[str, Any]) -> dict[str, Any]:
    """A problem in the reader's language, and where it is."""
    words = problem_words(problem)
    kind, _space, rest = words["position"].partition(" ")
    number, comma, more = rest.partition(",")
    if kind in PLACES and number.isdigit():
        words["position"] = PLACES[kind] % {"number": number} + comma + more
    return words


def raw_text(reference: str, user: User) -> str | None:
    """The beginning of a file as text, whatever its encoding; None where its bytes were not kept. Raises NotFound."""
    try:
        raw = selectors.content_of(selectors.inbound_file(reference, visible_to=user))
    except ContentNotKept:
        return None
    try:
        text = decode(raw).text
    except Refused:
        text = raw[:SHOWN_BYTES].decode("latin-1")
    return text[:SHOWN_BYTES].replace("\x00", "")


class InboundFiles(ListView):
    permission = VIEW_FILE
    template_name = "reconciliation/files.html"
    listing = FILES


class ShowInboundFile(Thing):
    permission = VIEW_FILE
    template_name = "reconciliation/file.html"
    page_name = "inbound-file"

    def then(self) -> None:
        """What a file came to is kept as it stands: there is no page of it as it was."""
        return

    def happening(self, event: Event) -> Happening:
        return replace(super().happening(event), then="")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.inbound_file(kwargs["reference"], visible_to=self.user)
        events = history_of("inboundfile", row.pk)
        head = self.head(events, []) if events else {"happenings": []}
        return {
            **head, "file": row, "came_by": came_by(row), "state": row.outcome, "since_state": "",
            "next_step": None, "others": [],
            "problems": [problem_shown(each) for each in row.problems[:SHOWN]],
            "more_problems": max(0, len(row.problems) - SHOWN),
            "statements": statements_of_file(str(row), visible_to=self.user)[:SHOWN]
            if self.user.has_perm("reconciliation.view_statement") else (),
            "refused_lines": row.lines - row.added - row.duplicates,
            "text": raw_text(str(row), self.user),
            "may_retake": bool(row.problems) and self.user.has_perm(MAY_RETAKE),
            "may_set_aside": row.outcome in LEFT_OPEN and self.user.has_perm(MAY_SET_ASIDE),
        }  # fmt: skip


class DownloadInboundFile(Page):
    permission = VIEW_FILE

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        row: InboundFile = selectors.inbound_file(kwargs["reference"], visible_to=self.user)
        try:
            return content_response(row)
        except ContentNotKept as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("inbound-file", args=[str(row)]))


class SetInboundFileAside(Page):
    permission = MAY_SET_ASIDE
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        row = selectors.inbound_file(reference, visible_to=self.user)
        reason = request.POST.get("reason", "").strip()[:500]
        try:
            if reason:
                set_aside_file(
                    file_id=row.pk, reason=reason, actor=self.user, at=timezone.now()
                )  # fmt: skip
        except Refusal as refusal:
            tell_refusal(request, refusal)
        return HttpResponseRedirect(reverse("inbound-file", args=[str(row)]))


class RetakeInboundFile(Page):
    permission = MAY_RETAKE
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        row = selectors.inbound_file(reference, visible_to=self.user)
        try:
            retake_file(file_id=row.pk, actor=self.user, at=timezone.now())
        except Refusal as refusal:
            tell_refusal(request, refusal)
        return HttpResponseRedirect(reverse("inbound-file", args=[str(row)]))
