"""Pages of ends of tax years: the list, one with what clients owed, and the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.desk.inputs import Input, ProposePage
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.templatetags import desk
from refdata.scopes import entities_seen_by
from settlements.ndfl import api, ending, selectors
from settlements.ndfl.filters import TaxYearFilter
from settlements.ndfl.models import TaxYear
from settlements.ndfl.state import TAX_YEAR_LIFECYCLE

VIEW, MAY_PROPOSE = "ledger.view_ledger", "settlements.propose_taxyear"
MOST = 100  # clients that are shown, those with the most left first; all of them are told over REST


def _money(row: TaxYear, name: str) -> str:
    return desk.money(getattr(row, name), row.entity.base_currency)


TAX_YEARS = Listing(
    name="tax-years",
    title=_("Tax years"),
    empty=_("No tax year has been ended yet. Once it is over, what clients owe is withheld by the end of January."),
    rows=lambda user: selectors.tax_years(visible_to=user),
    filters=TaxYearFilter,
    fields={"status": _("State"), "entity": _("Entity"), "year": _("Year")},
    opens=lambda row: reverse("tax-year", args=[str(row)]),
    columns=(
        Column(_("Tax year"), "reference", write=lambda t: link("tax-year", t)),
        Column(_("State"), "state", "state"),
        Column(_("Year"), "year"),
        Column(_("Entity"), "entity", "name"),
        Column(_("Taxpayers"), "people", "number"),
        Column(_("Owed when it was proposed"), "owed", "money", write=lambda t: _money(t, "owed")),
        Column(_("Ended on"), "ended_on", "day"),
        Column(_("Proposed by"), "proposed_by.username", usual=False),
        Column(_("Proposed"), "proposed_at", "moment", usual=False),
    ),
)  # fmt: skip


class TaxYears(ListView):
    permission = VIEW
    template_name = "settlements/claims.html"
    listing = TAX_YEARS

    def more(self) -> dict[str, Any]:
        return {"may_propose": self.user.has_perm(MAY_PROPOSE), "propose": reverse("new-tax-year")}


class ShowTaxYear(Thing):
    permission = VIEW
    template_name = "settlements/tax_year.html"
    page_name = "tax-year"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.tax_year(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, TAX_YEAR_LIFECYCLE, permission="settlements.{}_taxyear", asks_reason=("decline",)
        )
        found = selectors.results_of(row)
        return {
            **shown, "year": row, "sums": selectors.sums_of(row), "results": found[:MOST],
            "people": found.count(), "most": MOST,
        }  # fmt: skip


class TaxYearStep(ThingStep):
    model = TaxYear
    app, subject = "settlements", "taxyear"
    page_class = ShowTaxYear
    actions = {  # noqa: RUF012
        "approve": ending.approve_tax_years, "decline": ending.decline_tax_years,
    }  # fmt: skip
    without_reason = ("approve",)

    def id_of(self, reference: str) -> int:
        return selectors.tax_year(reference, visible_to=self.user).pk


class NewTaxYear(ProposePage):
    permission = MAY_PROPOSE
    heading = _("End of a tax year")
    explanation = _(
        "Of every client whose tax agent we are the year is reckoned; once another person approves, what is owed is"
        " withheld from what the client has, and what it has not is told."
    )
    form_id = "tax-year"

    def inputs(self) -> Sequence[Input]:
        return (
            Input(name="entity", title=_("Entity"),
                  choices=[(row.code, desk.name(row)) for row in entities_seen_by(self.user)]),
            Input(name="year", title=_("Year"), kind="number"),
        )  # fmt: skip

    def propose(self, typed: Mapping[str, str]) -> str:
        given = api.TaxYears.Input(data=typed)
        given.is_valid(raise_exception=True)
        row = ending.propose_tax_year(
            **given.validated_data, actor=self.user, at=timezone.now()
        )  # fmt: skip
        return reverse("tax-year", args=[str(row)])


urlpatterns = [
    path("reports/tax-years/", TaxYears.as_view(), name="tax-years"),
    path("reports/tax-years/new/", NewTaxYear.as_view(), name="new-tax-year"),
    path("reports/tax-years/<str:reference>/", ShowTaxYear.as_view(), name="tax-year"),
    path(
        "reports/tax-years/<str:reference>/<str:action>/",
        TaxYearStep.as_view(),
        name="tax-year-step",
    ),
]
