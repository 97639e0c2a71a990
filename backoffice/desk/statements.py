"""Pages of what banks say of our accounts: the list, one statement with its checks, and the form for a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from backoffice.connectors.models import InboundFile
from backoffice.connectors.receiving.services import require_size, take_file
from backoffice.desk.base import tell_refusal
from backoffice.desk.inbound_files import VIEW_FILE, problem_shown, raw_text
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import NotFound, Refusal
from backoffice.templatetags import desk
from ledger.models import JournalEntry
from reconciliation import selectors
from reconciliation.breaks.selectors import live_of_lines
from reconciliation.documents import remark_document
from reconciliation.filters import StatementFilter
from reconciliation.matching.selectors import matched
from reconciliation.models import Statement, StatementLine
from reconciliation.rules import DISAGREES
from reconciliation.state import Verdict

VIEW = "reconciliation.view_statement"
VIEW_MATCH = "reconciliation.view_match"
MAY_RECEIVE = "connectors.receive_inboundfile"
SHOWN_LINES = 200
SHOWN_PROBLEMS = 20


def _days(row: Statement) -> str:
    first, last = row.from_date, row.until_date
    if first == last or first is None or last is None:
        return desk.day(last or first)
    return (
        f"{_without_year(first) if first.year == last.year else desk.day(first)} – {desk.day(last)}"
    )


def _without_year(day: date) -> str:
    russian = (get_language() or "").startswith("ru")
    return date_format(day, "d.m" if russian else "j M")


def _verdict(row: Statement) -> Any:
    """The badge, with what is not explained beside it."""
    badge = desk.badge(row.verdict)
    if not row.difference:
        return badge
    amount = desk.money(row.difference, row.currency)
    return format_html('{} <span class="reason">{} {}</span>', badge, amount, row.currency)


def _account(row: Statement) -> Any:
    return format_html(
        '<span><span class="mono">{}</span> {}</span>',
        row.nostro.number,
        desk.name(row.nostro.place),
    )


STATEMENTS = Listing(
    name="statements",
    title=_("Statements of banks"),
    empty=_("No statements fit. Bring a file of a bank: it is told by its content and kept as it came."),
    rows=lambda user: selectors.statements(visible_to=user),
    filters=StatementFilter,
    fields={"account": _("Account"), "place": _("Bank"), "currency": _("Currency"), "kind": _("Kind"),
            "day_after": _("From"), "day_before": _("Until"), "balanced": _("Balances")},
    opens=lambda row: reverse("statement", args=[str(row)]),
    columns=(
        Column(_("Bank statement"), "reference", write=lambda s: link("statement", s)),
        Column(_("State"), "verdict", "state", write=_verdict),
        Column(_("Account"), "nostro.number", write=_account),
        Column(_("Period"), "until_date", "day", write=_days),
        Column(_("Opening balance"), "opening", "money", "currency"),
        Column(_("Came"), "credits", "money", "currency"),
        Column(_("Went"), "debits", "money", "currency"),
        Column(_("Closing balance"), "closing", "money", "currency"),
        Column(_("Currency"), "currency"),
        Column(_("Gap before it"), "gap_now", "money", "currency"),
        Column(_("Lines"), "lines", "number"),
        Column(_("Of them new"), "added", "number", usual=False),
        Column(_("Not explained"), "difference", "money", "currency", usual=False),
        Column(_("Kind"), "kind", usual=False, write=lambda s: s.get_kind_display()),
        Column(_("Number"), "number", usual=False),
        Column(_("Entity"), "entity", "name", usual=False),
        Column(_("File"), "source", usual=False, write=lambda s: link("inbound-file", s.source)),
        Column(_("Recorded"), "recorded_at", "moment", usual=False),
    ),
)  # fmt: skip


class Statements(ListView):
    """What banks say, and the form for a file of theirs; what became of the file stays on the page."""

    permission = VIEW
    sending = MAY_RECEIVE
    template_name = "reconciliation/statements.html"
    listing = STATEMENTS
    taken: InboundFile | None = None

    def more(self) -> dict[str, Any]:
        problems = self.taken.problems if self.taken else []
        return {
            "may_receive": self.user.has_perm(MAY_RECEIVE), "taken": self.taken,
            "may_see_files": self.user.has_perm(VIEW_FILE),
            "problems": [problem_shown(each) for each in problems[:SHOWN_PROBLEMS]],
            "brought": selectors.statements_of_file(str(self.taken), visible_to=self.user)[:SHOWN_PROBLEMS]
            if self.taken else (),
        }  # fmt: skip

    def post(self, request: HttpRequest) -> HttpResponse:
        file = request.FILES.get("file")
        if not isinstance(file, UploadedFile) or file.file is None:
            return HttpResponseRedirect(reverse("statements"))
        try:
            require_size(file.size or 0)
            self.taken = take_file(
                file.read(),
                name=file.name or "",
                channel="page",
                actor=self.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("statements"))
        return self.get(request)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked, in words; `good` is None where it could not be."""

    name: str
    good: bool | None
    text: str


