"""Pages of netting sets: what settles together, gross and net, and the step by which it is bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.desk.inputs import Input, ProposePage
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.events.models import Event
from backoffice.templatetags import desk
from settlements.models import NettingSet
from settlements.netting import selectors, services
from settlements.netting.crossings import cross_sets
from settlements.netting.filters import NettingSetFilter
from settlements.netting.pairing import form_pair
from settlements.netting.state import SET_LIFECYCLE, SetState

SHOWN, MAY_FORM = 200, "settlements.form_nettingset"


def _money(value: Any, row: NettingSet) -> str:
    return desk.money(value, row.money_asset.code)


SETS = Listing(
    name="netting",
    title=_("Netting"),
    empty=_("No netting sets fit. Payments under an agreement that nets them are computed here before their cut-off."),
    rows=lambda user: selectors.netting_sets(visible_to=user),
    filters=NettingSetFilter,
    fields={
        "status": _("State"), "mode": _("Kind"), "counterparty": _("Counterparty"),
        "asset": _("Asset"), "due_date": _("Settlement date"),
    },
    opens=lambda row: reverse("netting-set", args=[str(row)]),
    columns=(
        Column(_("Netting set"), "reference", write=lambda n: link("netting-set", n)),
        Column(_("State"), "state", "state", write=lambda n: desk.badge(n.state, axis="nettingset")),
        Column(_("Counterparty"), "counterparty", "name"),
        Column(_("Asset"), "asset.code", "code"),
        Column(_("Settlement date"), "due_date", "day"),
        Column(_("Settlements"), "count", "number"),
        Column(_("Gross"), "gross_amount", "quantity", write=lambda n: _money(n.gross_amount, n)),
        Column(_("Net"), "amount", "quantity", write=lambda n: _money(n.amount, n)),
        Column(_("Does not move"), "saved_amount", "quantity", write=lambda n: _money(n.saved_amount, n)),
        Column(_("Cut-off"), "cut_off_at", "moment"),
        Column(_("Kind"), "mode", write=lambda n: n.get_mode_display(), usual=False),
        Column(_("Place"), "place", "name", usual=False),
        Column(_("Owner"), "owner", "name", usual=False),
        Column(_("Entity"), "entity", "name", usual=False),
        Column(_("Version"), "version", "number", usual=False),
        Column(_("Formed"), "formed_at", "moment", usual=False),
    ),
)  # fmt: skip


class NettingSets(ListView):
    permission = "settlements.view_settlement"
    template_name = "settlements/netting.html"
    listing = SETS
    page_name = "netting"

    def more(self) -> dict[str, Any]:
        saved = selectors.saved_by_currency(visible_to=self.user)
        return {"saved": saved, "may_form": self.user.has_perm(MAY_FORM)}


class NewPair(ProposePage):
    """Deliveries and receipts of one security that are to settle by their difference."""

    permission = MAY_FORM
    heading = _("Pair off")
    explanation = _(
        "Deliveries and receipts of one security with one counterparty, of the same owner, place and date, that"
        " have not gone out. Nothing is bound until it is agreed, with the document of the other side."
    )
    form_id = "pair"
    button = _("Propose")

    def inputs(self) -> Sequence[Input]:
        return (Input(name="settlements", title=_("Settlements, by their references")),)

    def start(self) -> Mapping[str, str]:
        return {"settlements": self.request.GET.get("settlements", "")}

    def propose(self, typed: Mapping[str, str]) -> str:
        references = typed.get("settlements", "").replace(",", " ").split()
        row = form_pair(references=references, actor=self.user, at=timezone.now())
        return reverse("netting-set", args=[str(row)])


class ShowNettingSet(Thing):
    permission = "settlements.view_settlement"
    template_name = "settlements/netting_set.html"
    page_name = "netting-set"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.netting_set(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, SET_LIFECYCLE, permission="settlements.{}_nettingset", asks_reason=("reopen",)
        )
        return {
            **shown, "set": row, "currency": row.money_asset.code,
            "is_open": row.state == SetState.OPEN,
            "members": selectors.within(row, limit=SHOWN),
            "nets": selectors.nets_of(row),
        }  # fmt: skip

    def changes(self, event: Event) -> list[tuple[str, str, str]]:
        """What it came to before and after an event."""
        facts = event.facts
        if "before" not in facts:
            return []
        return [
            (str(_("Net")), str(facts["before"]), str(facts["amount"])),
            (str(_("Settlements")), str(facts["count_before"]), str(facts["count"])),
        ]


class SetStep(ThingStep):
    model = NettingSet
    app, subject = "settlements", "nettingset"
    find = staticmethod(selectors.netting_set)
    page_class = ShowNettingSet
    without_reason = ("agree", "cross")
    actions = {"agree": services.agree_sets, "cross": cross_sets, "reopen": services.reopen_sets}  # noqa: RUF012
