"""Pages of places' statements of penalties, and of what differs in them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.connectors.penalties import is_message, rows_in_file
from backoffice.desk.bringing import BROUGHT, BringList
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.templatetags import desk
from refdata.models import Place
from settlements.fails import selectors
from settlements.fails.filters import BreakFilter, StatementFilter
from settlements.fails.statements import api, services
from settlements.fails.statements import selectors as statements
from settlements.fails.statements.models import PenaltyBreak, PenaltyStatement
from settlements.fails.statements.state import BREAK_LIFECYCLE, STATEMENT_LIFECYCLE

VIEW = "settlements.view_settlement"
MAY_RECEIVE = "settlements.receive_penaltystatement"
SHOWN_LINES = 200


class StatementIncomplete(Invalid):
    code = "penalty-statement-incomplete"
    title = gettext_noop("The statement of penalties is not told in full")
    detail = gettext_noop("%(members)s: missing or unreadable.")
    hint = gettext_noop("Choose entity, place and month, name the document and choose its file.")


STATEMENTS = Listing(
    name="penalty-statements",
    title=_("Statements of penalties"),
    empty=_("No statements fit. What a place says of a month is brought here and compared at once."),
    rows=lambda user: statements.statements(visible_to=user),
    filters=StatementFilter,
    fields={"place": _("Place"), "month": _("Month"), "status": _("State")},
    opens=lambda row: reverse("penalty-statement", args=[str(row)]),
    columns=(
        Column(_("Statement"), "reference", write=lambda s: link("penalty-statement", s)),
        Column(_("State"), "state", "state"),
        Column(_("Place"), "place", "code"),
        *BROUGHT,
    ),
)  # fmt: skip


class PenaltyStatements(BringList):
    """What places say of their months, and the form for a file of one."""

    permission = VIEW
    sending = MAY_RECEIVE
    template_name = "settlements/penalty_statements.html"
    listing = STATEMENTS
    members = ("entity", "place", "document")
    Input = api.StatementInput
    incomplete = StatementIncomplete
    received = staticmethod(api.received)
    shows = "penalty-statement"

    def more(self) -> dict[str, Any]:
        return super().more() | {"places": Place.objects.order_by("code")}

    def contents(self, raw: bytes, told: dict[str, Any]) -> dict[str, Any]:
        """The lines of a message, or the text of a table."""
        if is_message(raw):
            return {"lines": rows_in_file(raw, month=told["month"].replace(day=1))}
        return super().contents(raw, told)


class ShowPenaltyStatement(Thing):
    permission = VIEW
    template_name = "settlements/penalty_statement.html"
    page_name = "penalty-statement"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = statements.statement(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, STATEMENT_LIFECYCLE, permission="settlements.{}_penaltystatement",
            asks_reason=("decline",),
        )  # fmt: skip
        lines = statements.lines_of(row)
        return {
            **shown, "statement": row, "line_count": lines.count(), "lines": lines[:SHOWN_LINES],
            "breaks": statements.breaks(visible_to=self.user).filter(statement=row)[:SHOWN_LINES],
            "sums": _sums(lines),
        }  # fmt: skip


def _sums(lines: QuerySet[Any]) -> list[tuple[str, Decimal, Decimal]]:
    """What each side pays, by currency."""
    found: dict[str, list[Decimal]] = {}
    for payer, currency, amount in lines.values_list("payer", "currency", "amount"):
        found.setdefault(currency, [Decimal(0), Decimal(0)])[payer != "OURS"] += amount
    return [(currency, ours, theirs) for currency, (ours, theirs) in sorted(found.items())]


class StatementStep(ThingStep):
    model = PenaltyStatement
    app, subject = "settlements", "penaltystatement"
    find = staticmethod(statements.statement)
    page_class = ShowPenaltyStatement
    without_reason = ("book",)
    actions: Mapping[str, Any] = {
        "book": services.book_statements, "decline": services.decline_statements,
    }  # fmt: skip


def _worse(row: PenaltyBreak) -> Decimal:
    """By how much it is against us."""
    difference: Decimal = row.theirs - row.ours
    return difference if row.payer == "OURS" else -difference


BREAKS = Listing(
    name="penalty-breaks",
    title=_("Differences in penalties"),
    empty=_("No differences fit. What a place's statement says otherwise than we have counted appears here."),
    rows=lambda user: statements.breaks(visible_to=user),
    filters=BreakFilter,
    fields={"place": _("Place"), "status": _("State"), "what": _("Difference"), "month": _("Month")},
    opens=lambda row: reverse("penalty-break", args=[str(row)]),
    columns=(
        Column(_("Difference"), "reference", write=lambda b: link("penalty-break", b)),
        Column(_("State"), "state", "state"),
        Column(_("What"), "what", write=lambda b: b.get_what_display()),
        Column(_("Settlement"), "settlement", write=lambda b: link("settlement", b.settlement)
               if b.settlement else b.their_ref),
        Column(_("Day"), "day", "day"),
        Column(_("Who pays"), "payer", write=lambda b: b.get_payer_display()),
        Column(_("Ours"), "ours", "money", "currency"),
        Column(_("Theirs"), "theirs", "money", "currency"),
        Column(_("Against us"), "against_us", "money", "currency", value=_worse),
        Column(_("Currency"), "currency"),
        Column(_("Appeal until"), "appeal_by", "day"),
        Column(_("Place"), "place", "code", usual=False),
        Column(_("Statement"), "statement", write=lambda b: link("penalty-statement", b.statement), usual=False),
    ),
)  # fmt: skip


class PenaltyBreaks(ListView):
    permission = VIEW
    listing = BREAKS


class ShowPenaltyBreak(Thing):
    permission = VIEW
    template_name = "settlements/penalty_break.html"
    page_name = "penalty-break"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = statements.penalty_break(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, BREAK_LIFECYCLE, permission="settlements.{}_penaltybreak",
            asks_reason=("appeal", "accept", "win"),
        )  # fmt: skip
        counted = selectors.penalties(visible_to=self.user, all_versions=True).filter(
            settlement=row.settlement, day=row.day, kind=row.kind, payer=row.payer
        )
        return {
            **shown,
            "difference": row,
            "against_us": desk.money(_worse(row), row.currency),
            "counted": counted[:20],
        }


class BreakStep(ThingStep):
    model = PenaltyBreak
    app, subject = "settlements", "penaltybreak"
    find = staticmethod(statements.penalty_break)
    page_class = ShowPenaltyBreak
    actions: Mapping[str, Any] = {
        "appeal": services.appeal_breaks, "accept": services.accept_breaks, "win": services.win_breaks,
    }  # fmt: skip