def checks_of(row: Any) -> Iterator[Check]:
    """Opening and lines against closing, what it states of its lines, and the statement before it."""
    yield _balance(row)
    if row.turnover:
        wrong = any(each["code"] == "turnover-differs" for each in row.remarks)
        text = gettext("Its lines differ from the totals that it states.") if wrong else gettext(
            "Its lines are what it states of them."
        )  # fmt: skip
        yield Check("turnover", not wrong, text)
    yield _continuity(row)


def _balance(row: Statement) -> Check:
    if row.difference is None:
        text = gettext(
            "It tells no opening and closing with lines between them: nothing to add up."
        )
        return Check("balance", None if row.balanced is None else row.balanced, text)
    facts = {"difference": _money(row, row.difference), "currency": row.currency}
    if row.difference:
        text = gettext(
            "Opening and lines do not make the closing: %(difference)s %(currency)s are not explained."
        )
        return Check("balance", False, text % facts)
    return Check("balance", True, gettext("Opening and lines make the closing."))


def _continuity(row: Any) -> Check:
    before, gap = row.before_id, row.gap_now
    facts = {"before": f"ST-{before}", "gap": _money(row, gap), "currency": row.currency}
    if before is None:
        return Check("continuity", None, gettext("No statement of this account stands before it."))
    if gap is None:
        text = gettext("%(before)s stands before it; one of the two tells no balance.")
        return Check("continuity", None, text % facts)
    if gap:
        text = gettext(
            "It does not open with what %(before)s closed with: %(gap)s %(currency)s are between them."
            " A statement is missing, or the bank changed one."
        )
        return Check("continuity", False, text % facts)
    return Check("continuity", True, gettext("It opens with what %(before)s closed with.") % facts)


def _money(row: Statement, amount: Any) -> str:
    return desk.money(amount, row.currency)


class ShowStatement(Thing):
    permission = VIEW
    template_name = "reconciliation/statement.html"
    page_name = "statement"
    tabs = {"lines": _("Lines"), "file": _("As received")}  # noqa: RUF012

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.statement(kwargs["reference"], visible_to=self.user)
        head = self.head(history_of("statement", row.pk), [])
        told = list(selectors.lines_of(row)[:SHOWN_LINES])
        positions = selectors.positions_in(row, told)
        there = in_our_books(told) if self.user.has_perm(VIEW_MATCH) else {}
        lines = sorted(
            ((positions[line.pk], line, there.get(line.pk, "")) for line in told), key=itemgetter(0)
        )
        verdict = row.verdict
        return {
            **head, "statement": row, "state": verdict, "since_state": "", "next_step": None,
            "others": [], "days": _days(row), "checks": list(checks_of(row)),
            "remarks": [
                remark_document(each) for each in row.remarks if each["code"] not in SAID_BY_CHECKS
            ],
            "lines": lines, "more_lines": row.lines - len(lines), "copies": selectors.told_again(row),
            "file_lines": self.raw(row) if head["tab"] == "file" else None,
            "may_see_file": self.user.has_perm(VIEW_FILE),
            "disagrees": verdict == Verdict.UNBALANCED,
        }  # fmt: skip

    def raw(self, row: Statement) -> str | None:
        """The beginning of the file as text, for those who may see it."""
        try:
            return raw_text(row.source, self.user) if self.user.has_perm(VIEW_FILE) else None
        except NotFound:
            return None


def in_our_books(lines: Sequence[StatementLine]) -> dict[int, SafeString]:
    """Of each line what it is matched with, or what differs; nothing of what no run has looked at."""
    ids = [line.pk for line in lines]
    found = {
        id: format_html("<span>{} {}</span>", link("break", row), desk.badge(row.state))
        for id, row in live_of_lines(ids).items()
    }
    for item in matched(lines=ids):
        assert item.line_id is not None
        found[item.line_id] = format_html(
            "<span>{} {}</span>", link("match", item.whole), _booked(item.entry)
        )
    return found


def _booked(entry: JournalEntry | None) -> SafeString | str:
    """An entry and what it is of; nothing where a match has several of either side."""
    if entry is None:
        return ""
    cause = desk.ref(entry.source_type, entry.source_id)
    return format_html(
        '{} <a class="mono" href="{}">{}</a>', cause, reverse("entry", args=[entry.pk]), entry
    )


SAID_BY_CHECKS = frozenset({"does-not-follow"}) | (DISAGREES & {"does-not-balance"})
