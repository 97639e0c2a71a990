"""Pages of months in which expense outran income, with what drove it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.desk.costs import VIEW
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.templatetags import desk
from expenses.watching import selectors, services
from expenses.watching.filters import AlertFilter
from expenses.watching.models import ExpenseAlert
from expenses.watching.state import ALERT_LIFECYCLE
from reporting.overview.spending import CAUSES


def _money(name: str) -> Any:
    return lambda a: desk.money(getattr(a, name), a.entity.base_currency)


ALERTS = Listing(
    name="expense-alerts",
    title=_("Months in which expense outran income"),
    empty=_("No months fit. When a month is closed in which the firm spent more than it earned, it is told here."),
    rows=lambda user: selectors.alerts(visible_to=user),
    filters=AlertFilter,
    fields={"month": _("Month"), "status": _("State")},
    opens=lambda row: reverse("expense-alert", args=[str(row)]),
    columns=(
        Column(_("Alert"), "reference", write=lambda a: link("expense-alert", a)),
        Column(_("State"), "state", "state", write=lambda r: desk.badge(r.state, axis="expensealert")),
        Column(_("Month"), "month", "month"),
        Column(_("Income"), "income", "money", write=_money("income")),
        Column(_("Expense"), "expense", "money", write=_money("expense")),
        Column(_("More spent than earned"), "gap", "money", write=_money("gap")),
        Column(_("Currency"), "entity.base_currency"),
        Column(_("Drivers"), "drivers",
               write=lambda a: ", ".join(str(CAUSES.get(d.cause, d.cause)) for d in a.drivers.all())),
        Column(_("Entity"), "entity", "name"),
    ),
)  # fmt: skip


class ExpenseAlerts(ListView):
    permission = VIEW
    listing = ALERTS


class ShowExpenseAlert(Thing):
    permission = VIEW
    template_name = "expenses/alert.html"
    page_name = "expense-alert"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.alert(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, ALERT_LIFECYCLE, permission="expenses.{}_expensealert", asks_reason=("answer",)
        )
        return {
            **shown, "alert": row, "currency": row.entity.base_currency,
            "drivers": [(CAUSES.get(each.cause, each.cause), each) for each in row.drivers.all()],
        }  # fmt: skip


class ExpenseAlertStep(ThingStep):
    model = ExpenseAlert
    app, subject = "expenses", "expensealert"
    find = staticmethod(selectors.alert)
    page_class = ShowExpenseAlert
    without_reason = ()
    actions: Mapping[str, Any] = {"answer": services.answer_alerts}
