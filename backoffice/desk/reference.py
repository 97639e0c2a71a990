"""Pages of reference data: one table a subject, and standing instructions by two people."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.desk.base import Page, StepButton, StepView
from backoffice.desk.tables import TABLES
from backoffice.kernel.references import number_in
from refdata import services
from refdata.models import StandingInstruction
from refdata.selectors import latest_prices

Status = StandingInstruction.Status


class Reference(Page):
    permission = "refdata.view_refdata"
    template_name = "refdata/table.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        name = str(kwargs.get("table", "parties"))
        if name not in TABLES:
            raise Http404
        table = TABLES[name]
        page = self.page_of(table.rows())
        if name == "instruments":
            self.add_prices(page.rows)
        if name == "instructions":
            self.add_steps(page.rows)
        return {
            "tabs": [(key, each.title) for key, each in TABLES.items()],
            "table": name,
            "title": table.title,
            "page": page,
            "columns": table.columns,
            "rows": [(row, [(c, c.cell(row)) for c in table.columns]) for row in page.rows],
        }

    def add_prices(self, rows: Any) -> None:
        prices = latest_prices(timezone.localdate(), [row.pk for row in rows])
        for row in rows:
            price = prices.get(row.pk)
            row.last_price = price.value if price else gettext("no price")
            row.last_price_date = price.price_date if price else None

    def add_steps(self, rows: Any) -> None:
        """Approving takes other eyes than the proposer's; revoking takes anybody who may propose."""
        for row in rows:
            row.reference, row.steps = str(row), []
            own = row.proposed_by_id == self.user.pk
            may = self.user.has_perm
            if row.status == Status.PROPOSED and not own and may("refdata.approve_ssi"):
                row.steps.append(StepButton("approve", self.step_url(row, "approve")))
            if row.status != Status.REVOKED and may("refdata.propose_ssi"):
                url = self.step_url(row, "revoke")
                row.steps.append(StepButton("revoke", url, asks_reason=True))

    def step_url(self, row: StandingInstruction, action: str) -> str:
        return reverse("ssi-step", args=[str(row), action])


class SsiStep(StepView):
    """Approving takes other eyes; revoking, which only stops money, takes one person."""

    actions = {"approve": services.approve_ssi, "revoke": services.revoke_ssi}  # noqa: RUF012

    @property
    def permission(self) -> str:  # type: ignore[override]
        return {"revoke": "refdata.propose_ssi"}.get(self.kwargs["action"], "refdata.approve_ssi")

    def take(self, reference: str, action: str) -> None:
        id = number_in(reference, "SSI", "standing instruction")
        more = {"reason": self.request.POST.get("reason", "")[:500]} if action == "revoke" else {}
        self.actions[action](ids=[id], actor=self.user, at=timezone.now(), **more)

    def address(self, reference: str) -> str:
        return reverse("reference-table", args=["instructions"])
