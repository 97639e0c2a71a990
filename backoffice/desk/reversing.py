"""Pages on which a venue's report that a cleared deal is void is brought: for one deal, or as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.desk.changing import MAY_REVERSE, REASON, ChangePage
from backoffice.desk.inputs import Input
from backoffice.desk.lists import Listing
from backoffice.desk.row_files import ListWithFile
from backoffice.desk.tables import Column
from backoffice.kernel.errors import Refusal
from backoffice.templatetags import desk
from deals.amending.consequences import Act
from deals.capturing.row_files import Outcome
from settlements.clearing.models import FigureSource
from settlements.reversing.files import take_file
from settlements.reversing.filters import VenueReversalFilter
from settlements.reversing.receiving import Report, receive_reversals
from settlements.reversing.selectors import reversals


class ReverseDeal(ChangePage):
    permission = MAY_REVERSE
    acts = (Act.REVERSE,)
    heading, button = _("Reverse by the venue's report:"), _("Take the report in")
    explanation = _(
        "The venue reports the deal void. Until another person approves, the deal stays live, netted and exposed."
    )

    def inputs(self, deal: Any) -> Sequence[Input]:
        return [Input(name="document", title=_("The venue's report")), REASON]

    def change(self, deal: Any, typed: Mapping[str, str]) -> None:
        report = Report(deal.pk, typed["document"][:120], typed["reason"][:500])
        (found,) = receive_reversals(
            [report], source=FigureSource.FORM, actor=self.user, at=timezone.now()
        )
        if isinstance(found, Refusal):
            raise found


def _late(row: Any) -> str:
    return gettext("Yes") if row.late else gettext("No")


REVERSALS = Listing(
    name="venue-reversals",
    title=_("Deals reported void by venues"),
    empty=_("No report fits. What a venue reports void is brought here, or on the page of its deal."),
    rows=lambda user: reversals(visible_to=user),
    filters=VenueReversalFilter,
    fields={
        "deal": _("Deal"), "document": _("Document"), "late": _("Too late"),
        "received_after": _("Received from"), "received_before": _("Received until"),
    },
    opens=lambda row: reverse("deal", args=[str(row.deal)]),
    columns=(
        Column(_("Report"), "reference", "code"),
        Column(_("Deal"), "deal_id", write=lambda r: desk.ref("deal", r.deal_id)),
        Column(_("Cancellation"), "deal.cancellation", "state"),
        Column(_("State of the deal"), "deal.state", "state"),
        Column(_("Too late"), "late", write=_late),
        Column(_("Counterparty"), "deal.counterparty", "name"),
        Column(_("Document"), "document"),
        Column(_("Reason"), "reason"),
        Column(_("Received"), "received_at", "moment"),
        Column(_("Received by"), "received_by.username"),
    ),
)  # fmt: skip


class VenueReversals(ListWithFile):
    """What venues reported void, and the form for a file of such reports."""

    permission = "settlements.view_settlement"
    sending = MAY_REVERSE
    template_name = "settlements/reversals.html"
    listing = REVERSALS
    page_name = "venue-reversals"

    def take(self, file: IO[bytes], media_type: str) -> Outcome:
        return take_file(file, media_type, actor=self.user, at=timezone.now())
