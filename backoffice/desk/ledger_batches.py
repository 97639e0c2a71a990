"""Pages of batches for the bookkeeping: the list, and one with its control totals and files."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.access.problems import field_problem
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.reports import FilePage
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from reporting.handover import selectors, services
from reporting.handover.documents import figures_of, lacking, open_documents
from reporting.handover.files import open_batch
from reporting.handover.filters import LedgerBatchFilter
from reporting.handover.models import LedgerBatch
from reporting.handover.state import BATCH_LIFECYCLE
from reporting.reports.bookkeeping_documents import KINDS

VIEW = "reporting.view_report"

LEDGER_BATCHES = Listing(
    name="ledger-batches",
    title=_("Batches for bookkeeping"),
    empty=_(
        "No day was handed over yet. Its batch is prepared once it is signed off and a plan of accounts is in force."
    ),
    rows=lambda user: selectors.ledger_batches(visible_to=user),
    filters=LedgerBatchFilter,
    fields={"status": _("State"), "entity": _("Entity"), "day_after": _("Day from"), "day_before": _("Day until")},
    opens=lambda row: reverse("ledger-batch", args=[str(row)]),
    columns=(
        Column(_("Batch"), "reference", write=lambda row: link("ledger-batch", row)),
        Column(_("State"), "state", "state"),
        Column(_("Entity"), "entity", "name"),
        Column(_("Number"), "number", "number"),
        Column(_("Day"), "day", "day"),
        Column(_("Rows"), "run.row_count", "number"),
        Column(_("Taken in as"), "taken_as"),
        Column(_("Prepared"), "prepared_at", "moment", usual=False),
    ),
)  # fmt: skip


class LedgerBatches(ListView):
    permission = VIEW
    template_name = "reporting/ledger_batches.html"
    listing = LEDGER_BATCHES


class ShowLedgerBatch(Thing):
    permission = VIEW
    template_name = "reporting/ledger_batch.html"
    page_name = "ledger-batch"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.ledger_batch(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, BATCH_LIFECYCLE, permission="reporting.{}_ledgerbatch", asks_reason=("accept",)
        )
        totals = sorted(row.control_totals.items())
        figures = figures_of(row)
        return {
            **shown, "batch": row, "run": row.run, "totals": totals, "documents": row.documents,
            "file": row.files.order_by("-number").defer("content").first(), "ratios": figures.ratios,
            "sums": [{**told, "kind": KINDS[str(told["kind"])]} for told in figures.sums],
            "lacking": [field_problem(problem) for problem in lacking(row)],
        }  # fmt: skip


class LedgerBatchFile(FilePage):
    page_name = "ledger-batch"

    def file(self, **kwargs: str) -> StreamingHttpResponse:
        batch = selectors.ledger_batch(kwargs["reference"], visible_to=self.user)
        return open_batch(batch, actor=self.user, at=timezone.now()).answer()


class LedgerBatchDocuments(FilePage):
    page_name = "ledger-batch"

    def file(self, **kwargs: str) -> StreamingHttpResponse:
        batch = selectors.ledger_batch(kwargs["reference"], visible_to=self.user)
        return open_documents(batch, actor=self.user, at=timezone.now()).answer()


class LedgerBatchStep(ThingStep):
    model = LedgerBatch
    app, subject = "reporting", "ledgerbatch"
    page_class = ShowLedgerBatch
    actions = {  # noqa: RUF012
        "hand_over": services.hand_over_batches, "accept": services.accept_batches,
    }  # fmt: skip
    without_reason = ("hand_over",)

    def id_of(self, reference: str) -> int:
        return selectors.ledger_batch(reference, visible_to=self.user).pk


urlpatterns = [
    path("reports/ledger-batches/", LedgerBatches.as_view(), name="ledger-batches"),
    path("reports/ledger-batches/<str:reference>/", ShowLedgerBatch.as_view(), name="ledger-batch"),
    path(
        "reports/ledger-batches/<str:reference>/file.xml",
        LedgerBatchFile.as_view(),
        name="ledger-batch-file",
    ),
    path(
        "reports/ledger-batches/<str:reference>/documents.xml",
        LedgerBatchDocuments.as_view(),
        name="ledger-batch-documents",
    ),
    path(
        "reports/ledger-batches/<str:reference>/<str:action>/",
        LedgerBatchStep.as_view(),
        name="ledger-batch-step",
    ),
]
