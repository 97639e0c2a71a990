"""Pages of net obligations: what our cleared deals come to, beside the figure of the clearing house."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import IO, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.desk.inputs import Input, ProposePage
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing
from backoffice.desk.row_files import ListWithFile
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.events.models import Event
from backoffice.templatetags import desk
from backoffice.workflow.models import StatefulModel
from deals.capturing.row_files import Outcome
from settlements.clearing import selectors, services
from settlements.clearing.causes import FIXES, WORDS
from settlements.clearing.files import take_file
from settlements.clearing.filters import NetObligationFilter
from settlements.clearing.holding import hold_clearing
from settlements.clearing.models import FigureSource, NetObligation
from settlements.clearing.receiving import receive_figures
from settlements.clearing.state import NET_LIFECYCLE, OPEN, NetState
from settlements.clearing.terms import figure_of, take_figure
from settlements.clearing.watching import due_by

MAY_RECEIVE = "settlements.receive_clearingfigure"
SHOWN_FLOWS = 200


def signed(value: Decimal | None, row: NetObligation) -> str:
    """A figure in the asset's own way: money with its decimals, a security as a quantity."""
    if value is None:
        return ""
    if row.asset.kind == "CURRENCY":
        return desk.money(value, row.asset.code)
    return desk.quantity(value)


NETS = Listing(
    name="clearing",
    title=_("Clearing"),
    empty=_("No net obligations fit. Cleared deals are netted here by account, asset and date as they are agreed on."),
    rows=lambda user: selectors.net_obligations(visible_to=user),
    filters=NetObligationFilter,
    fields={
        "status": _("State"), "ccp": _("Clearing house"), "account": _("Clearing account"),
        "asset": _("Asset"), "due_date": _("Settlement date"),
    },
    opens=lambda row: reverse("net-obligation", args=[str(row)]),
    subject="netobligation",
    actions=("agree",),
    columns=(
        Column(_("Net obligation"), "reference", write=lambda n: link("net-obligation", n)),
        Column(_("State"), "state", "state"),
        Column(_("Clearing house"), "counterparty", "name"),
        Column(_("Clearing account"), "account", "code"),
        Column(_("Asset"), "asset.code", "code"),
        Column(_("Ours"), "quantity", "quantity", write=lambda n: signed(n.quantity, n)),
        Column(_("Theirs"), "theirs", "quantity", write=lambda n: signed(n.theirs, n)),
        Column(_("Difference"), "difference", "quantity", write=lambda n: signed(n.difference, n)),
        Column(_("Settlement date"), "due_date", "day"),
        Column(_("Owner"), "owner", "name", usual=False),
        Column(_("Entity"), "entity", "name", usual=False),
        Column(_("Version"), "version", "number", usual=False),
        Column(_("Round"), "round", "number", usual=False),
        Column(_("Opened"), "opened_at", "moment", usual=False),
    ),
)  # fmt: skip


class NetObligations(ListWithFile):
    """What our cleared deals come to and what the houses say, and the form for a file of figures."""

    permission = "settlements.view_settlement"
    sending = MAY_RECEIVE
    template_name = "settlements/nets.html"
    listing = NETS
    page_name = "clearing"

    def take(self, file: IO[bytes], media_type: str) -> Outcome:
        return take_file(file, media_type, actor=self.user, at=timezone.now())


