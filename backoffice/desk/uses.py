"""Pages of clients' assets in our use: the list, one with its steps, and the forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.desk.inputs import Input, ProposePage, StepPage
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.templatetags import desk
from ledger.selectors import entries_of
from refdata.firm_days import firm_day
from refdata.models import Place, UseRight
from refdata.scopes import entities_seen_by
from settlements.using import api, selectors, services
from settlements.using.filters import AssetUseFilter
from settlements.using.models import AssetUse
from settlements.using.state import ASSET_USE_LIFECYCLE, UseState

VIEW, MAY_PROPOSE = "ledger.view_ledger", "settlements.propose_assetuse"


def has_ended(row: AssetUse) -> bool:
    """Whether it is in our use past the end of the client's right."""
    until = row.right.valid_until
    return row.state == UseState.IN_USE and until is not None and until <= firm_day(timezone.now())


def _until(row: AssetUse) -> SafeString | str:
    shown = desk.day(row.right.valid_until) or desk.NOTHING
    if not has_ended(row):
        return shown
    return format_html('{} <span class="badge bad">{}</span>', shown, gettext("to be given back"))


USES = Listing(
    name="asset-uses",
    title=_("Clients' assets in our use"),
    empty=_("Nothing of a client is in our use. It may be, by a right that two people record; it is owed back."),
    rows=lambda user: selectors.asset_uses(visible_to=user),
    filters=AssetUseFilter,
    fields={"status": _("State"), "client": _("Client"), "place": _("Place"), "asset": _("Asset")},
    opens=lambda row: reverse("asset-use", args=[str(row)]),
    columns=(
        Column(_("Use"), "reference", write=lambda u: link("asset-use", u)),
        Column(_("State"), "state", "state"),
        Column(_("Client"), "right.client", "name"),
        Column(_("Place"), "place", "name"),
        Column(_("Asset"), "asset", "name"),
        Column(_("Quantity"), "quantity", "quantity",
               write=lambda u: desk.asset_amount(u.quantity, u.asset.code)),
        Column(_("Used since"), "used_on", "day"),
        Column(_("Given back on"), "returned_on", "day"),
        Column(_("Right ends"), "right.valid_until", "day", write=_until),
        Column(_("Contract"), "right.agreement", "code", usual=False),
        Column(_("Document"), "document", "code", usual=False),
        Column(_("Entity"), "entity", "name", usual=False),
        Column(_("Proposed by"), "proposed_by.username", usual=False),
        Column(_("Proposed"), "proposed_at", "moment", usual=False),
    ),
)  # fmt: skip


class AssetUses(ListView):
    permission = VIEW
    template_name = "settlements/claims.html"
    listing = USES

    def more(self) -> dict[str, Any]:
        return {"may_propose": self.user.has_perm(MAY_PROPOSE), "propose": reverse("new-asset-use")}


class ShowAssetUse(Thing):
    permission = VIEW
    template_name = "settlements/use.html"
    page_name = "asset-use"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.asset_use(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, ASSET_USE_LIFECYCLE, permission="settlements.{}_assetuse", asks_reason=("decline",),
            leads=("give_back",),
        )  # fmt: skip
        booked = entries_of(row.entity_id, [("assetuse", row.pk)], visible_to=self.user)
        return {**shown, "use": row, "entries": booked, "ended": has_ended(row)}


class UseStep(ThingStep):
    model = AssetUse
    app, subject = "settlements", "assetuse"
    page_class = ShowAssetUse
    actions = {"approve": services.approve_uses, "decline": services.decline_uses}  # noqa: RUF012
    without_reason = ("approve",)

    def id_of(self, reference: str) -> int:
        return selectors.asset_use(reference, visible_to=self.user).pk


class NewAssetUse(ProposePage):
    permission = MAY_PROPOSE
    heading = _("Use of a client's assets")
    explanation = _(
        "Only by a right of use that is in force, and only what the client has free. Another person moves it to us;"
        " it is owed to the client until it is given back."
    )
    form_id = "asset-use"

    def inputs(self) -> Sequence[Input]:
        rights = UseRight.objects.select_related("client").order_by("client__code")
        clients = {row.client.code: desk.name(row.client) for row in rights}
        return (
            Input(name="entity", title=_("Entity"),
                  choices=[(row.code, desk.name(row)) for row in entities_seen_by(self.user)]),
            Input(name="client", title=_("Client"), choices=list(clients.items())),
            Input(name="place", title=_("Place"),
                  choices=[(row.code, desk.name(row)) for row in Place.objects.order_by("code")]),
            Input(name="asset", title=_("ISIN, or currency")),
            Input(name="quantity", title=_("Quantity"), kind="number"),
            Input(name="document", title=_("Document by which the place moves it")),
        )  # fmt: skip

    def propose(self, typed: Mapping[str, str]) -> str:
        given = api.AssetUses.Input(data=typed)
        given.is_valid(raise_exception=True)
        new = services.NewUse(**given.validated_data)
        row = services.propose_use(new=new, actor=self.user, at=timezone.now())
        return reverse("asset-use", args=[str(row)])


class GiveBack(StepPage):
    permission = "settlements.give_back_assetuse"
    heading = _("It is given back")
    explanation = _(
        "By which document it stands in the client's account again. It is booked at once."
    )
    form_id, button = "give-back", _("Record that it is given back")
    find = staticmethod(selectors.asset_use)

    def inputs(self) -> Sequence[Input]:
        return (Input(name="document", title=_("Document")),)

    def propose(self, typed: Mapping[str, str]) -> str:
        given = api.GiveBackAssetUse.Input(data=typed)
        given.is_valid(raise_exception=True)
        services.give_back_uses(
            ids=[self.row.pk], actor=self.user, at=timezone.now(), **given.validated_data
        ).raise_single()
        return reverse("asset-use", args=[str(self.row)])


urlpatterns = [
    path("inventory/uses/", AssetUses.as_view(), name="asset-uses"),
    path("inventory/uses/new/", NewAssetUse.as_view(), name="new-asset-use"),
    path("inventory/uses/<str:reference>/", ShowAssetUse.as_view(), name="asset-use"),
    path("inventory/uses/<str:reference>/give_back/", GiveBack.as_view(), name="asset-use-give_back"),
    path("inventory/uses/<str:reference>/<str:action>/", UseStep.as_view(), name="asset-use-step"),
]  # fmt: skip
