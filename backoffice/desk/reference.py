"""Pages of reference data: one table a subject, and standing instructions by two people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.desk.base import StepButton, StepView
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import TABLES
from backoffice.kernel.references import number_in
from refdata import services
from refdata.models import StandingInstruction
from refdata.quotes import prices_on

Status = StandingInstruction.Status


class Reference(ListView):
    permission = "refdata.view_refdata"
    template_name = "refdata/table.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.table = str(kwargs.get("table", "parties"))
        if self.table not in TABLES:
            raise Http404
        table = TABLES[self.table]
        self.listing = Listing(
            name=f"reference-{self.table}", title=table.title, empty=EMPTY, columns=table.columns,
            rows=lambda user: table.rows(), prepare=PREPARES.get(self.table),
        )  # fmt: skip
        return super().dispatch(request, *args, **kwargs)

    def more(self) -> dict[str, Any]:
        return {"tabs": [(key, each.title) for key, each in TABLES.items()], "table": self.table}


def add_prices(rows: Sequence[Any], user: User) -> None:
    prices = prices_on(timezone.localdate(), [row.pk for row in rows])
    for row in rows:
        price = prices.get(row.pk)
        row.last_price = price.value if price else None
        row.last_price_date = price.day if price else None
        row.last_price_source = price.source if price else None
        row.last_price_stale = price.stale if price else None


def add_steps(rows: Sequence[Any], user: User) -> None:
    """Approving takes other eyes than the proposer's; revoking takes anybody who may propose."""
    for row in rows:
        row.reference, row.steps = str(row), []
        own = row.proposed_by_id == user.pk
        if row.status == Status.PROPOSED and not own and user.has_perm("refdata.approve_ssi"):
            row.steps.append(StepButton("approve", step_url(row, "approve")))
        if row.status != Status.REVOKED and user.has_perm("refdata.propose_ssi"):
            row.steps.append(StepButton("revoke", step_url(row, "revoke"), asks_reason=True))


def step_url(row: StandingInstruction, action: str) -> str:
    return reverse("ssi-step", args=[str(row), action])


EMPTY = _("No rows yet. Loaders and administrators fill this table.")
PREPARES = {"instruments": add_prices, "instructions": add_steps}


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