class ShowNetObligation(Thing):
    permission = "settlements.view_settlement"
    template_name = "settlements/net.html"
    page_name = "net-obligation"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.net_obligation(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, NET_LIFECYCLE, permission="settlements.{}_netobligation", asks_reason=()
        )
        at = shown["slider"].at
        if at:
            go_back(row, shown["known"])
        elif row.state == NetState.COMPUTED and row.quantity:  # their figure is missing
            shown |= {"next_step": None, "others": []}
        cause = None if at else selectors.cause_of(row)
        versions = [v for v in row.versions.order_by("-number") if v.number <= row.version]
        flows = selectors.flows_of(row)
        return {
            **shown, "net": row, "is_money": row.asset.kind == "CURRENCY",
            "ours": signed(row.quantity, row), "theirs": signed(row.theirs, row),
            "difference": signed(row.difference, row),
            "differs": bool(row.difference), "cause": cause,
            "cause_words": WORDS[cause.kind] if cause else "",
            "cause_fix": FIXES[cause.kind] if cause else "",
            "deadline": due_by(row.counterparty.code, row.due_date)
            if not at and row.state in OPEN else None,
            "settlement": None if at else selectors.settlement_of(row),
            "others_rounds": selectors.rounds_of(row),
            "versions": [(v, signed(v.quantity, row)) for v in versions],
            "figures": [
                (f, signed(f.quantity, row))
                for f in selectors.figures_of(row) if at is None or f.received_at <= at
            ],
            "flows": [
                (f, signed(f.flow.quantity, row)) for f in flows.order_by("-id")[:SHOWN_FLOWS]
            ],
            "flow_count": flows.count(), "may_receive": not at and self.user.has_perm(MAY_RECEIVE),
        }  # fmt: skip

    def changes(self, event: Event) -> list[tuple[str, str, str]]:
        """What was computed or told with an event."""
        facts = event.facts
        if "ours" in facts:
            return [(str(_("Ours and theirs")), _written(facts["ours"]), _written(facts["theirs"]))]
        if "before" in facts:
            return [(str(_("Ours")), _written(facts["before"]), _written(facts["quantity"]))]
        told = facts.get("theirs", facts.get("quantity"))
        return [] if told is None else [(str(_("Figure")), "", _written(told))]


def _written(value: Any) -> str:
    return desk.quantity(Decimal(str(value)))


def go_back(row: NetObligation, known: Sequence[Event]) -> None:
    """What was known of it after these events: its version and both figures."""
    computed = [e for e in known if "version" in e.facts]
    if computed:
        row.version, row.quantity = (
            computed[-1].facts["version"],
            Decimal(str(computed[-1].facts["quantity"])),
        )
    compared = [e for e in known if "ours" in e.facts]
    row.theirs = Decimal(str(compared[-1].facts["theirs"])) if compared else None


class NetStep(ThingStep):
    model = NetObligation
    app, subject = "settlements", "netobligation"
    find = staticmethod(selectors.net_obligation)
    page_class = ShowNetObligation
    without_reason = ("agree",)
    actions = {"agree": services.agree_nets}  # noqa: RUF012

    def locked(self, id: int) -> StatefulModel:
        """Clearing is held before any row is locked, as its services hold it."""
        hold_clearing()
        return super().locked(id)


class NewFigure(ProposePage):
    """The figure of the clearing house, typed from its report."""

    permission = MAY_RECEIVE
    heading = _("Figure of the clearing house")
    explanation = _(
        "What its report says of one account, asset and date: above zero it owes us, below zero we owe it."
        " It is compared with our deals at once."
    )
    form_id = "figure"
    button = _("Take it in")

    def inputs(self) -> Sequence[Input]:
        return (
            Input(name="entity", title=_("Entity")),
            Input(name="ccp", title=_("Clearing house")),
            Input(name="account", title=_("Clearing account")),
            Input(name="owner", title=_("Owner, where it is not the entity itself")),
            Input(name="asset", title=_("ISIN or currency")),
            Input(name="due_date", title=_("Settlement date"), kind="date"),
            Input(name="quantity", title=_("Figure")),
            Input(name="document", title=_("Document")),
        )

    def start(self) -> Mapping[str, str]:
        """Where it is about a net that is there: everything but the figure."""
        told = self.request.GET.get("net", "")
        if not told:
            return {}
        row = selectors.net_obligation(told, visible_to=self.user)
        return {
            "entity": row.entity.code, "ccp": row.counterparty.code, "account": row.account,
            "owner": row.owner.code, "asset": row.asset.code, "due_date": row.due_date.isoformat(),
        }  # fmt: skip

    def propose(self, typed: Mapping[str, str]) -> str:
        parsed = take_figure(
            figure_of({name: text.strip() for name, text in typed.items()}), actor=self.user
        )
        (found,) = receive_figures(
            [parsed], source=FigureSource.FORM, actor=self.user, at=timezone.now()
        )
        return reverse("net-obligation", args=[f"NO-{found.obligation}"])
