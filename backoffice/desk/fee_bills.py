"""Pages of bills of fees and what differs in them, and of the invoices that we write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.desk.bringing import BROUGHT, BringList
from backoffice.desk.fees import VIEW, about_words
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.templatetags import desk
from expenses.fees import selectors, services, statement_api
from expenses.fees.comparing import compared
from expenses.fees.filters import BreakFilter, StatementFilter
from expenses.fees.models import FeeAccrual, FeeBreak, FeeStatement
from expenses.fees.state import BREAK_LIFECYCLE, STATEMENT_LIFECYCLE, WAITING, StatementState
from refdata.selectors import reference_data

MAY_RECEIVE = "expenses.receive_feestatement"
SHOWN_LINES = 200


class BillIncomplete(Invalid):
    code = "fee-statement-incomplete"
    title = gettext_noop("The bill of fees is not told in full")
    detail = gettext_noop("%(members)s: missing or unreadable.")
    hint = gettext_noop("Choose entity, party and month, name the document and choose its CSV.")


BILLS = Listing(
    name="fee-statements",
    title=_("Bills of fees"),
    empty=_("No bills fit. What a venue, broker or depository bills for a month is brought here and compared at once."),
    rows=lambda user: selectors.statements(visible_to=user),
    filters=StatementFilter,
    fields={"party": _("Party"), "month": _("Month"), "status": _("State")},
    opens=lambda row: reverse("fee-statement", args=[str(row)]),
    columns=(
        Column(_("Bill"), "reference", write=lambda s: link("fee-statement", s)),
        Column(_("State"), "state", "state"),
        Column(_("Party"), "party", "name"),
        *BROUGHT,
    ),
)  # fmt: skip


class FeeBills(BringList):
    """What others bill, and the form for a CSV of one."""

    permission = VIEW
    sending = MAY_RECEIVE
    template_name = "expenses/bills.html"
    listing = BILLS
    members = ("entity", "party", "document")
    Input = statement_api.BillInput
    incomplete = BillIncomplete
    received = staticmethod(statement_api.received)
    shows = "fee-statement"

    def more(self) -> dict[str, Any]:
        parties = {p.code: p.name for p in reference_data().parties.values()}
        return super().more() | {"parties": sorted(parties.items())}


class ShowFeeBill(Thing):
    permission = VIEW
    template_name = "expenses/bill.html"
    page_name = "fee-statement"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.statement(kwargs["reference"], visible_to=self.user)
        breaks = selectors.breaks(visible_to=self.user).filter(statement=row)
        undecided = (
            row.state == StatementState.RECEIVED and breaks.filter(state__in=WAITING).count()
        )
        shown = self.decided(
            row, STATEMENT_LIFECYCLE, permission="expenses.{}_feestatement", asks_reason=("decline",),
            without=("agree",) if undecided else (),
        )  # fmt: skip
        of_thing = {(each.about, each.currency): each for each in breaks}
        sides = compared(row)
        return {
            **shown, "statement": row, "sums": selectors.sums_of(row), "undecided": undecided,
            "sides": [
                (about_words(each.about), each, of_thing.get((each.about, each.currency)))
                for each in sorted(sides, key=lambda each: not each.differs)[:SHOWN_LINES]
            ],
            "things": len(sides), "line_count": selectors.lines_of(row).count(), "limit": SHOWN_LINES,
        }  # fmt: skip


class BillStep(ThingStep):
    model = FeeStatement
    app, subject = "expenses", "feestatement"
    find = staticmethod(selectors.statement)
    page_class = ShowFeeBill
    without_reason = ("agree",)
    actions: Mapping[str, Any] = {
        "agree": services.agree_statements, "decline": services.decline_statements,
    }  # fmt: skip


BREAKS = Listing(
    name="fee-breaks",
    title=_("Differences in fees"),
    empty=_("No differences fit. What is billed otherwise than we have accrued appears here."),
    rows=lambda user: selectors.breaks(visible_to=user),
    filters=BreakFilter,
    fields={"party": _("Party"), "status": _("State"), "what": _("Difference"), "month": _("Month")},
    opens=lambda row: reverse("fee-break", args=[str(row)]),
    columns=(
        Column(_("Difference"), "reference", write=lambda b: link("fee-break", b)),
        Column(_("State"), "state", "state"),
        Column(_("What"), "what", write=lambda b: b.get_what_display()),
        Column(_("For what"), "about", write=lambda b: about_words(b.about)),
        Column(_("Party"), "party", "name"),
        Column(_("Ours"), "ours", "money", "currency"),
        Column(_("Theirs"), "theirs", "money", "currency"),
        Column(_("Against us"), "against_us", "money", "currency"),
        Column(_("Currency"), "currency"),
        Column(_("Appeal until"), "appeal_by", "day"),
        Column(_("Bill"), "statement", write=lambda b: link("fee-statement", b.statement), usual=False),
    ),
)  # fmt: skip


class FeeBreaks(ListView):
    permission = VIEW
    listing = BREAKS


class ShowFeeBreak(Thing):
    permission = VIEW
    template_name = "expenses/break.html"
    page_name = "fee-break"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.fee_break(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, BREAK_LIFECYCLE, permission="expenses.{}_feebreak",
            asks_reason=("appeal", "accept", "win"),
        )  # fmt: skip
        ids = selectors.accruals_about(row)[:SHOWN_LINES]
        rows = FeeAccrual.objects.filter(pk__in=ids).select_related("schedule").order_by("pk")
        return {
            **shown, "difference": row, "against_us": desk.money(row.against_us, row.currency),
            "about": about_words(row.about), "accrued": rows,
        }  # fmt: skip


class BreakStep(ThingStep):
    model = FeeBreak
    app, subject = "expenses", "feebreak"
    find = staticmethod(selectors.fee_break)
    page_class = ShowFeeBreak
    actions: Mapping[str, Any] = {
        "appeal": services.appeal_breaks, "accept": services.accept_breaks, "win": services.win_breaks,
    }  # fmt: skip
