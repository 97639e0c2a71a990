"""Pages of equipment and licences: the register, one asset with its depreciation, the forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.desk.costs import VIEW, centres_seen_by, entity_input
from backoffice.desk.inputs import Input, ProposePage, StepPage
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.templatetags import desk
from expenses.assets import api, selectors, services
from expenses.assets.filters import AssetFilter
from expenses.assets.models import FixedAsset
from expenses.assets.state import ASSET_LIFECYCLE, AssetKind, Disposal, Method
from ledger.selectors import entries_of
from refdata.firm_days import firm_day
from refdata.selectors import reference_data

MAY_PROPOSE = "expenses.propose_fixedasset"
SHOWN_MONTHS = 60

ASSETS = Listing(
    name="fixed-assets",
    title=_("Equipment and licences"),
    empty=_("Nothing fits. What serves longer than a year is proposed here, and taken into the books by other eyes."),
    rows=lambda user: selectors.assets(visible_to=user),
    filters=AssetFilter,
    fields={"kind": _("Kind"), "centre": _("Cost centre"), "method": _("Method of depreciation"), "status": _("State")},
    opens=lambda row: reverse("fixed-asset", args=[str(row)]),
    columns=(
        Column(_("Asset"), "reference", write=lambda a: link("fixed-asset", a)),
        Column(_("Number"), "number", "code"),
        Column(_("State"), "state", "state", write=lambda r: desk.badge(r.state, axis="fixedasset")),
        Column(_("Name"), "name"),
        Column(_("Kind"), "kind", write=lambda a: a.get_kind_display()),
        Column(_("Cost centre"), "centre", "name"),
        Column(_("Method of depreciation"), "method", write=lambda a: a.get_method_display()),
        Column(_("Months"), "months", "number"),
        Column(_("In use since"), "in_use_on", "day"),
        Column(_("Cost"), "cost", "money", "currency"),
        Column(_("Depreciated"), "spent", "money", "currency"),
        Column(_("Stands at"), "carried", "money", "currency"),
        Column(_("Currency"), "currency"),
        Column(_("Entity"), "entity", "name", usual=False),
    ),
)  # fmt: skip


class FixedAssets(ListView):
    permission = VIEW
    template_name = "settlements/claims.html"
    listing = ASSETS

    def more(self) -> dict[str, Any]:
        return {
            "may_propose": self.user.has_perm(MAY_PROPOSE),
            "propose": reverse("new-fixed-asset"),
        }


class ShowFixedAsset(Thing):
    permission = VIEW
    template_name = "expenses/asset.html"
    page_name = "fixed-asset"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.asset(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, ASSET_LIFECYCLE, permission="expenses.{}_fixedasset",
            asks_reason=("decline", "keep"), leads=("ask_disposal",),
        )  # fmt: skip
        spent = selectors.depreciation_of(row)
        return {
            **shown, "asset": row, "years": selectors.years_of(row), "count": spent.count(),
            "depreciation": spent.order_by("-month")[:SHOWN_MONTHS],
            "entries": entries_of(row.entity_id, [("fixedasset", row.pk)], visible_to=self.user),
        }  # fmt: skip


class FixedAssetStep(ThingStep):
    model = FixedAsset
    app, subject = "expenses", "fixedasset"
    find = staticmethod(selectors.asset)
    page_class = ShowFixedAsset
    without_reason = ("accept", "dispose")
    actions: Mapping[str, Any] = {
        "accept": services.accept_assets, "decline": services.decline_assets,
        "keep": services.keep_assets, "dispose": services.dispose_assets,
    }  # fmt: skip


class NewFixedAsset(ProposePage):
    permission = MAY_PROPOSE
    heading = _("Equipment or a licence")
    explanation = _(
        "What serves longer than a year. Another person takes it into the books; from the month after it came into use"
        " the end of each month takes its part of the cost."
    )
    form_id = "fixed-asset"

    def inputs(self) -> Sequence[Input]:
        return (
            entity_input(self.user),
            Input(name="number", title=_("Number in the register")),
            Input(name="name", title=_("Name")),
            Input(name="kind", title=_("Kind"), choices=AssetKind.choices),
            Input(name="centre", title=_("Cost centre"), choices=[("", "–"), *centres_seen_by(self.user)]),
            Input(name="supplier", title=_("Supplier"), offers="parties"),
            Input(name="document", title=_("Document")),
            Input(name="cost", title=_("Cost"), kind="number"),
            Input(name="vat", title=_("VAT recovered"), kind="number", example="0"),
            Input(name="currency", title=_("Currency")),
            Input(name="bought_on", title=_("Bought on"), kind="date"),
            Input(name="in_use_on", title=_("In use since"), kind="date"),
            Input(name="months", title=_("Useful life in months"), kind="number"),
            Input(name="salvage", title=_("What is left at the end"), kind="number", example="0"),
            Input(name="method", title=_("Method of depreciation"), choices=Method.choices),
            Input(name="factor", title=_("Factor of a reducing balance"), example="2"),
            Input(name="units", title=_("Units that it will produce"), kind="number"),
        )  # fmt: skip

    def lists(self) -> Mapping[str, Any]:
        return {"parties": sorted((p.code, p.name) for p in reference_data().parties.values())}

    def propose(self, typed: Mapping[str, str]) -> str:
        given = api.AssetInput(data=typed)
        given.is_valid(raise_exception=True)
        new = services.NewAsset(**given.validated_data)
        row = services.propose_asset(new=new, actor=self.user, at=timezone.now())
        return reverse("fixed-asset", args=[str(row)])


class AskDisposal(StepPage):
    permission = "expenses.ask_disposal_fixedasset"
    find = staticmethod(selectors.asset)
    heading = _("How the asset leaves")
    explanation = _(
        "Another person takes it out of the books; what it brought less what it stands at is the result."
    )
    form_id = "ask-disposal"
    button = _("Ask for the disposal")

    def inputs(self) -> Sequence[Input]:
        return (
            Input(name="disposal", title=_("How"), choices=Disposal.choices),
            Input(name="disposed_on", title=_("On"), kind="date"),
            Input(name="proceeds", title=_("Sold for, without VAT"), kind="number", example="0"),
            Input(name="proceeds_vat", title=_("VAT of the sale"), kind="number", example="0"),
            Input(name="buyer", title=_("Buyer"), offers="parties"),
            Input(name="reason", title=_("Reason")),
        )

    def lists(self) -> Mapping[str, Any]:
        return {"parties": sorted((p.code, p.name) for p in reference_data().parties.values())}

    def start(self) -> Mapping[str, str]:
        return {"disposed_on": firm_day(timezone.now()).isoformat()}

    def propose(self, typed: Mapping[str, str]) -> str:
        given = api.LeavingInput(data=typed)
        given.is_valid(raise_exception=True)
        leaving, reason = api.leaving_of(given.validated_data)
        outcome = services.ask_disposals(
            ids=[self.row.pk], leaving=leaving, reason=reason, actor=self.user, at=timezone.now()
        )
        outcome.raise_single()
        return reverse("fixed-asset", args=[str(self.row)])
