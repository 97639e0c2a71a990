"""Pages of budgets: versions, one beside what is booked and foreseen, and the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.desk.costs import VIEW, entity_input
from backoffice.desk.inputs import Input, ProposePage
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.templatetags import desk
from expenses.budgets import api, selectors, services
from expenses.budgets.filters import BudgetFilter
from expenses.budgets.models import Budget
from expenses.budgets.state import BUDGET_LIFECYCLE
from expenses.costs.state import CostKind
from refdata.firm_days import firm_day

MAY_PROPOSE = "expenses.propose_budget"

BUDGETS = Listing(
    name="budgets",
    title=_("Budgets"),
    empty=_("No budgets fit. What the firm means to spend in a year is proposed here, and approved by other eyes."),
    rows=lambda user: selectors.budgets(visible_to=user),
    filters=BudgetFilter,
    fields={"year": _("Year"), "status": _("State")},
    opens=lambda row: reverse("budget", args=[str(row)]),
    columns=(
        Column(_("Budget"), "reference", write=lambda b: link("budget", b)),
        Column(_("State"), "state", "state", write=lambda r: desk.badge(r.state, axis="budget")),
        Column(_("Year"), "year", "code"),
        Column(_("Version"), "number", "number"),
        Column(_("Total"), "total", "money", write=lambda b: desk.money(b.total, b.entity.base_currency)),
        Column(_("Currency"), "entity.base_currency"),
        Column(_("Note"), "note"),
        Column(_("Entity"), "entity", "name"),
        Column(_("Proposed by"), "proposed_by.username", usual=False),
    ),
)  # fmt: skip


class Budgets(ListView):
    permission = VIEW
    template_name = "settlements/claims.html"
    listing = BUDGETS

    def more(self) -> dict[str, Any]:
        return {"may_propose": self.user.has_perm(MAY_PROPOSE), "propose": reverse("new-budget")}


class ShowBudget(Thing):
    permission = VIEW
    template_name = "expenses/budget.html"
    page_name = "budget"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.budget(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, BUDGET_LIFECYCLE, permission="expenses.{}_budget", asks_reason=("decline",)
        )
        until = selectors.last_month_of(row.year, firm_day(timezone.now()))
        lines = selectors.lines_of(row.entity, row.year, until, row)
        kinds = dict(CostKind.choices)
        return {
            **shown, "budget": row, "until": until, "currency": row.entity.base_currency,
            "lines": [(line, kinds[line.kind]) for line in lines], "total": selectors.totals_of(lines),
        }  # fmt: skip


class BudgetStep(ThingStep):
    model = Budget
    app, subject = "expenses", "budget"
    find = staticmethod(selectors.budget)
    page_class = ShowBudget
    actions: Mapping[str, Any] = {
        "approve": services.approve_budgets, "decline": services.decline_budgets,
    }  # fmt: skip


class NewBudget(ProposePage):
    permission = MAY_PROPOSE
    heading = _("Budget of a year")
    explanation = _(
        "A CSV with the columns centre, kind, month and amount, in the currency of the books. Another person approves"
        " it; the version before it counts until then."
    )
    form_id = "budget"

    def inputs(self) -> Sequence[Input]:
        return (
            entity_input(self.user),
            Input(name="year", title=_("Year"), kind="number"),
            Input(name="note", title=_("Note")),
            Input(name="csv", title=_("Lines"), kind="json",
                  example="centre,kind,month,amount\nBACK,RENT,2026-01-01,100000.00"),
        )  # fmt: skip

    def start(self) -> Mapping[str, str]:
        return {"year": str(firm_day(timezone.now()).year)}

    def propose(self, typed: Mapping[str, str]) -> str:
        given = api.BudgetInput(data=typed)
        given.is_valid(raise_exception=True)
        row = api.proposed(dict(given.validated_data), actor=self.user)
        return reverse("budget", args=[str(row)])
